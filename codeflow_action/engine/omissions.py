"""Why no model was asked, or an action did not run: the words for it, and who is told."""

from collections.abc import Mapping
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason


class News(StrEnum):
    """When something that was not done is worth a comment that there would not be without it."""

    NEVER = "never"
    IF_WANTED = "if_wanted"  # where earlier runs or the configuration show that a model was wanted


@dataclass(frozen=True, kw_only=True)
class Omission:
    """What a reason means to a reader. `is_about_models` where it kept models from being asked.

    `words` say why, and `effect` what follows, where that is not clear from them.
    """

    words: str
    effect: str = ""
    news: News = News.NEVER
    is_about_models: bool = True


_NO_REVIEW = "nothing was reviewed by a model"
# Every reason for which an action is skipped. A key that nobody gave was not asked for, and what
# the repository's own rules hold back was not either: no comment is written for these alone.
OMISSIONS: Mapping[Reason, Omission] = {
    Reason.DRAFT: Omission(words="the pull request is a draft"),
    Reason.BOT: Omission(words="a bot or an agent opened the pull request"),
    Reason.FORK_UNKNOWN: Omission(words="the author has no earlier commits here"),
    Reason.BUDGET: Omission(words="the author's budget of the day is used up, or cannot be read"),
    Reason.OPTED_OUT: Omission(words="held back by a label, the description or the configuration"),
    Reason.PAUSED: Omission(words="paused"),
    Reason.NO_KEY: Omission(words="no model key was given", effect=_NO_REVIEW, news=News.IF_WANTED),
    # GitHub withholds the key, and that is rightly so: the summary and the first line say it.
    Reason.NO_KEY_FORK: Omission(words="pull requests from forks get no keys", effect=_NO_REVIEW),
    Reason.NO_KEY_DEPENDABOT: Omission(
        words="Dependabot's pull requests get no keys", effect=_NO_REVIEW
    ),
    Reason.INVALID_CONFIG: Omission(
        words="the configuration is broken",
        effect="no code was sent to a model",
        news=News.IF_WANTED,
    ),
    Reason.NO_REVIEWABLE_CHANGES: Omission(words="nothing to review", is_about_models=False),
    Reason.UNCHANGED: Omission(words="already reviewed at this commit", is_about_models=False),
    Reason.UNSUPPORTED_EVENT: Omission(
        words="does not answer to this event", is_about_models=False
    ),
}
# A report of another process may name any reason.
_BY_VALUE = {reason.value: omission for reason, omission in OMISSIONS.items()}


def is_news(reason: Reason, *, is_model_wanted: bool) -> bool:
    """True when an action that was skipped for that reason is worth a comment of its own."""
    omission = OMISSIONS.get(reason)
    return omission is None or (omission.news is News.IF_WANTED and is_model_wanted)


def keeps_models_away(reason: Reason) -> bool:
    """True when it is a reason for which no model was asked."""
    omission = OMISSIONS.get(reason)
    return omission is not None and omission.is_about_models


def omission_cause(reason: str) -> str:
    """Return why something was not done, empty for a reason that says nothing about that."""
    omission = _BY_VALUE.get(reason)
    return omission.words if omission else ""


def omission_words(reason: str) -> str:
    """Return why something was not done and what follows, empty as in `omission_cause`."""
    omission = _BY_VALUE.get(reason)
    return ", so ".join(filter(None, (omission.words, omission.effect))) if omission else ""
