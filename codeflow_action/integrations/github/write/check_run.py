"""The check run: verdict and annotations on the head, for jobs that are no check themselves."""

from dataclasses import dataclass
from itertools import batched

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.report import Report, ReportedFinding, Shown
from codeflow_action.integrations.github.answers import shaped
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.write import render
from codeflow_action.integrations.github.write.once import carry_out
from codeflow_action.security import untrusted

_PER_REQUEST = 50  # annotations (GitHub REST: checks/create)
_MAX_ANNOTATIONS = 500
_MAX_MESSAGE = 16_000
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
_CONCLUSIONS = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.INCOMPLETE: "neutral",
    Verdict.SKIPPED: "skipped",
}


class _Output(BaseModel):
    model_config = ConfigDict(extra="ignore")
    annotations_count: int = 0


class _CheckRun(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: int
    external_id: str | None = ""
    conclusion: str | None = ""
    output: _Output = _Output()


class _CheckRuns(BaseModel):
    model_config = ConfigDict(extra="ignore")
    check_runs: list[_CheckRun] = Field(default_factory=list)


async def write(api: GitHubApi, marks: Marks, report: Report) -> None:
    """Write the check run, once for the same outcome on the same head. Raises `GitHubError`."""
    notes = [_annotation(one) for one in report.findings if one.shown is Shown.ANNOTATION]
    batches = [list(batch) for batch in batched(notes[:_MAX_ANNOTATIONS], _PER_REQUEST)] or [[]]
    writer = _Writer(api, marks, report, mark=marks.check_run(report.head_sha, _outcome(report)))
    existing = await writer.find()
    if existing and existing.output.annotations_count >= sum(map(len, batches)):
        return
    number = await writer.create(batches[0])
    written = len(batches[0])
    for batch in batches[1:]:
        written += len(batch)
        await writer.add(number, batch, written)


@dataclass(frozen=True)
class _Writer:
    """Writes one check run, known again by its `mark`: any workflow here can use its name."""

    api: GitHubApi
    marks: Marks
    report: Report
    mark: str

    @property
    def _path(self) -> str:
        return f"/repos/{self.marks.repository}/check-runs"

    async def find(self) -> _CheckRun | None:
        """Return the newest check run that tells the same, None when there is none."""
        head = self.report.head_sha
        path = f"/repos/{self.marks.repository}/commits/{head}/check-runs"
        answer = await self.api.get(path, {"check_name": self.report.name})
        wanted = self.mark, _conclusion(self.report)
        runs = shaped(_CheckRuns, answer).check_runs
        same = [run for run in runs if (run.external_id, run.conclusion) == wanted]
        return max(same, key=lambda run: run.id, default=None)

    async def create(self, batch: list[JsonValue]) -> int:
        """Create it with the first annotations; return its id."""
        body: dict[str, JsonValue] = {
            "name": self.report.name,
            "head_sha": self.report.head_sha,
            "status": "completed",
            "conclusion": _conclusion(self.report),
            "external_id": self.mark,
            "output": _output(self.report, batch),
        }

        async def create() -> int:
            return shaped(_CheckRun, await self.api.post(self._path, body)).id

        async def find() -> int | None:
            run = await self.find()
            return run.id if run else None

        return await carry_out(self.api, create, find)

    async def add(self, number: int, batch: list[JsonValue], total: int) -> None:
        """Add annotations, after which there are `total`: each request appends."""
        path = f"{self._path}/{number}"

        async def add() -> bool:
            await self.api.patch(path, {"output": _output(self.report, batch)})
            return True

        async def find() -> bool | None:
            run = shaped(_CheckRun, await self.api.get(path))
            return run.output.annotations_count >= total or None

        await carry_out(self.api, add, find)


def _outcome(report: Report) -> str:
    return "\n".join([report.verdict.value, *(one.id for one in report.findings)])


def _conclusion(report: Report) -> str:
    failed = report.exit_code not in (0, 1)
    return "failure" if failed else _CONCLUSIONS[report.verdict]


def _output(report: Report, batch: list[JsonValue]) -> dict[str, JsonValue]:
    said = render.verdict_line(report)
    return {"title": said.strip("*")[:255], "summary": said, "annotations": batch}


def _annotation(one: ReportedFinding) -> JsonValue:
    finding = one.finding
    on_head = finding.line is not None and finding.side is Side.RIGHT
    first = finding.line if on_head else 1
    last = finding.last_line if on_head else 1
    return {
        "path": finding.path or ".github",
        "start_line": first,
        "end_line": last,
        "annotation_level": _LEVELS[finding.severity],
        "title": _plain(untrusted.one_line(finding.title, 255)),
        "message": _plain(finding.message)[:_MAX_MESSAGE],
    }


def _plain(text: str) -> str:
    """GitHub's check runs do not take characters above U+FFFF."""
    return "".join(char if ord(char) < 0x10000 else "?" for char in untrusted.visible_text(text))
