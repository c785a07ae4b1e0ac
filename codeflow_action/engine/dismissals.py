"""That a finding was dismissed, by whom and how, as a value.

`engine/opinions.py` has how it is told from a discussion.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class DismissalWay(StrEnum):
    """How a finding was dismissed."""

    COMMAND = "command"  # `/codeflow dismiss`
    REPLY = "reply"  # an answer in its thread, such as "by design"
    THUMB = "thumb"  # a thumb down on our comment
    RESOLUTION = "resolution"  # its thread was resolved, and its code stands as it was
    FILE = "file"  # .github/codeflow-dismissed.yml
    CONFIGURATION = "configuration"  # `allow` in the configuration
    LABEL = "label"  # `codeflow:allow-RULE`, for one head
    EARLIER = "earlier"  # an earlier run saw it, in a part of the discussion that was not read now

    @property
    def is_allowance(self) -> bool:
        """True where a rule was allowed, whatever its findings: that is read anew in each run."""
        return self in (DismissalWay.CONFIGURATION, DismissalWay.LABEL)


class Dismissal(BaseModel):
    """That somebody who may has dismissed a finding; `reason` is their text, a stranger's to us.

    `url` leads to the words, empty where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: DismissalWay
    login: str = ""
    reason: str = ""
    url: str = ""

    @property
    def account(self) -> str:
        """Say who has dismissed or allowed it, and why, where that is known."""
        deed = "allowed" if self.way.is_allowance else "dismissed"
        by = f" by {self.login}" if self.login else ""
        return f"{deed}{by}{f': {self.reason}' if self.reason else ''}"
