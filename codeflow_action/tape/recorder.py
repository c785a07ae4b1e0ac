"""Records a run: stands between it and its ports, and writes the cassette in the end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from codeflow_action import __version__
from codeflow_action.actions.tool_reports import ToolReports
from codeflow_action.ai.wrappers.recording import Exchange
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, Role
from codeflow_action.engine.outcome import Done, Reason
from codeflow_action.engine.ports import Absent, Content, Forge, Models, Scanners, Search, Tree
from codeflow_action.engine.report import Report
from codeflow_action.engine.scans import ScannerFailed, SecretMatch, WorkflowAudit
from codeflow_action.engine.spending import Spending
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
from codeflow_action.tape.cleaner import Cleaner, reversible_text


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
        self._scanners = _Scanners(ports.scanners)
        self._forge = _Forge(ports.forge)
        self._models = _Models(ports.models)
        self._clock = ports.clock
        self._reports = ports.reports  # what they came to is on record: see `RecordedToolReports`
        self._key_shapes = ports.key_shapes

    @property
    def ports(self) -> Ports:
        """The ports, with an ear at each."""
        return Ports(
            head=self._head,
            base=self._base,
            policy=self._policy,
            scanners=self._scanners,
            models=self._models,
            clock=self._clock,
            forge=self._forge,
            reports=self._reports,
            key_shapes=self._key_shapes,
        )

    def cassette(self, round_: Round, report: Report, redactor: Redactor) -> str:
        """Return the record of a run that has ended, as JSON text without any secret.

        Raises `ScannerFailed` where it cannot be searched: then there is no record.
        """
        cleaner = Cleaner(redactor, self._scanners.matches)
        # Before anything is blanked: a value that one file gives away is a secret in all others.
        for file in round_.pull_request.files:
            cleaner.learn(file.path, old_side(file))
        for files in (self._head.contents, self._base.contents, *self._scanners.scans):
            for path, content in files.items():
                if isinstance(content, bytes):
                    cleaner.learn(path, reversible_text(content))
        start = replace(round_, pull_request=cleaner.pull_request(round_.pull_request))
        whole = Cassette(
            codeflow=__version__,
            start=RecordedStart.of(start),
            head=self._head.record(cleaner),
            base=self._base.record(cleaner),
            policy=self._policy.record(cleaner),
            scans=tuple(self._scanners.record_scans(cleaner)),
            forge=self._forge.record(),
            audits=tuple(self._scanners.record_audits(cleaner)),
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


class _Tree:
    """A tree that remembers what was read."""

    def __init__(self, inner: Tree) -> None:
        self._inner = inner
        self.contents: dict[str, Content] = {}
        self._paths: tuple[str, ...] | None = None
        self._searches: dict[str, Search | None] = {}
        self._sizes: dict[str, int] = {}

    @property
    def sha(self) -> str:
        return self._inner.sha

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        contents = await self._inner.read_many(paths)
        self.contents.update(contents)
        return contents

    async def list(self) -> tuple[str, ...] | None:
        self._paths = await self._inner.list()
        return self._paths

    @property
    def reads_singly(self) -> bool:
        return self._inner.reads_singly

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        sizes = await self._inner.sizes(paths)
        self._sizes.update(sizes)
        return sizes

    async def search(self, names: Sequence[str], paths: Sequence[str]) -> Search | None:
        search = await self._inner.search(names, paths)
        self._searches[search_key(names, paths)] = search
        return search

    def record(self, cleaner: Cleaner) -> RecordedTree:
        files = {
            path: RecordedFile.of(
                content if isinstance(content, Absent) else cleaner.content(path, content)
            )
            for path, content in self.contents.items()
        }
        searches = {key: cleaner.search(search) for key, search in self._searches.items()}
        return RecordedTree(
            sha=self.sha,
            files=files,
            paths=self._paths,
            searches=searches,
            sizes=self._sizes,
            reads_singly=self.reads_singly,
        )


class _Scanners:
    """Scanners that remember what they found, and in what."""

    def __init__(self, inner: Scanners) -> None:
        self._inner = inner
        self._scans: list[tuple[Mapping[str, bytes], tuple[SecretMatch, ...], str]] = []
        self._audits: list[tuple[Mapping[str, bytes], WorkflowAudit, str]] = []

    @property
    def matches(self) -> list[tuple[SecretMatch, Mapping[str, bytes]]]:
        return [
            (match, files)
            for files, matches, _ in self._scans
            for match in confirmed_matches(matches)
        ]

    @property
    def scans(self) -> list[Mapping[str, bytes]]:
        return [files for files, _, _ in (*self._scans, *self._audits)]

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        try:
            matches = await self._inner.secrets(files)
        except ScannerFailed as error:
            self._scans.append((files, (), str(error) or "failed"))
            raise
        self._scans.append((files, matches, ""))
        return matches

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        try:
            audit = await self._inner.workflows(files)
        except ScannerFailed as error:
            self._audits.append((files, WorkflowAudit(), str(error) or "failed"))
            raise
        self._audits.append((files, audit, ""))
        return audit

    def record_scans(self, cleaner: Cleaner) -> Iterator[RecordedScan]:
        for files, matches, failure in self._scans:
            # The place would tell how long a blanked secret is.
            placeless = tuple(replace(match, start=0, end=0) for match in matches)
            key = files_key(cleaner.contents(files))
            yield RecordedScan(key=key, matches=placeless, failed=failure)

    def record_audits(self, cleaner: Cleaner) -> Iterator[RecordedAudit]:
        for files, audit, failure in self._audits:
            key = files_key(cleaner.contents(files))
            yield RecordedAudit(key=key, audit=audit, failed=failure)


class _Forge:
    """A forge that remembers what it said."""

    def __init__(self, inner: Forge) -> None:
        self._inner = inner
        self._answers: dict[str, tuple[DependencyChange, ...] | Unavailable] = {}

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        answer = await self._inner.dependency_changes(base_sha, head_sha)
        self._answers[forge_key(base_sha, head_sha)] = answer
        return answer

    def record(self) -> RecordedForge:
        return RecordedForge(dependency_changes=self._answers)


class _Models:
    """Models that remember what they said of themselves."""

    def __init__(self, inner: Models) -> None:
        self._inner = inner
        self._left: list[int] = []
        self._counts: list[int] = []
        self._finders = 1

    @property
    def available(self) -> bool:
        return self._inner.available

    @property
    def why_not(self) -> str:
        return self._inner.why_not

    @property
    def label(self) -> str:
        return self._inner.label

    @property
    def spent(self) -> Spending:
        return self._inner.spent

    @property
    def input_tokens_per_prompt(self) -> int:
        return self._inner.input_tokens_per_prompt

    @property
    def input_tokens_left(self) -> int:
        self._left.append(self._inner.input_tokens_left)
        return self._left[-1]

    def count_tokens(self, text: str) -> int:
        self._counts.append(self._inner.count_tokens(text))
        return self._counts[-1]

    def for_role(self, role: Role) -> LLMProvider:
        return self._inner.for_role(role)

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        self._finders = len(self._inner.all_for_role(role)) if role is Role.FIND else self._finders
        return self._inner.all_for_role(role)

    def record(self) -> RecordedModels:
        return RecordedModels(
            finders=self._finders,
            available=self.available,
            why_not=self.why_not,
            label=self.label,
            input_tokens_per_prompt=self.input_tokens_per_prompt,
            input_tokens_left=tuple(self._left),
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
            return RecordedToolReports.of(step.outcome)
    return None


def _end(round_: Round, report: Report) -> RecordedEnd:
    return RecordedEnd(
        seconds=round_.seconds,
        steps=tuple(step.seconds for step in round_.steps),
        spent=round_.spent,
        shown={finding.id: (finding.shown, finding.url) for finding in report.findings},
        line_hashes={
            finding.id: finding.line_hash for finding in report.findings if finding.line_hash
        },
        head_moved=report.reason is Reason.HEAD_MOVED,
    )
