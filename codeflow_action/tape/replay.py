"""Runs a recorded run again, offline: the same code, with the record behind its ports."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from codeflow_action.actions.tool_reports import ToolReports
from codeflow_action.config.pipeline_entries import Registry
from codeflow_action.engine import errors
from codeflow_action.engine.action import Task
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.errors import ConfigError, PromptTooLong, ProviderError
from codeflow_action.engine.facts import ToolFindings
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, Role
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.pipeline import BugSink
from codeflow_action.engine.ports import Clock, Content, NoReportFiles, Search
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.engine.review_traces import ReviewTrace
from codeflow_action.engine.scans import ScannerFailed, SecretMatch, WorkflowAudit
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.tracing import NoTracer
from codeflow_action.integrations.github.write.publish import OVERTAKEN
from codeflow_action.run.conclude import conclude, with_shortfall
from codeflow_action.run.round import Observer, Ports, Round, run_round
from codeflow_action.security.redaction import MASK, Redactor
from codeflow_action.tape.cassette import (
    Cassette,
    RecordedAudit,
    RecordedCall,
    RecordedEnd,
    RecordedForge,
    RecordedHistory,
    RecordedModels,
    RecordedScan,
    RecordedToolReports,
    RecordedTree,
    files_key,
    forge_key,
    prompt_key,
    search_key,
)


class NotRecorded(ConfigError):
    """The run asked for something that the cassette does not hold."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"the cassette does not hold {subject}",
            hint="the code or a prompt has changed since; record it anew",
        )


async def replay(
    cassette: Cassette,
    registry: Registry,
    *,
    clock: Clock,
    progress: Callable[[str], None],
    on_bug: BugSink,
) -> Report:
    """Return the recorded run's report, worked out again.

    Times, money and the places on GitHub are the recorded ones; all else is computed.
    Raises `ConfigError`.
    """
    start = cassette.start.start(registry)
    actions = tuple(
        ReplayedToolReports(only=action.only, record=cassette.tool_reports)
        if isinstance(action, ToolReports)
        else action
        for action in start.effective.actions
    )
    start = replace(start, effective=replace(start.effective, actions=actions))
    ports = Ports(
        head=ReplayedTree(cassette.head),
        base=ReplayedTree(cassette.base),
        policy=ReplayedTree(cassette.policy or cassette.base),
        scanners=ReplayedScanners(cassette.scans, cassette.audits),
        models=ReplayedModels(cassette.models, cassette.calls, cassette.end.spending),
        clock=clock,
        forge=ReplayedForge(cassette.forge),
        history=ReplayedHistory(cassette.history),
        reports=NoReportFiles(),
    )
    round_ = await run_round(
        start,
        ports,
        Observer(progress=progress, on_bug=on_bug),
        start_time=clock.now(),
        stop=asyncio.Event(),
        tracer=NoTracer(),
    )
    return _conclude_as_recorded(round_, cassette.end)


def _conclude_as_recorded(round_: Round, end: RecordedEnd) -> Report:
    """Return the report with the recorded times and places."""
    step_seconds = end.steps or tuple(0.0 for _ in round_.steps)
    steps = tuple(
        replace(step, seconds=seconds)
        for step, seconds in zip(round_.steps, step_seconds, strict=True)
    )
    report = conclude(replace(round_, steps=steps, seconds=end.seconds), Redactor())
    findings: list[ReportedFinding] = []
    for finding in report.findings:
        # A finding that is new was shown nowhere: it stays as it is.
        place, url = end.shown_at.get(finding.id, (finding.shown, finding.url))
        line_hash = end.line_hashes.get(finding.id, "")
        update = {"shown": place, "url": url, "line_hash": line_hash}
        findings.append(finding.model_copy(update=update))
    report = report.model_copy(update={"findings": tuple(findings)})
    rules = round_.effective.policy.gate_rules
    return with_shortfall(report, OVERTAKEN, rules) if end.head_moved else report


class ReplayedToolReports(ToolReports):
    """Answers what the action answered then: the workspace with the reports is gone."""

    record: RecordedToolReports | None

    async def run(self, _task: Task) -> Outcome:
        """Return what the reports came to then. Raises `NotRecorded`."""
        record = self.record
        if record is None:
            raise NotRecorded("what other tools had reported")
        return Done(
            findings=record.findings,
            facts=(ToolFindings(findings=record.findings), record.coverage),
            shortfalls=record.shortfalls,
            notices=record.notices,
        )


class ReplayedTree:
    """Implements `Tree` from what was read."""

    def __init__(self, record: RecordedTree) -> None:
        self._record = record
        self.sha = record.sha
        self.reads_singly = record.reads_singly

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return what was read then. Raises `NotRecorded`."""
        for path in paths:
            if path not in self._record.files:
                raise NotRecorded(f"the file {path!r}")
        return {path: self._record.files[path].content for path in paths}

    async def list(self) -> tuple[str, ...] | None:
        """Return what was listed then."""
        return self._record.paths

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return what was known then."""
        return {path: size for path in paths if (size := self._record.sizes.get(path)) is not None}

    async def search(self, names: Sequence[str], paths: Sequence[str]) -> Search | None:
        """Return what was found then. Raises `NotRecorded`."""
        # A mask in the code reads as a name, too, and the run had another one in its place.
        plain_names = [name for name in names if name != MASK.strip("[]")]
        for asked_names in (names, plain_names):
            key = search_key(asked_names, paths)
            if key in self._record.searches:
                return self._record.searches[key]
        raise NotRecorded("a search for these names")


class ReplayedScanners:
    """Implements `Scanners` from what was found; a match has no place in its file any more."""

    def __init__(self, scans: Iterable[RecordedScan], audits: Iterable[RecordedAudit] = ()) -> None:
        self._scans = {scan.key: scan for scan in scans}
        self._audits = {audit.key: audit for audit in audits}

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Return what was found then. Raises `ScannerFailed` as then, and `NotRecorded`."""
        scan = self._scans.get(files_key(files))
        if scan is None:
            raise NotRecorded("a scan of these files")
        if scan.failure:
            raise ScannerFailed(scan.failure)
        return scan.matches

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Return what was found then. Raises `ScannerFailed` as then, and `NotRecorded`."""
        audit = self._audits.get(files_key(files))
        if audit is None:
            raise NotRecorded("an audit of these workflows")
        if audit.failure:
            raise ScannerFailed(audit.failure)
        return audit.audit


@dataclass(frozen=True)
class ReplayedForge:
    """Implements `Forge` from what was answered."""

    record: RecordedForge

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        """Return what was answered then. Raises `NotRecorded`."""
        key = forge_key(base_sha, head_sha)
        if key not in self.record.dependency_changes:
            raise NotRecorded("what GitHub knows of the changed dependencies")
        return self.record.dependency_changes[key]

    async def review_traces(self, head_sha: str) -> tuple[ReviewTrace, ...] | Unavailable | None:
        """Return what was answered then. Raises `NotRecorded`."""
        if head_sha not in self.record.review_traces:
            raise NotRecorded("what reviewers have left on the pull request")
        return self.record.review_traces[head_sha]


@dataclass(frozen=True)
class ReplayedHistory:
    """Implements `History` from what was answered."""

    record: RecordedHistory

    async def churn(self, paths: Sequence[str]) -> Mapping[str, int] | None:
        """Return what was answered then; an older record has none."""
        churn = self.record.churn
        return None if churn is None else {path: churn.get(path, 0) for path in paths}


class ReplayedModels:
    """Implements `Models` from what was answered."""

    def __init__(
        self, record: RecordedModels, calls: Sequence[RecordedCall], spending: Spending
    ) -> None:
        self._record = record
        self._tokens_left = deque(record.input_tokens_left)
        self._counts = deque(record.counts)
        self._calls = list(calls)
        self.available = record.available
        self.why_not = record.why_not
        self.label = record.label
        self.input_tokens_per_prompt = record.input_tokens_per_prompt
        self.spent = spending

    @property
    def input_tokens_left(self) -> int:
        """As it was then; without end where nothing was recorded."""
        return self._tokens_left.popleft() if self._tokens_left else 1_000_000_000

    def count_tokens(self, text: str) -> int:
        """As it was then; a quarter of the bytes where nothing was recorded."""
        return self._counts.popleft() if self._counts else len(text.encode()) // 4

    def for_role(self, role: Role) -> LLMProvider:
        """Return who answers as was answered then."""
        return _ReplayedProvider(role, self._record.label, self._calls)

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        """As many as there were then; which of them gives which answer does not matter."""
        return (self.for_role(role),) * (self._record.finders if role is Role.FIND else 1)


@dataclass(frozen=True)
class _ReplayedProvider(LLMProvider):
    """Answers each recorded call once, whole prompts before those that only have to hold words."""

    role: Role
    label: str
    calls: list[RecordedCall]

    @property
    def model(self) -> str:
        return self.label

    async def generate(self, prompt: Prompt) -> Completion:
        """Return the recorded answer, or raise the recorded error. Raises `NotRecorded`."""
        # A prompt may be asked several times with different answers, such as an error and then a
        # reply. So each answer serves once, in the order in which they came.
        of_role = [call for call in self.calls if call.role is self.role]
        key, text = prompt_key(prompt), "\n".join(part.text for part in prompt.parts)
        exact = (call for call in of_role if call.key == key)
        loose = (call for call in of_role if not call.key and call.contains in text)
        call = next(exact, None) or next(loose, None)
        if call is None:
            raise NotRecorded(f"an answer to this question of the role {self.role.value!r}")
        self.calls.remove(call)
        if call.completion is not None:
            return call.completion
        # By its class's name: a cassette may be older than the class, and then its base has to do.
        kind = getattr(errors, call.error, None)
        if not (isinstance(kind, type) and issubclass(kind, ProviderError)):
            kind = ProviderError
        if kind is PromptTooLong:
            raise PromptTooLong(call.message, hint=call.hint, room=call.room)
        raise kind(call.message, hint=call.hint)
