"""Languages by bytes, as GitHub counts them: linguist's names and its rules of what counts.

Where the sizes of too many files are not at hand, as in a clone without their contents, files are
counted instead.

Left out are data and prose, and what is vendored, documentation or generated, unless
`.gitattributes` says otherwise. A name or extension decides. Where several languages share it, the
content of some files does, by linguist's own heuristics.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from codeflow_action.actions.platform_detector.generated_phrases import says_generated
from codeflow_action.actions.platform_detector.linguist import (
    Linguist,
    load_linguist,
    path_patterns,
)
from codeflow_action.engine.files import FileMarks, is_generated, is_vendored
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.platforms import LanguageShare
from codeflow_action.engine.ports import Content

MAX_FILES_READ = 250  # files whose content is read for this, the largest first
MAX_BYTES_READ = 8_000_000  # of all of them
MAX_FILE_SIZE = 4_000_000  # bytes of one of them
# Of a file, as linguist has it (lazy_blob.rb): what is below is not seen.
_FIRST_BYTES = 131_072
_LARGE = 0.001  # the least share of one file that is worth reading it
_LEAST_SHARE = 0.0005  # of a language that is listed
# Characters. Some of linguist's patterns take time by the square of a path, and nobody keeps code
# deeper than `survey.MAX_PATH`.
_MAX_PATH = 400
# Extensions of texts and of binaries, such as compiled translations and protocol buffers: no
# language where the content is binary.
_MAYBE_BINARY = frozenset({".mo", ".pb", ".bin", ".dat"})
# What an extension that several languages share usually is. It is used where neither the content
# nor the repository's other files say, and where the first by name would be the wrong guess.
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


class CountableFile(NamedTuple):
    """A file that counts, with what its name says. `size` is in bytes."""

    path: str
    size: int
    extension: str
    candidates: tuple[str, ...]
    marks: FileMarks

    def counts_as(self, language: str, linguist: Linguist) -> bool:
        """True where that language counts, or the attributes make the file count."""
        return self.marks.detectable or linguist.counts(language)

    def language(self, text: str, linguist: Linguist) -> str:
        """Return the language by the name, else by the text; empty where neither says."""
        match self.candidates:
            case ():
                return linguist.by_shebang(text)
            case (language,):
                return language
            case _:
                return linguist.by_content(self.extension, text)

    def likely_language(self, siblings: Counter[str], totals: Counter[str]) -> str:
        """Return what most files of this extension are, else the commonest here, else the usual.

        `siblings` are the bytes of that extension by language, `totals` those of the tree.
        """
        if siblings:
            return siblings.most_common(1)[0][0]
        commonest = max(self.candidates, key=lambda language: totals[language])
        return commonest if totals[commonest] else _USUAL.get(self.extension, commonest)


@dataclass(frozen=True, kw_only=True)
class LanguageCount:
    """Counts a tree's languages. `sizes` are in bytes by path, of those `paths` that have one.

    Where `reads_singly`, each file would cost a request, so none is read and names decide.
    """

    paths: Sequence[str]
    sizes: Mapping[str, int]
    attributes: GitAttributes
    reads_singly: bool

    @cached_property
    def is_by_number(self) -> bool:
        """True where files are counted, because too many sizes are not known."""
        unknown = sum(path not in self.sizes for path in self.paths)
        # Links and submodules have no size, so a few unknown files are normal.
        return unknown > max(5, len(self.paths) // 50)

    @cached_property
    def files(self) -> tuple[CountableFile, ...]:
        """The files that count by their paths and attributes alone, the largest first."""
        linguist = load_linguist()
        sizes = dict.fromkeys(self.paths, 1) if self.is_by_number else self.sizes
        files = _countable_files(sizes, self.attributes, linguist)
        return tuple(sorted(files, key=lambda file: (-file.size, file.path)))

    @property
    def paths_to_read(self) -> tuple[str, ...]:
        """Paths whose content decides most: the largest, then what the name leaves open."""
        if self.reads_singly or self.is_by_number:
            return ()
        heuristics = load_linguist().heuristics
        total = sum(file.size for file in self.files)
        small = [file for file in self.files if file.size <= MAX_FILE_SIZE]
        large = [file for file in small if file.size >= _LARGE * total]
        unsure = [
            file
            for file in small
            if not file.candidates
            or file.extension in _MAYBE_BINARY
            or (len(file.candidates) > 1 and file.extension in heuristics)
        ]
        half = MAX_FILES_READ // 2
        candidates = (*large[:half], *unsure[: MAX_FILES_READ - half])
        paths, budget = [], MAX_BYTES_READ
        for path, size in {file.path: file.size for file in candidates}.items():
            if size <= budget:
                paths.append(path)
                budget -= size
        return tuple(paths)

    def shares(self, contents: Mapping[str, Content]) -> tuple[LanguageShare, ...]:
        """Return the languages, the largest first."""
        return language_shares(self.files, contents, load_linguist())

    @property
    def note(self) -> str:
        """What a reader has to know of the shares, empty where they are by bytes."""
        if not self.is_by_number:
            return ""
        return (
            f"languages are counted by files, not by bytes: of {len(self.paths):,} contents "
            f"{len(self.sizes):,} are here"
        )


def _countable_files(
    sizes: Mapping[str, int], attributes: GitAttributes, linguist: Linguist
) -> Iterator[CountableFile]:
    for path, size in sizes.items():
        extension, candidates = linguist.candidates(path)
        marks = attributes.marks(path)
        candidates = linguist.by_attribute(marks.language) or candidates
        # A name without a dot may be a script, whose first line says the language.
        is_unknown = not candidates and "." in path.rpartition("/")[2]
        if not size or is_unknown:
            continue
        counts = not candidates or any(linguist.counts(language) for language in candidates)
        is_wanted = counts if marks.detectable is None else marks.detectable
        if is_wanted and not _is_uncounted(path, marks, linguist):
            yield CountableFile(path, size, extension, candidates, marks)


def _is_uncounted(path: str, marks: FileMarks, linguist: Linguist) -> bool:
    """True for what GitHub does not count, by attributes or by its path.

    That is wider than what `engine.files` calls vendored: linguist's list also leaves out what
    projects write themselves, such as `.github/`.
    """
    if len(path) > _MAX_PATH or is_generated(path, marks) or is_vendored(path, marks):
        return True
    if marks.vendored is None and path_patterns(linguist.vendored).match(path):
        return True
    if marks.documentation is not None:
        return marks.documentation
    return path_patterns(linguist.documentation).match(path)


def language_shares(
    files: Iterable[CountableFile], contents: Mapping[str, Content], linguist: Linguist
) -> tuple[LanguageShare, ...]:
    """Return the languages, the largest first. `files` come the largest first too."""
    totals: Counter[str] = Counter()
    largest: dict[str, str] = {}
    by_extension: dict[str, Counter[str]] = defaultdict(Counter)
    open_files: list[CountableFile] = []
    for file in files:
        text = _text(file, contents.get(file.path))
        if text is None:
            continue
        language = file.language(text, linguist)
        if language and file.counts_as(language, linguist):
            by_extension[file.extension][language] += file.size
            totals[language] += file.size
            largest.setdefault(linguist.group(language), file.path)
        elif not language and file.candidates:
            open_files.append(file)
    for file in open_files:
        language = file.likely_language(by_extension[file.extension], totals)
        if file.counts_as(language, linguist):
            totals[language] += file.size
            largest.setdefault(linguist.group(language), file.path)
    groups: Counter[str] = Counter()
    for language, size in totals.items():
        groups[linguist.group(language)] += size
    total = sum(groups.values())
    return tuple(
        LanguageShare(name=name, bytes=size, share=round(size / total, 4), largest=largest[name])
        for name, size in sorted(groups.items(), key=lambda group: (-group[1], group[0]))
        if size >= _LEAST_SHARE * total
    )


def _text(file: CountableFile, content: Content | None) -> str | None:
    """Return the text, empty where it was not read; None for what does not count."""
    if not isinstance(content, bytes):
        return None if file.extension in _MAYBE_BINARY else ""
    if b"\0" in content[:8_000]:
        return None
    text = content[:_FIRST_BYTES].decode("utf-8", "replace")
    is_generated_text = file.marks.generated is None and says_generated(file.path, text)
    return None if is_generated_text else text
