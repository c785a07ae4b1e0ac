"""Which remarks changed code, by rule, over many pull requests: what to keep, what to turn off."""

from collections import defaultdict
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.final_count import Fate, FinalCount, FindingFate

LEAST_REMARKS = 5  # of a rule before anything is said of it: fewer may be chance


class RuleTally(BaseModel):
    """The remarks of one rule, by their ends. `is_by_model` where a model made them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    is_by_model: bool
    remarks: int
    ends: dict[Fate, int] = {}

    def count(self, fate: Fate) -> int:
        """Return how many remarks ended like that."""
        return self.ends.get(fate, 0)

    @property
    def share(self) -> float:
        """How many of the remarks changed code, from 0 to 1."""
        return self.count(Fate.FIXED) / self.remarks if self.remarks else 0.0

    @property
    def is_useless(self) -> bool:
        """True where there were enough remarks, and none of them changed code."""
        return self.remarks >= LEAST_REMARKS and not self.count(Fate.FIXED)


class RemarkStatistics(BaseModel):
    """What the last pull requests say.

    `pulls` were looked at; `ledgers` of them have a comment of ours with a ledger. `is_proven`
    where seals show that runs with our keys wrote all of these; `refusals` is how many comments
    were left out because their seal does not hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str
    pulls: int
    ledgers: int
    refusals: int = 0
    is_proven: bool
    total: RuleTally
    rules: tuple[RuleTally, ...] = ()

    @property
    def useless_rules(self) -> tuple[RuleTally, ...]:
        """The rules that have changed nothing, the most frequent first."""
        return tuple(rule for rule in self.rules if rule.is_useless)


def tally(counts: Iterable[FinalCount]) -> tuple[RuleTally, tuple[RuleTally, ...]]:
    """Return all remarks together, and those of each rule, the most frequent first."""
    by_rule: defaultdict[tuple[str, bool], list[FindingFate]] = defaultdict(list)
    for count in counts:
        for finding in count.findings:
            by_rule[finding.rule, finding.is_by_model].append(finding)
    rules = [
        _tally_of(rule, is_by_model, findings) for (rule, is_by_model), findings in by_rule.items()
    ]
    all_findings = [finding for findings in by_rule.values() for finding in findings]
    return (
        _tally_of("all", False, all_findings),
        tuple(sorted(rules, key=lambda rule: (-rule.remarks, rule.rule))),
    )


def _tally_of(rule: str, is_by_model: bool, findings: list[FindingFate]) -> RuleTally:
    ends = {fate: sum(finding.fate is fate for finding in findings) for fate in Fate}
    return RuleTally(rule=rule, is_by_model=is_by_model, remarks=len(findings), ends=ends)
