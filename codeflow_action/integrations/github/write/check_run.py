"""Writes check runs: the verdict's, for jobs that are no check themselves, and actions' own."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import batched

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import GitHubError, PermissionDenied
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.headline import headline
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.proposals import CheckRun
from codeflow_action.engine.report import FindingPlace, Report, ReportedFinding
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.placement import Audience, Placement, place_of
from codeflow_action.integrations.github.write.render.layout import MAX_BODY, prose
from codeflow_action.security import untrusted
from codeflow_action.security.invisible import visible_text

# https://docs.github.com/rest/checks/runs: 50 annotations a request, each request appends.
_PER_REQUEST = 50
_MAX_ANNOTATIONS = 500
_MAX_MESSAGE = 16_000  # characters of an annotation, of GitHub's 64 KB
MAX_TITLE = 255
_MAX_NAME = 100
_MAX_OWN_RUNS = 5  # of actions, in one run of the pipeline
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
_CONCLUSIONS = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.INCOMPLETE: "neutral",
    Verdict.SKIPPED: "skipped",
}
_ADVISORY = (
    "this job is no check of the pull request, and without `checks: write` its verdict is advisory"
)


@dataclass(frozen=True, kw_only=True)
class CheckRunWrite:
    """Write one check run, once for the same outcome on the same head.

    A later run recognises it by its `mark`, because any workflow here can use its name.
    `findings` are those that the verdict's run may annotate, if they are not shown elsewhere by
    then.
    """

    name: str
    head_sha: str
    conclusion: str
    title: str
    summary: str
    mark: str
    is_verdict: bool
    findings: tuple[ReportedFinding, ...] = ()
    elsewhere: FindingPlace = FindingPlace.ANNOTATION

    async def carry_out(self, desk: Desk) -> None:
        """Write it with its annotations. Refused, the verdict is advisory, which is noted."""
        if not desk.has_time("the check run"):
            return
        annotations = [
            _annotation(reported_finding)
            for reported_finding in self.findings
            if place_of(reported_finding, desk.comment_urls, self.elsewhere)
            is FindingPlace.ANNOTATION
        ]
        try:
            await _write(self, annotations[:_MAX_ANNOTATIONS], desk)
        except PermissionDenied as error:
            if self.is_verdict:
                desk.notes.append(_ADVISORY)
            else:
                desk.note_refusal(f"the check run {self.name}", error)
        except GitHubError as error:
            desk.note_refusal("the check run", error)
        else:
            desk.has_annotations = desk.has_annotations or self.is_verdict

    def output(self, annotations: Sequence[JsonValue]) -> dict[str, JsonValue]:
        """Return what GitHub shows of the run, with more annotations."""
        return {"title": self.title, "summary": self.summary, "annotations": list(annotations)}


def plan_check_runs(
    report: Report, placement: Placement, audience: Audience, marks: Marks
) -> Iterator[CheckRunWrite]:
    """Yield the verdict's run where the job is no check of the pull request, then actions' own."""
    if not audience.is_check and report.verdict is not Verdict.SKIPPED:
        sentence = headline(report)
        outcome = "\n".join([report.verdict.value, *(finding.id for finding in report.findings)])
        has_failed = report.exit_code not in (0, 1)  # the run itself, not the change
        yield CheckRunWrite(
            name=report.name,
            head_sha=report.head_sha,
            conclusion="failure" if has_failed else _CONCLUSIONS[report.verdict],
            title=sentence[:MAX_TITLE],
            summary=f"**{sentence}**",
            mark=marks.check_run(report.head_sha, outcome),
            is_verdict=True,
            findings=report.findings,
            elsewhere=placement.elsewhere,
        )
    if audience.is_silent:  # a verdict that closes a gate is no comment; what actions say is one
        return
    proposals = [entry.proposal for entry in report.proposals]
    runs = [proposal for proposal in proposals if isinstance(proposal, CheckRun)]
    for run in runs[:_MAX_OWN_RUNS]:
        outcome = f"{run.name}\n{run.conclusion.value}\n{run.title}\n{run.summary}"
        yield CheckRunWrite(
            name=f"{report.name} / {plain_text(untrusted.one_line(run.name, _MAX_NAME))}",
            head_sha=report.head_sha,
            conclusion=run.conclusion.value,
            title=plain_text(untrusted.one_line(run.title, MAX_TITLE)) or run.conclusion.value,
            summary=plain_text(prose(run.summary, MAX_BODY)),
            mark=marks.check_run(report.head_sha, outcome),
            is_verdict=False,
        )


class _Output(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    annotations_count: int = 0
    title: str | None = ""


class StandingCheckRun(BaseModel):
    """A check run as GitHub has it (GitHub REST: checks/list-for-ref); only what is used."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    id: int
    external_id: str | None = ""
    conclusion: str | None = ""
    output: _Output = _Output()


class _CheckRuns(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    check_runs: list[StandingCheckRun] = Field(default_factory=list)


async def read_check_runs(head_sha: str, name: str, desk: Desk) -> list[StandingCheckRun]:
    """Return the newest check runs of that name on a commit. Raises `GitHubError`."""
    path = f"{desk.repository_path}/commits/{head_sha}/check-runs"
    return parse_as(_CheckRuns, await desk.api.get(path, {"check_name": name})).check_runs


async def _write(run: CheckRunWrite, annotations: Sequence[JsonValue], desk: Desk) -> None:
    """Create it with the first annotations, and add the others. Raises `GitHubError`."""
    batches = list(batched(annotations, _PER_REQUEST)) or [()]
    check_run = await _find(run, desk)
    # Check runs cannot be deleted, and annotations of one cannot be taken back.
    if check_run and check_run.output.annotations_count >= len(annotations):
        return
    body: dict[str, JsonValue] = {
        "name": run.name,
        "head_sha": run.head_sha,
        "status": "completed",
        "conclusion": run.conclusion,
        "external_id": run.mark,
        "output": run.output(batches[0]),
    }
    path = f"{desk.repository_path}/check-runs"
    written = await desk.write_once("POST", path, body, partial(_find, run, desk))
    check_run = (
        written if isinstance(written, StandingCheckRun) else parse_as(StandingCheckRun, written)
    )
    total = len(batches[0])
    for batch in batches[1:]:
        total += len(batch)
        await _add(run, check_run.id, batch, total, desk)


async def _find(run: CheckRunWrite, desk: Desk) -> StandingCheckRun | None:
    """Return the newest check run with the same outcome, None when there is none."""
    candidates = [
        check_run
        for check_run in await read_check_runs(run.head_sha, run.name, desk)
        if (check_run.external_id, check_run.conclusion) == (run.mark, run.conclusion)
    ]
    return max(candidates, key=lambda check_run: check_run.id, default=None)


async def _add(
    run: CheckRunWrite, number: int, annotations: Sequence[JsonValue], total: int, desk: Desk
) -> None:
    """Add annotations, after which there are `total`: whether they came is told by the count."""
    path = f"{desk.repository_path}/check-runs/{number}"

    async def has_all() -> bool:
        check_run = parse_as(StandingCheckRun, await desk.api.get(path))
        return check_run.output.annotations_count >= total

    await desk.write_once("PATCH", path, {"output": run.output(annotations)}, has_all)


def _annotation(reported_finding: ReportedFinding) -> JsonValue:
    finding = reported_finding.finding
    # A removed line has no place in the head's files, and an annotation has to have one.
    on_head = finding.line is not None and finding.side is Side.RIGHT
    return {
        "path": finding.path or ".github",  # GitHub asks for a path, also of the whole change
        "start_line": finding.line if on_head else 1,
        "end_line": finding.last_line if on_head else 1,
        "annotation_level": _LEVELS[finding.severity],
        "title": plain_text(untrusted.one_line(finding.title, MAX_TITLE)),
        "message": plain_text(finding.message)[:_MAX_MESSAGE],
    }


def plain_text(text: str) -> str:
    """Return a text that a check run can hold.

    GitHub's check runs do not take characters above U+FFFF.
    """
    return "".join(char if ord(char) < 0x10000 else "?" for char in visible_text(text))
