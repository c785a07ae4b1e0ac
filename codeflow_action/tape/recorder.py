"""Records a run: stands between it and its ports, and writes the cassette in the end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from codeflow_action import __version__
from codeflow_action.ai.wrappers.recording import Asked
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.diff import Hunk
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, Role
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Absent, Content, Forge, Models, Scanners, Search, Tree
from codeflow_action.engine.pull_request import ChangedFile, PullRequest
from codeflow_action.engine.report import Report
from codeflow_action.engine.scans import ScannerFailed, SecretMatch, WorkflowAudit
from codeflow_action.engine.spending import Spent
from codeflow_action.review.units import old_side
from codeflow_action.run.round import Ports, Round
from codeflow_action.security.redaction import FileValues, Redactor, confirmed, pieces
from codeflow_action.security.walk import rewritten
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
    RecordedTree,
    files_key,
    forge_key,
    prompt_key,
    readable,
    search_key,
)


class Recorder:
    """Remembers all that passes the ports of one run.

    `asked` grows as models are asked. Nothing is written before the end, because what is a secret
    may be known only then. Secrets are blanked wherever they stand; a scanner's finding of one is
    kept without its place in the file.
    """

    def __init__(self, ports: Ports, asked: Sequence[Asked]) -> None:
        self._asked = asked
        self._head, self._base = _Tree(ports.head), _Tree(ports.base)
        self._policy = _Tree(ports.policy)
        self._scanners = _Scanners(ports.scanners)
        self._forge = _Forge(ports.forge)
        self._models = _Models(ports.models)
        self._clock = ports.clock

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
        )

    def cassette(self, round_: Round, report: Report, redactor: Redactor) -> str:
        """Return the record of a run that has ended, as JSON text without any secret.

        Raises `ScannerFailed` where it cannot be searched: then there is no record.
        """
        cleaner = _Cleaner(redactor, self._scanners.found)
        for path, text in self._texts(round_.pull_request):
            cleaner.learn(path, text)
        start = replace(round_, pull_request=cleaner.pull_request(round_.pull_request))
        whole = Cassette(
            codeflow=__version__,
            start=RecordedStart.of(start),
            head=self._head.recorded(cleaner),
            base=self._base.recorded(cleaner),
            policy=self._policy.recorded(cleaner),
            scans=tuple(self._scanners.recorded(cleaner)),
            forge=self._forge.recorded,
            audits=tuple(self._scanners.recorded_audits(cleaner)),
            models=self._models.recorded(),
            calls=tuple(_call(cleaner.prompt(prompt), answer) for prompt, answer in self._asked),
            end=_end(round_, report),
        )
        dumped = whole.model_dump(mode="json", exclude_defaults=True)
        plain = rewritten(dumped, cache(redactor.searched))
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"

    def _texts(self, pull_request: PullRequest) -> Iterator[tuple[str, str]]:
        """Yield all pieces of files that go on record, each whole, with their paths."""
        for file in pull_request.files:
            yield file.path, old_side(file)
        for files in (self._head.contents, self._base.contents, *self._scanners.scanned):
            for path, content in files.items():
                if isinstance(content, bytes):
                    yield path, _text(content)


class _Cleaner:
    """Blanks secrets in everything that is recorded.

    First it learns what is a secret, from whole files; then it blanks these values, line by line:
    so a file, its hunks and a prompt that shows some of it come out the same, and a replay that
    builds the prompt anew finds the answer. A value that is a word is blanked only in its file.
    """

    def __init__(
        self, redactor: Redactor, found: Sequence[tuple[SecretMatch, Mapping[str, bytes]]]
    ) -> None:
        self._redactor = redactor
        self._by_path: dict[str, set[str]] = {}
        self._blanks: dict[str, FileValues] = {}
        for match, files in found:
            value = _text(files[match.path][match.start : match.end])
            self._by_path.setdefault(match.path, set()).update(pieces([value]))
            redactor.learn([value])

    def learn(self, path: str, text: str) -> None:
        """Take in what is a secret in this piece of a file. Raises `ScannerFailed`."""
        self._by_path.setdefault(path, set()).update(self._redactor.values(text))

    def text(self, text: str) -> str:
        """Return a text that belongs to no file."""
        return self._redactor.known(text)

    def in_file(self, path: str, text: str) -> str:
        """Return a piece of a file."""
        if path not in self._blanks:
            self._blanks[path] = FileValues(self._by_path.get(path, ()))
        return self._blanks[path].blank(self._redactor.known(text))

    def content(self, path: str, content: bytes) -> bytes:
        """Return a whole file."""
        cleaned = self.in_file(path, _text(content))
        return cleaned.encode() if _is_utf8(content) else cleaned.encode("latin-1")

    def contents(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return whole files."""
        return {path: self.content(path, content) for path, content in files.items()}

    def search(self, search: Search | None) -> Search | None:
        """Return it with clean lines."""
        if search is None:
            return None
        hits = (replace(hit, text=self.in_file(hit.path, hit.text)) for hit in search.hits)
        return replace(search, hits=tuple(hits))

    def pull_request(self, pull_request: PullRequest) -> PullRequest:
        """Return it with clean lines."""
        files = tuple(replace(file, hunks=self._hunks(file)) for file in pull_request.files)
        return replace(pull_request, files=files)

    def _hunks(self, file: ChangedFile) -> tuple[Hunk, ...]:
        return tuple(
            hunk._replace(
                lines=tuple(
                    line._replace(text=self.in_file(file.path, line.text)) for line in hunk.lines
                )
            )
            for hunk in file.hunks
        )

    def prompt(self, prompt: Prompt) -> Prompt:
        """Return a prompt without what was found to be a secret after it was sent."""
        parts = tuple(replace(part, text=self.text(part.text)) for part in prompt.parts)
        return replace(prompt, instructions=self.text(prompt.instructions), parts=parts)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(content: bytes) -> str:
    """Return the bytes as text from which they can be made again."""
    return content.decode() if _is_utf8(content) else content.decode("latin-1")


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

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        search = await self._inner.search(names, within)
        self._searches[search_key(names, within)] = search
        return search

    def recorded(self, cleaner: _Cleaner) -> RecordedTree:
        files = {
            path: RecordedFile.of(
                content if isinstance(content, Absent) else cleaner.content(path, content)
            )
            for path, content in self.contents.items()
        }
        searches = {key: cleaner.search(one) for key, one in self._searches.items()}
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
    def found(self) -> list[tuple[SecretMatch, Mapping[str, bytes]]]:
        return [(match, files) for files, matches, _ in self._scans for match in confirmed(matches)]

    @property
    def scanned(self) -> list[Mapping[str, bytes]]:
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

    def recorded(self, cleaner: _Cleaner) -> Iterator[RecordedScan]:
        for files, matches, failed in self._scans:
            placeless = tuple(replace(match, start=0, end=0) for match in matches)
            key = files_key(cleaner.contents(files))
            yield RecordedScan(key=key, matches=placeless, failed=failed)

    def recorded_audits(self, cleaner: _Cleaner) -> Iterator[RecordedAudit]:
        for files, audit, failed in self._audits:
            key = files_key(cleaner.contents(files))
            yield RecordedAudit(key=key, audit=audit, failed=failed)


class _Forge:
    """A forge that remembers what it said."""

    def __init__(self, inner: Forge) -> None:
        self._inner = inner
        self._said: dict[str, tuple[DependencyChange, ...] | Unavailable] = {}

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        answer = await self._inner.dependency_changes(base_sha, head_sha)
        self._said[forge_key(base_sha, head_sha)] = answer
        return answer

    @property
    def recorded(self) -> RecordedForge:
        return RecordedForge(dependency_changes=self._said)


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
    def spent(self) -> Spent:
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

    def recorded(self) -> RecordedModels:
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


def _end(round_: Round, report: Report) -> RecordedEnd:
    return RecordedEnd(
        seconds=round_.seconds,
        steps=tuple(step.seconds for step in round_.steps),
        spent=round_.spent,
        shown={one.id: (one.shown, one.url) for one in report.findings},
        line_hashes={one.id: one.line_hash for one in report.findings if one.line_hash},
        head_moved=report.reason is Reason.HEAD_MOVED,
    )
