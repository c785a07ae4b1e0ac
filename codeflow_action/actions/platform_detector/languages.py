"""Languages by bytes, as GitHub counts them: linguist's names and its rules of what counts.

Left out are data and prose, what is vendored, documentation or generated, unless
`.gitattributes` says otherwise. A name or extension decides; where it is shared by several
languages, the content of some files does, by linguist's own heuristics. Its statistical
classifier is not used.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from codeflow_action.actions.platform_detector.generated import says_generated
from codeflow_action.actions.platform_detector.rules import read_data
from codeflow_action.actions.platform_detector.segments import Segments
from codeflow_action.engine.files import Marks, is_generated, is_vendored
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.platforms import LanguageShare
from codeflow_action.engine.ports import Content

MAX_LOOKED_INTO = 250  # files whose content is read for this, the largest first
MAX_LOOKED_INTO_BYTES = 8_000_000  # of all of them
MAX_LOOKED_INTO_SIZE = 4_000_000  # bytes of one of them
_FIRST_BYTES = 131_072  # of a file, as linguist has it (lazy_blob.rb): what is below is not seen
# Characters. Some of linguist's patterns take time by the square of a path, and nobody keeps code
# deeper than `survey.MAX_PATH`.
_MAX_PATH = 400
_LARGE = 0.001  # the least share of one file that is worth a look
_SHOWN = 0.0005  # the least share that is told
_HEURISTIC_BYTES = 6_000
_HEURISTIC_LINE = 200  # characters
# Compiled translations, protocol buffers and the like: no language where the content is binary.
_BINARY_TOO = frozenset({".mo", ".pb", ".bin", ".dat"})
# What an extension that several languages share usually is, where neither content nor the
# repository's other files say, and where the first by name is the wrong guess.
_USUAL = {
    ".bas": "VBA",
    ".cl": "OpenCL",
    ".cls": "TeX",
    ".f": "Fortran",
    ".gd": "GDScript",
    ".gs": "JavaScript",
    ".html": "HTML",
    ".inc": "PHP",
    ".l": "Lex",
    ".m": "Objective-C",
    ".md": "Markdown",
    ".mod": "Modula-2",
    ".p": "OpenEdge ABL",
    ".php": "PHP",
    ".pp": "Puppet",
    ".pro": "Prolog",
    ".re": "Reason",
    ".rs": "Rust",
    ".sls": "Salt",
    ".sol": "Solidity",
    ".spec": "RPM Spec",
    ".sql": "SQL",
    ".v": "Verilog",
    ".yy": "Yacc",
}


class _Heuristic(BaseModel):
    """One rule for a shared extension: any of these patterns, all of those, none of the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]

    def holds(self, text: str) -> bool:
        """True when the text is of this language, as far as the patterns go."""
        return (
            (not self.any or any(_found(pattern, text) for pattern in self.any))
            and all(_found(pattern, text) for pattern in self.all)
            and not any(_found(pattern, text) for pattern in self.none)
        )


class Linguist(BaseModel):
    """The data that is taken over, by what is looked up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: dict[str, tuple[str, ...]]  # type, then the language it is counted as
    extensions: dict[str, tuple[str, ...]]
    filenames: dict[str, tuple[str, ...]]
    interpreters: dict[str, tuple[str, ...]]
    vendored: tuple[str, ...]
    documentation: tuple[str, ...]
    heuristics: dict[str, tuple[_Heuristic, ...]]

    def candidates(self, path: str) -> tuple[str, tuple[str, ...]]:
        """Return the extension that decides, and the languages it may be."""
        name = path.rpartition("/")[2]
        if name in self.filenames:
            return "", self.filenames[name]
        parts = name.lower().split(".")
        for at in range(1, len(parts)):
            extension = "." + ".".join(parts[at:])
            if found := self.extensions.get(extension):
                return extension, found
        return "", ()

    def counted_as(self, language: str) -> str:
        """Return the name under which its bytes are counted."""
        about = self.languages.get(language, ("", language))
        return about[1] if len(about) > 1 else language

    def named(self, word: str) -> tuple[str, ...]:
        """Return the language of that name, as `.gitattributes` writes it; none for none."""
        wanted = word.lower() if word else ""
        spaced = wanted.replace("-", " ")
        return tuple(name for name in self.languages if wanted and name.lower() in (wanted, spaced))

    def counts(self, language: str) -> bool:
        """True for what is programmed or marked up, not for data and prose."""
        return self.languages.get(language, ("",))[0] in ("programming", "markup")


@cache
def load_linguist() -> Linguist:
    """Return the shipped data; read when it is first needed."""
    return Linguist.model_validate_json(read_data("languages.json"))


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error:  # a few of linguist's patterns are Ruby's alone
        return None


def _found(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(text) is not None


@cache
def _segments(patterns: tuple[str, ...]) -> Segments:
    return Segments(patterns)


class Counted(NamedTuple):
    """A file that counts, with what its name says. `size` is in bytes."""

    path: str
    size: int
    extension: str
    candidates: tuple[str, ...]
    marks: Marks

    def counts_as(self, language: str, linguist: Linguist) -> bool:
        """True where that language counts, or the attributes make the file count."""
        return self.marks.detectable or linguist.counts(language)


def counted_files(
    sizes: Mapping[str, int], attributes: GitAttributes, linguist: Linguist
) -> tuple[Counted, ...]:
    """Return the files that count by their paths and attributes alone, the largest first."""
    files = []
    for path, size in sizes.items():
        extension, candidates = linguist.candidates(path)
        marks = attributes.marks(path)
        candidates = linguist.named(marks.language) or candidates
        if not size or not (candidates or "." not in path.rpartition("/")[2]):
            continue
        detectable = any(linguist.counts(one) for one in candidates) or not candidates
        wanted = detectable if marks.detectable is None else marks.detectable
        if not wanted:
            continue
        if not _is_left_out(path, marks, linguist):
            files.append(Counted(path, size, extension, candidates, marks))
    return tuple(sorted(files, key=lambda file: (-file.size, file.path)))


def _is_left_out(path: str, marks: Marks, linguist: Linguist) -> bool:
    """True for what GitHub does not count, by attributes or by its path.

    That is wider than what `engine.files` calls vendored: linguist's list keeps from the shares
    what projects write themselves, such as `.github/`.
    """
    if len(path) > _MAX_PATH or is_generated(path, marks) or is_vendored(path, marks):
        return True
    if marks.vendored is None and _segments(linguist.vendored).match(path):
        return True
    documentation = marks.documentation
    return _segments(linguist.documentation).match(path) if documentation is None else documentation


def to_look_into(files: Sequence[Counted], linguist: Linguist) -> tuple[str, ...]:
    """Return paths whose content decides most: the largest, then what the name leaves open."""
    whole = sum(file.size for file in files)
    small = [file for file in files if file.size <= MAX_LOOKED_INTO_SIZE]
    large = [file for file in small if file.size >= _LARGE * whole]
    unsure = [file for file in small if _is_unsure(file, linguist)]
    half = MAX_LOOKED_INTO // 2
    wanted = (*large[:half], *unsure[: MAX_LOOKED_INTO - half])
    chosen, left = [], MAX_LOOKED_INTO_BYTES
    for path, size in {file.path: file.size for file in wanted}.items():
        if size <= left:
            chosen.append(path)
            left -= size
    return tuple(chosen)


def _is_unsure(file: Counted, linguist: Linguist) -> bool:
    if not file.candidates or file.extension in _BINARY_TOO:
        return True
    return len(file.candidates) > 1 and file.extension in linguist.heuristics


def language_shares(
    files: Iterable[Counted], contents: Mapping[str, Content], linguist: Linguist
) -> tuple[LanguageShare, ...]:
    """Return the languages, the largest first. `files` come the largest first too."""
    totals: Counter[str] = Counter()
    largest: dict[str, str] = {}
    decided: dict[str, Counter[str]] = defaultdict(Counter)
    undecided: list[Counted] = []
    for file in files:
        text = _text(file, contents.get(file.path))
        if text is None:
            continue
        language = _language(file, text, linguist)
        if language and file.counts_as(language, linguist):
            decided[file.extension][language] += file.size
            totals[language] += file.size
            largest.setdefault(linguist.counted_as(language), file.path)
        elif not language and file.candidates:
            undecided.append(file)
    for file in undecided:
        language = _likely(file, decided[file.extension], totals)
        if file.counts_as(language, linguist):
            totals[language] += file.size
            largest.setdefault(linguist.counted_as(language), file.path)
    return _shares(totals, largest, linguist)


def _text(file: Counted, content: Content | None) -> str | None:
    """Return the text, empty where it was not looked into; None for what does not count."""
    if not isinstance(content, bytes):
        return None if file.extension in _BINARY_TOO else ""
    if b"\0" in content[:8_000]:
        return None
    text = content[:_FIRST_BYTES].decode("utf-8", "replace")
    is_generated_text = file.marks.generated is None and says_generated(file.path, text)
    return None if is_generated_text else text


def _language(file: Counted, text: str, linguist: Linguist) -> str:
    if len(file.candidates) == 1:
        return file.candidates[0]
    if not file.candidates:
        return _of_shebang(text, linguist)
    heuristics = linguist.heuristics.get(file.extension, ()) if text else ()
    head = _without_traps(text[:_HEURISTIC_BYTES]) if heuristics else ""
    return next((one.language for one in heuristics if one.holds(head)), "")


def _without_traps(text: str) -> str:
    """Return the text without blank and endless lines, on which some patterns take for ever."""
    lines = (line[:_HEURISTIC_LINE].rstrip() for line in text.split("\n"))
    return "\n".join(filter(None, lines)) + "\n"


def _of_shebang(text: str, linguist: Linguist) -> str:
    first = text[:200].partition("\n")[0]
    if not first.startswith("#!"):
        return ""
    words = first[2:].split()
    command = next((one for one in words if not one.endswith("/env") and one[:1] != "-"), "")
    name = re.sub(r"[\d.]+$", "", command.rpartition("/")[2])
    found = linguist.interpreters.get(command.rpartition("/")[2]) or linguist.interpreters.get(name)
    return found[0] if found else ""


def _likely(file: Counted, decided: Counter[str], totals: Counter[str]) -> str:
    """Return what others of that extension are, else the commonest here, else the usual."""
    if decided:
        return decided.most_common(1)[0][0]
    commonest = max(file.candidates, key=lambda language: totals[language])
    return commonest if totals[commonest] else _USUAL.get(file.extension, commonest)


def _shares(
    totals: Counter[str], largest: Mapping[str, str], linguist: Linguist
) -> tuple[LanguageShare, ...]:
    grouped: Counter[str] = Counter()
    for language, size in totals.items():
        grouped[linguist.counted_as(language)] += size
    whole = sum(grouped.values())
    ordered = sorted(grouped.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        LanguageShare(name=name, bytes=size, share=round(size / whole, 4), largest=largest[name])
        for name, size in ordered
        if size >= _SHOWN * whole
    )
