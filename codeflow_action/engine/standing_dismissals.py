"""Findings that a repository has dismissed for good, by `.github/codeflow-dismissed.yml`.

Whoever writes that file may push to the branch where policy is read, so that it holds for gates,
too.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.lazy import regex

DISMISSED_PATH = ".github/codeflow-dismissed.yml"
_MAX_REASON = 300  # characters
# What no line of YAML may hold: https://yaml.org/spec/1.2.2/#51-character-set
_UNPRINTABLE = regex(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")


class StandingDismissal(BaseModel):
    """One entry of the file: a finding by its id, or all of a rule in some paths."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")] | None = Field(
        default=None, description="The finding's id."
    )
    rule: str | None = Field(
        default=None, min_length=1, description="A rule, such as `debug_leftovers/breakpoint`."
    )
    paths: Globs = Field(default=(), description="Where the rule is quiet; `**` for everywhere.")
    reason: str = Field(
        min_length=1, max_length=_MAX_REASON, description="Why; it stands in each report."
    )

    @model_validator(mode="after")
    def _names_findings(self) -> "StandingDismissal":
        if (self.id is None) == (self.rule is None):
            raise ValueError("an entry names either an `id` or a `rule`")
        if (self.rule is None) != (not self.paths):
            raise ValueError("`rule` and `paths` go together")
        return self

    def holds(self, finding_id: str, finding: Finding) -> bool:
        """True where it is about this finding."""
        if self.id is not None:
            return self.id == finding_id
        is_there = finding.path is not None and any_matches(self.paths, finding.path)
        return self.rule == finding.rule and is_there


class StandingDismissals(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=1, ge=1, le=1)
    dismissed: tuple[StandingDismissal, ...] = ()

    def decisions(self, findings: Mapping[str, Finding]) -> Mapping[str, Dismissal]:
        """Return which of these findings, by id, are dismissed: the first entry that holds."""
        return dict(self._matches(findings.items()))

    def _matches(self, findings: Iterable[tuple[str, Finding]]) -> Iterator[tuple[str, Dismissal]]:
        for finding_id, finding in findings:
            for entry in self.dismissed:
                if entry.holds(finding_id, finding):
                    yield finding_id, Dismissal(way=DismissalWay.FILE, reason=entry.reason)
                    break


# Of a repository that has no such file.
NONE_STANDING = StandingDismissals()


def entry_text(finding_id: str, reason: str) -> str:
    """Return the lines that dismiss a finding for good, to be added to the file's list.

    Both may be a stranger's words: the reason is quoted, and an id that is none is left out.
    """
    plain = " ".join(_UNPRINTABLE.sub(" ", reason).split())[:_MAX_REASON]
    # A string of JSON is one of YAML: https://yaml.org/spec/1.2.2/#chapter-1-introduction-to-yaml
    quoted = json.dumps(plain or "dismissed in a pull request", ensure_ascii=False)
    name = finding_id if re.fullmatch("[0-9a-f]{16}", finding_id) else "0" * 16
    return f'  - id: "{name}"\n    reason: {quoted}\n'
