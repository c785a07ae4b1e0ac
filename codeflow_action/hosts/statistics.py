"""`codeflow stats`: what became of our remarks on recent pull requests, on a laptop or in a job."""

import asyncio
import random
from collections.abc import Mapping, Sequence

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.final_count import Fate, final_count
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.remark_statistics import (
    LEAST_REMARKS,
    RemarkStatistics,
    RuleTally,
    tally,
)
from codeflow_action.hosts.job_environment import api_addresses
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.closed_pulls import read_closed_pulls
from codeflow_action.security.seal import Seal
from codeflow_action.security.untrusted import one_line, terminal

_DEADLINE = 120.0  # seconds for all questions together
_MAX_RULE = 48  # characters of a rule's name in the table
_HEADING = ("rule", "remarks", "fixed", "share", "dismissed", "resolved", "open", "unknown")


@dataclass(frozen=True, kw_only=True)
class StatisticsRequest:
    """What is asked for. `keys` are those with which the runs have sealed their comments.

    `repository` is `owner/name`; `name` is that of the runs, and `author` the login that their
    comments carry.
    """

    repository: str
    name: str
    author: str
    last: int
    keys: Sequence[str]


def connect(environment: Mapping[str, str]) -> Connection:
    """Return where GitHub is, by the variables that a job has. Raises `ConfigError`."""
    token = environment.get("GITHUB_TOKEN", "") or environment.get("GH_TOKEN", "")
    if not token:
        raise ConfigError(
            "GITHUB_TOKEN is not set",
            hint="give it a token that may read pull requests; `gh auth token` prints one",
        )
    api_url, graphql_url = api_addresses(environment)
    return Connection(token=token, api_url=api_url, graphql_url=graphql_url)


async def read_statistics(
    request: StatisticsRequest, connection: Connection, clock: Clock
) -> RemarkStatistics:
    """Return what the last pull requests say. Raises `GitHubError`."""
    if request.repository.count("/") != 1:
        raise ConfigError(
            f"{one_line(request.repository, 80)!r} is no repository on GitHub",
            hint="name it with --repository OWNER/NAME",
        )
    seal = Seal.of(request.keys, PURPOSE)
    marks = Marks(repository=request.repository, number=0, name=request.name, seal=seal)
    rng = random.Random()  # noqa: S311 - jitter, no secret
    api = GitHubApi(connection, clock=clock, rng=rng, deadline=clock.now() + _DEADLINE)
    try:
        pulls = await read_closed_pulls(api, marks, author=request.author, last=request.last)
    finally:
        await api.aclose()
    counts = [
        final_count(pull.ledger.entries, is_merged=pull.is_merged) for pull in pulls if pull.ledger
    ]
    total, rules = await asyncio.to_thread(tally, counts)
    return RemarkStatistics(
        repository=request.repository,
        pulls=len(pulls),
        ledgers=len(counts),
        refusals=sum(pull.is_rejected for pull in pulls),
        is_proven=seal.is_secret,
        total=total,
        rules=rules,
    )


def to_table(statistics: RemarkStatistics) -> str:
    """Return it for a terminal: what was counted, each rule in a row, and what to turn off."""
    rows = [_HEADING, *(_row(rule) for rule in (*statistics.rules, statistics.total))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADING))]
    table = "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    parts = [_preamble(statistics)]
    if statistics.total.remarks:
        parts += [table, _advice(statistics.useless_rules)]
    return "\n\n".join(parts) + "\n"


def _row(rule: RuleTally) -> tuple[str, ...]:
    name = terminal(one_line(rule.rule, _MAX_RULE)) + (" (model)" if rule.is_by_model else "")
    first, *rest = (str(rule.count(fate)) for fate in Fate)
    return (name, str(rule.remarks), first, f"{rule.share:.0%}", *rest)


def _preamble(statistics: RemarkStatistics) -> str:
    words = "closed pull requests have a comment of ours that says what became of its remarks."
    counts = f"{statistics.ledgers} of the last {statistics.pulls}"
    lines = [f"{statistics.repository}: {counts} {words}"]
    if statistics.refusals:
        lines.append(
            f"{statistics.refusals} comments were not counted: their ledger is damaged, of another "
            "version, or not sealed with the keys that are set here."
        )
    if not statistics.is_proven:
        lines.append(
            "Unproven: no model's key is set here, so that no seal can be checked. Counted is what "
            "the comments of that author say, and whoever can edit those could have changed it."
        )
    return "\n".join(lines)


def _advice(rules: Sequence[RuleTally]) -> str:
    if not rules:
        return f"Every rule with at least {LEAST_REMARKS} remarks has changed code."
    lines = [f"At least {LEAST_REMARKS} remarks, and none has changed code; turn off or narrow:"]
    lines += [f"  {one_line(rule.rule, _MAX_RULE)} ({rule.remarks} remarks)" for rule in rules]
    return "\n".join(lines)
