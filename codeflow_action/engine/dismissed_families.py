"""What people have dismissed on other pull requests, so that its like is not said again."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import DroppedFinding, DropStage, Finding
from codeflow_action.engine.ledger import MASKED_LINE, Entry, EntryState, Ledger
from codeflow_action.engine.report import Report, ReportedFinding


class DismissedFamily(BaseModel):
    """A dismissed finding with all that is like it: the same code said to be wrong in one way.

    Alike are findings of one rule, or of a model's one category, about the same lines of code but
    for their indentation, in a symbol of that name, in the same folder. `number` is of the pull
    request; `login` and `reason` are of whoever has dismissed it there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str
    folder: str
    side: Side
    symbol: str
    line_hashes: str
    number: int
    login: str = ""
    reason: str = ""

    @property
    def account(self) -> str:
        """Say where it was dismissed, by whom, and why."""
        by = f" by {self.login}" if self.login else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"its like was dismissed on #{self.number}{by}{reason}"

    def holds(self, finding: Finding) -> bool:
        """True where a finding is of this family."""
        twin = _family(Entry.of("", finding), self.number)
        words = {"login": self.login, "reason": self.reason}
        return twin is not None and twin.model_copy(update=words) == self


def families_of(ledger: Ledger, number: int) -> tuple[DismissedFamily, ...]:
    """Return what people have dismissed on the pull request with that number.

    What nobody is named for was dismissed by the repository's own file, or by a rule that is
    allowed: both say themselves where they hold.
    """
    families = (
        _family(entry, number)
        for entry in ledger.entries
        if entry.state is EntryState.DISMISSED and entry.login
    )
    return tuple(family for family in families if family)


def _family(entry: Entry, number: int) -> DismissedFamily | None:
    """Return an entry's family, None where its code does not tell which code that is."""
    if not entry.line_hashes or MASKED_LINE in entry.line_hashes or entry.path is None:
        return None
    return DismissedFamily(
        origin=entry.rule if entry.is_deterministic else entry.category.value,
        folder=str(PurePosixPath(entry.path).parent),
        side=entry.side,
        symbol=entry.symbol,
        line_hashes=entry.line_hashes,
        number=number,
        login=entry.login,
        reason=entry.reason,
    )


def without_families(report: Report, families: Sequence[DismissedFamily]) -> Report:
    """Return the report without what was dismissed on other pull requests, and a record of that.

    What blocks stays: whoever copies code that was dismissed once must not get a gate green by it.
    So does what was shown on this pull request already. The verdict is not decided anew.
    """
    open_findings: list[ReportedFinding] = []
    dropped_findings: list[DroppedFinding] = []
    for open_finding in report.findings:
        finding = open_finding.finding
        candidates = () if open_finding.blocking or open_finding.known else families
        family = next((family for family in candidates if family.holds(finding)), None)
        if family is None:
            open_findings.append(open_finding)
            continue
        dropped_findings.append(
            DroppedFinding(
                stage=DropStage.DISMISSED,
                reason=family.account,
                title=finding.title,
                path=finding.path,
                line=finding.line,
            )
        )
    all_dropped_findings = (*report.dropped, *dropped_findings)
    return report.model_copy(
        update={"findings": tuple(open_findings), "dropped": all_dropped_findings}
    )
