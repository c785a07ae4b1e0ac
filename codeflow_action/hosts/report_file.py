"""The files that pass from one job of a review to the next: a plan of shards, and reports.

Between the jobs lies an artifact, and whoever could write it is not known here. So a file is read
with limits and by its schema, and what it says is held against the change in `run.shard_reports`.
A seal, made with the models' keys, tells a report that one of our own jobs has written.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.report import Report
from codeflow_action.engine.shards import ShardPlan
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.security.seal import Seal

SEAL_PURPOSE = "reports of jobs"
_MAX_TOTAL = 128_000_000  # bytes of all reports of a review
MAX_REPORT = 16_000_000  # bytes; a report of 5,000 findings has 8 million
# What is shown without being written anew has to be a plain word.
_WORD = regex(r"[A-Za-z0-9_.+-]{0,80}")


class PlanFile(BaseModel):
    """What the job that plans leaves for the others; no plan where there is nothing to review."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: ShardPlan | None = None
    digest: str = ""
    seal: str = ""

    @classmethod
    def of(cls, plan: ShardPlan, seal: Seal) -> "PlanFile":
        """Return the plan with its digest, sealed where there is a key that cannot be guessed."""
        mark = seal.mark("plan", plan.digest) if seal.is_secret else ""
        return cls(plan=plan, digest=plan.digest, seal=mark)

    @property
    def text(self) -> str:
        """The file's text."""
        return self.model_dump_json(indent=1) + "\n"

    def is_sealed(self, seal: Seal) -> bool:
        """True when a job with the same keys has written it."""
        return seal.is_secret and seal.holds(self.seal, "plan", self.digest)


def read_plan(workspace: Workspace, path: str) -> PlanFile:
    """Return the plan in that file of the workspace.

    Raises `ConfigError`: there is no such file, or it is no plan.
    """
    hint = "a job with `shard: plan` writes it; download its artifact before this step"
    try:
        raw = workspace.read_report(path)
        file = PlanFile.model_validate_json(raw)
    except NotAReport as error:
        raise ConfigError(
            f"the plan of shards at {path} was not read: {error}", hint=hint
        ) from None
    except ValidationError as error:
        raise ConfigError(f"{path} is no plan of shards{_place(error)}", hint=hint) from None
    if file.digest != (file.plan.digest if file.plan else ""):
        raise ConfigError(f"{path} is no plan of shards: its digest is another one's", hint=hint)
    return file


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """A report that was read, or why it was not; `is_sealed` when our own keys have sealed it."""

    path: str
    report: Report | None = None
    is_sealed: bool = False
    flaw: str = ""


def read_reports(workspace: Workspace, pattern: str, seal: Seal) -> Iterator[ReportFile]:
    """Yield what the files are that the pattern matches, in the order of their names."""
    room = _MAX_TOTAL
    for path in workspace.match([pattern]).files:
        try:
            raw = workspace.read_report(path)
            room -= len(raw)
            if room < 0:
                raise NotAReport("the reports before it are large enough")  # noqa: TRY301 - one way out
            report = parse_report(raw)
        except (NotAReport, ConfigError) as error:
            yield ReportFile(path=path, flaw=str(error))
            continue
        yield ReportFile(path=path, report=report, is_sealed=_is_sealed(report, seal))


def with_seal(report: Report, seal: Seal) -> Report:
    """Return the report with a seal; without one where there is no key that cannot be guessed."""
    return report.model_copy(update={"seal": _mark(report, seal) if seal.is_secret else ""})


def _is_sealed(report: Report, seal: Seal) -> bool:
    return seal.is_secret and seal.holds(report.seal, *_sealed_parts(report))


def _mark(report: Report, seal: Seal) -> str:
    return seal.mark(*_sealed_parts(report))


def _sealed_parts(report: Report) -> tuple[str, ...]:
    """Return what is sealed: all of it, for which pull request and shard it is among it."""
    return ("report", report.model_copy(update={"seal": ""}).model_dump_json())


def _place(error: ValidationError) -> str:
    place = ".".join(map(str, error.errors()[0]["loc"]))[:80]
    return f": it is broken at {place or 'its start'}"


def parse_report(raw: bytes) -> Report:
    """Return the report in a file's bytes. Raises `ConfigError` where there is none."""
    if len(raw) > MAX_REPORT:
        raise ConfigError("the report is larger than any that CodeFlow writes")
    try:
        report = Report.model_validate_json(raw)
    except ValidationError as error:
        raise ConfigError(
            f"the report cannot be read{_place(error)}",
            hint="let the same version of CodeFlow write and publish it",
        ) from None
    words = [report.version, report.name]
    words += [word for action in report.actions for word in (action.name, action.reason)]
    if not all(map(_WORD.fullmatch, words)):
        raise ConfigError("the report names a version or an action as CodeFlow never does")
    return report
