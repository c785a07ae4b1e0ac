"""Rules whose findings are allowed: by `allow` in the configuration, or by a label for one head.

Nobody can set either who could not merge the change as well: policy is read where the change under
review cannot write it, and of labels those count that somebody with write access has set.
"""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.globs import Globs, any_matches

ALLOW_LABEL = "codeflow:allow-"  # and a rule, in capitals or not


class Allowance(BaseModel):
    """That findings of a rule block nothing, in some paths, or everywhere without one.

    `rule` is in lower case, and may be the first part of several, such as a gate's name. `login`
    is whoever has set a label, empty for the configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    way: DismissalWay
    paths: Globs = ()
    login: str = ""
    reason: str = ""

    def holds(self, finding: Finding) -> bool:
        """True where it is about this finding."""
        is_there = not self.paths or (
            finding.path is not None and any_matches(self.paths, finding.path)
        )
        return is_there and f"{finding.rule.casefold()}/".startswith(f"{self.rule}/")


def allowed_findings(
    allowances: Iterable[Allowance], findings: Mapping[str, Finding]
) -> Mapping[str, Dismissal]:
    """Return which of these findings, by id, are allowed: of several allowances the first."""
    # The first is to win, so that it comes last.
    return {
        finding_id: Dismissal(way=allowance.way, login=allowance.login, reason=allowance.reason)
        for allowance in reversed(tuple(allowances))
        for finding_id, finding in findings.items()
        if allowance.holds(finding)
    }


def rule_of_label(label: str) -> str:
    """Return the rule that a label allows, in lower case; empty where it is no such label."""
    name = label.casefold()
    return name.removeprefix(ALLOW_LABEL).strip("/") if name.startswith(ALLOW_LABEL) else ""
