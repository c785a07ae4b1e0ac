"""Records a run: stands between it and its ports, and writes the cassette in the end."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache

from codeflow_action import __version__
from codeflow_action.actions.tool_reports import ToolReports
from codeflow_action.ai.wrappers.recording import Exchange
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.facts import Facts, LineCoverage
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, Role
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.ports import Absent, Content, Forge, History, Models, Search, Tree
from codeflow_action.engine.report import Report
from codeflow_action.engine.review_traces import ReviewTrace
from codeflow_action.engine.scans import ScannerFailed, SecretMatch, WorkflowAudit
from codeflow_action.engine.spending import Spending
from codeflow_action.integrations.github.write.publish import OVERTAKEN
from codeflow_action.review.units import old_side
from codeflow_action.run.round import Ports, Round
from codeflow_action.security.redaction import Redactor, confirmed_matches
from codeflow_action.security.walk import rewrite_texts
from codeflow_action.tape.cassette import (
    Cassette,
    RecordedAudit,
    RecordedCall,
    RecordedEnd,
    RecordedFile,
    RecordedForge,
    RecordedHistory,
    RecordedModels,
    RecordedScan,
    RecordedStart,
    RecordedToolReports,
    RecordedTree,
    files_key,
    forge_key,
    prompt_key,
    readable,
    search_key,
)
from codeflow_action.tape.cleaner import Cleaner, decode


class Recorder:
    """Remembers all that passes the ports of one run.

    `calls` grows as models are asked. Nothing is written before the end, because what is a secret
    may be known only then. Secrets are blanked wherever they stand; a scanner's finding of one is
    kept without its place in the file.
    """

    def __init__(self, ports: Ports, calls: Sequence[Exchange]) -> None:
        self._calls = calls
        self._head, self._base = _Tree(ports.head), _Tree(ports.base)
        self._policy = _Tree(ports.policy)
        self._secrets = _Scanner(ports.scanners.secrets)
        self._workflows = _Scanner(ports.scanners.workflows)
        self._forge = _Forge(ports.forge)
        self._history = _History(ports.history)
        self._models = _Models(ports.models)
        # Clock and reports are handed on as they are: times are no part of a replay's work, and of
        # the reports `RecordedToolReports` keeps what they came to.
        self.ports = replace(
            ports,
            head=self._head,
            base=self._base,
            policy=self._policy,
            scanners=_Scanners(secrets=self._secrets, workflows=self._workflows),
            forge=self._forge,
            history=self._history,
            models=self._models,
        )

    def cassette(self, round_: Round, report: Report, redactor: Redactor) -> str:
        """Return the record of a run that has ended, as JSON text without any secret.

        Raises `ScannerFailed` where it cannot be searched: then there is no record.
        """
        cleaner = self._cleaner(round_, redactor)
        start = replace(round_, pull_request=cleaner.pull_request(round_.pull_request))
        scans = (
            RecordedScan(
                key=files_key(cleaner.contents(scan.files)),
                # The place would tell how long a blanked secret is.
                matches=tuple(replace(match, start=0, end=0) for match in scan.answer or ()),
                failure=scan.failure,
            )
            for scan in self._secrets.scans
        )
        audits = (
            RecordedAudit(
                key=files_key(cleaner.contents(scan.files)),
                audit=scan.answer or WorkflowAudit(),
                failure=scan.failure,
            )
            for scan in self._workflows.scans
        )
        whole = Cassette(
            codeflow=__version__,
            start=RecordedStart.of(start),
            head=self._head.record(cleaner),
            base=self._base.record(cleaner),
            policy=self._policy.record(cleaner),
            scans=tuple(scans),
            forge=RecordedForge(
                dependency_changes=self._forge.answers, review_traces=self._forge.traces
            ),
            history=RecordedHistory(churn=self._history.answer),
            audits=tuple(audits),
            models=self._models.record(),
            tool_reports=_tool_reports(round_),
            calls=tuple(_call(cleaner.prompt(prompt), answer) for prompt, answer in self._calls),
            end=_end(round_, report),
        )
        # Once more over the whole: what stands in no file, such as a title, was not learned from.
        plain = rewrite_texts(
            whole.model_dump(mode="json", exclude_defaults=True), cache(redactor.redact)
        )
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"

    def _cleaner(self, round_: Round, redactor: Redactor) -> Cleaner:
        """Return what knows every secret that stands in a file of this run."""
        matches = [
            (match, scan.files)
            for scan in self._secrets.scans
            for match in confirmed_matches(scan.answer or ())
        ]
        cleaner = Cleaner(redactor, matches)
        # Before anything is blanked: a value that one file gives away is a secret in all others.
        for file in round_.pull_request.files:
            cleaner.learn(file.path, old_side(file))
        scanned_files = (scan.files for scan in (*self._secrets.scans, *self._workflows.scans))
        for contents in (self._head.contents, self._base.contents, *scanned_files):
            for path, content in contents.items():
                if isinstance(content, bytes):
                    cleaner.learn(path, decode(content)[0])
        return cleaner


class _Tree:
    """A tree that remembers what was read."""

    def __init__(self, inner: Tree) -> None:
        self._inner = inner
        self.sha = inner.sha
        self.reads_singly = inner.reads_singly
        self.contents: dict[str, Content] = {}
        self._paths: tuple[str, ...] | None = None
        self._searches: list[tuple[Sequence[str], Sequence[str], Search | None]] = []
        self._sizes: dict[str, int] = {}

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        contents = await self._inner.read_many(paths)
        self.contents.update(contents)
        return contents

    async def list(self) -> tuple[str, ...] | None:
        self._paths = await self._inner.list()
        return self._paths

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        sizes = await self._inner.sizes(paths)
        self._sizes.update(sizes)
        return sizes

    async def search(self, names: Sequence[str], paths: Sequence[str]) -> Search | None:
        search = await self._inner.search(names, paths)
        self._searches.append((names, paths, search))
        return search

    def record(self, cleaner: Cleaner) -> RecordedTree:
        files = {
            path: RecordedFile.of(
                content if isinstance(content, Absent) else cleaner.content(path, content)
            )
            for path, content in self.contents.items()
        }
        searches = {
            search_key(cleaner.names(names), paths): cleaner.search(search)
            for names, paths, search in self._searches
        }
        return RecordedTree(
            sha=self.sha,
            files=files,
            paths=self._paths,
            searches=searches,
            sizes=self._sizes,
            reads_singly=self.reads_singly,
        )


@dataclass(frozen=True, kw_only=True)
class _Scan[Answer]:
    """Files that were scanned, and the answer, or why there is none."""

    files: Mapping[str, bytes]
    answer: Answer | None = None
    failure: str = ""


@dataclass
class _Scanner[Answer]:
    """One of the scanners, which remembers what it was asked and what it answered."""

    inner: Callable[[Mapping[str, bytes]], Awaitable[Answer]]
    scans: list[_Scan[Answer]] = field(default_factory=list)

    async def __call__(self, files: Mapping[str, bytes]) -> Answer:
        try:
            answer = await self.inner(files)
        except ScannerFailed as error:
            # Never empty: that would be read as an answer.
            self.scans.append(_Scan(files=files, failure=str(error) or "failed"))
            raise
        self.scans.append(_Scan(files=files, answer=answer))
        return answer


@dataclass(frozen=True, kw_only=True)
class _Scanners:
    """Both of them, as `Scanners`."""

    secrets: _Scanner[tuple[SecretMatch, ...]]
    workflows: _Scanner[WorkflowAudit]


@dataclass
class _Forge:
    """A forge that remembers what it said."""

    inner: Forge
    answers: dict[str, tuple[DependencyChange, ...] | Unavailable] = field(default_factory=dict)
    traces: dict[str, tuple[ReviewTrace, ...] | Unavailable | None] = field(default_factory=dict)

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        answer = await self.inner.dependency_changes(base_sha, head_sha)
        self.answers[forge_key(base_sha, head_sha)] = answer
        return answer

    async def review_traces(self, head_sha: str) -> tuple[ReviewTrace, ...] | Unavailable | None:
        self.traces[head_sha] = await self.inner.review_traces(head_sha)
        return self.traces[head_sha]


@dataclass
class _History:
    """A history that remembers what it said."""

    inner: History
    answer: dict[str, int] | None = None

    async def churn(self, paths: Sequence[str]) -> Mapping[str, int] | None:
        churn = await self.inner.churn(paths)
        if churn is not None:
            self.answer = {**(self.answer or {}), **churn}
        return churn


class _Models:
    """Models that remember what they said of themselves."""

    def __init__(self, inner: Models) -> None:
        self._inner = inner
        # These hold for the whole run.
        self.available = inner.available
        self.why_not = inner.why_not
        self.label = inner.label
        self.input_tokens_per_prompt = inner.input_tokens_per_prompt
        self._tokens_left: list[int] = []
        self._counts: list[int] = []
        self._finders = 1

    @property
    def spent(self) -> Spending:
        return self._inner.spent

    @property
    def input_tokens_left(self) -> int:
        self._tokens_left.append(self._inner.input_tokens_left)
        return self._tokens_left[-1]

    def count_tokens(self, text: str) -> int:
        self._counts.append(self._inner.count_tokens(text))
        return self._counts[-1]

    def for_role(self, role: Role) -> LLMProvider:
        return self._inner.for_role(role)

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        providers = self._inner.all_for_role(role)
        # Of the other roles' models only the first is asked, so nobody needs to know how many.
        if role is Role.FIND:
            self._finders = len(providers)
        return providers

    def record(self) -> RecordedModels:
        return RecordedModels(
            finders=self._finders,
            available=self.available,
            why_not=self.why_not,
            label=self.label,
            input_tokens_per_prompt=self.input_tokens_per_prompt,
            input_tokens_left=tuple(self._tokens_left),
            counts=tuple(self._counts),
        )


def _call(prompt: Prompt, answer: Completion | ProviderError) -> RecordedCall:
    call = RecordedCall(role=prompt.role, key=prompt_key(prompt), prompt=readable(prompt))
    if isinstance(answer, Completion):
        return call.model_copy(update={"completion": answer})
    room = answer.room if isinstance(answer, PromptTooLong) else None
    error = {"error": type(answer).__name__, "message": str(answer), "hint": answer.hint}
    return call.model_copy(update={**error, "room": room})


def _tool_reports(round_: Round) -> RecordedToolReports | None:
    """Return what other tools' reports came to, None where they were not read."""
    for step in round_.steps:
        if isinstance(step.action, ToolReports) and isinstance(step.outcome, Done):
            outcome = step.outcome
            return RecordedToolReports(
                findings=outcome.findings,
                coverage=Facts(outcome.facts).get(LineCoverage) or LineCoverage(),
                shortfalls=outcome.shortfalls,
                notices=outcome.notices,
            )
    return None


def _end(round_: Round, report: Report) -> RecordedEnd:
    return RecordedEnd(
        seconds=round_.seconds,
        steps=tuple(step.seconds for step in round_.steps),
        spending=round_.spent,
        shown_at={finding.id: (finding.shown, finding.url) for finding in report.findings},
        line_hashes={
            finding.id: finding.line_hash for finding in report.findings if finding.line_hash
        },
        head_moved=OVERTAKEN in report.shortfalls,
    )
