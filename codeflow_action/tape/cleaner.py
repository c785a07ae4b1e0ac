"""Takes secrets out of a record, so that what belongs together still fits together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from codeflow_action.engine.diff import Hunk
from codeflow_action.engine.model import Prompt
from codeflow_action.engine.ports import Search
from codeflow_action.engine.pull_request import ChangedFile, PullRequest
from codeflow_action.engine.scans import SecretMatch
from codeflow_action.security.redaction import FileValues, Redactor, pieces


class Cleaner:
    """Blanks secrets in everything that is recorded.

    First it learns what is a secret, from whole files; then it blanks these values, line by line:
    so a file, its hunks and a prompt that shows some of it come out the same, and a replay that
    builds the prompt anew finds the answer. A value that is a word is blanked only in its file.
    """

    def __init__(
        self, redactor: Redactor, matches: Sequence[tuple[SecretMatch, Mapping[str, bytes]]]
    ) -> None:
        self._redactor = redactor
        self._by_path: dict[str, set[str]] = {}
        self._blanks: dict[str, FileValues] = {}
        for match, files in matches:
            value, _ = decode(files[match.path][match.start : match.end])
            self._by_path.setdefault(match.path, set()).update(pieces([value]))
            redactor.learn([value])

    def learn(self, path: str, text: str) -> None:
        """Take in what is a secret in this piece of a file. Raises `ScannerFailed`."""
        self._by_path.setdefault(path, set()).update(self._redactor.values(text))

    def in_file(self, path: str, text: str) -> str:
        """Return a piece of a file."""
        if path not in self._blanks:  # made late: `learn` has to have seen all pieces before
            self._blanks[path] = FileValues(self._by_path.get(path, ()))
        return self._blanks[path].blank(self._redactor.mask_known(text))

    def content(self, path: str, content: bytes) -> bytes:
        """Return a whole file."""
        text, encoding = decode(content)
        return self.in_file(path, text).encode(encoding)

    def contents(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return whole files."""
        return {path: self.content(path, content) for path, content in files.items()}

    def names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names that are no secret: a replay reads the others nowhere."""
        return tuple(name for name in names if self._redactor.mask_known(name) == name)

    def search(self, search: Search | None) -> Search | None:
        """Return it with clean lines."""
        if search is None:
            return None
        hits = (replace(hit, text=self.in_file(hit.path, hit.text)) for hit in search.hits)
        return replace(search, hits=tuple(hits))

    def pull_request(self, pull_request: PullRequest) -> PullRequest:
        """Return it with clean lines."""
        files: list[ChangedFile] = []
        for file in pull_request.files:
            hunks: list[Hunk] = []
            for hunk in file.hunks:
                texts = (self.in_file(file.path, line.text) for line in hunk.lines)
                lines = zip(hunk.lines, texts, strict=True)
                hunks.append(
                    hunk._replace(lines=tuple(line._replace(text=text) for line, text in lines))
                )
            files.append(replace(file, hunks=tuple(hunks)))
        return replace(pull_request, files=tuple(files))

    def prompt(self, prompt: Prompt) -> Prompt:
        """Return a prompt without what was found to be a secret after it was sent."""
        # A part of a prompt may be of several files, or of none.
        mask = self._redactor.mask_known
        parts = tuple(replace(part, text=mask(part.text)) for part in prompt.parts)
        return replace(prompt, instructions=mask(prompt.instructions), parts=parts)


def decode(content: bytes) -> tuple[str, str]:
    """Return the bytes as text, and the encoding that makes the same bytes of it again."""
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Latin-1 gives each byte a character of its own, so nothing is lost of what is no UTF-8.
        return content.decode("latin-1"), "latin-1"
