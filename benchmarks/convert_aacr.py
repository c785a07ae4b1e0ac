"""Converts AACR-Bench to a dataset for `codeflow eval`: `python -m benchmarks.convert_aacr DIR`.

DIR holds clones as `owner/name` or `owner+name`: one of `alibaba/aacr-bench` (or name its file with
`--dataset dataset/positive_samples.json`), and those of the pull requests' repositories, in which
the base and the head commit must be. `--list` names the pull requests, `owner/name#number` a line.
The dataset is written to stdout as JSON Lines; what is left out is listed on stderr.

AACR-Bench does not say which definition or caller a finding needs. For findings of file and
repository level it is worked out from the names in their text: names of several words (`likeThis`,
`like_this`, `LikeThis`); of names with parentheses, `like()`, what the finding's own file defines,
as a single word could mean anything elsewhere. Code in a fence is put in place of the lines under
review, and names nothing more. Where the diff holds the definition of a name, the finding needs a
caller outside of the diff. Elsewhere it needs the definition, in a file that the text names
(`state.proto`) if there is one; of several, the one in the same folder. What another file's
function calls its own variables or parameters is no definition, and a name with many definitions
says nothing: both are left out. The same text always gives the same needs.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter

from benchmarks.measure import git
from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.files import family
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.evaluation.dataset import (
    FindingNeed,
    KnownFinding,
    Level,
    NeedKind,
    Place,
    Sample,
)
from codeflow_action.hosts.laptop import open_repository

_ENTRIES = TypeAdapter(list[Mapping[str, Any]])
_LIST = Path(__file__).with_name("eval") / "aacr.txt"
_LEVELS = {"Diff Level": Level.DIFF, "File Level": Level.FILE, "Repo Level": Level.REPOSITORY}
_NAME = re.compile(r"\b(?:[A-Za-z_]\w*?(?:[a-z0-9][A-Z]|[A-Za-z0-9]_)\w*|\w{4,}(?=\())")
_MAX_NEEDS = 5  # of one finding
_MAX_DEFINITIONS = 4  # of one name: with more of them, nobody knows which is meant
_MAX_CALLERS = 30  # of one name: a function with more is used everywhere
_FENCE = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_FILE_NAME = re.compile(
    r"\b[\w-]+\.(?:proto|graphql|sql|ya?ml|json|toml|html?|vue|svelte|tsx?|py|go)\b"
)
_WORDS = re.compile(r"_|[a-z0-9][A-Z]")  # in a name of several words
_COMMENT = re.compile(r"\s*(?://|#|\*|/\*|--)")
_KEYWORD = "def|func|fn|function|class|struct|interface|enum|trait|record|type|const|let|var|mod"
_MODIFIER = (
    "public|private|protected|internal|static|async|readonly|final|override|abstract|virtual|"
    "export|default|get|set"
)
_MENTION = "extends|implements|return|new|throws|import|package|using"
_DOUBLE = re.compile(r"test|mock|fake", re.IGNORECASE)  # a double defines what it stands for
_DEFINES = (
    rf"\b(?:{_KEYWORD})\s+(?:\([^)]*\)\s*)?NAME\b",
    rf"^\s*(?:(?:{_MODIFIER})\s+)+[\w<>\[\],.? ]*\bNAME\s*[(:={{;]",
    r"^\s*(?:async\s+)?NAME\s*\([^)]*\)\s*(?::[^{]+)?\{",
    r"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:self\.)?NAME\??\s*:",
    r"^\s*NAME\s+[*\[\]\w.]+\s*(?:`|//|$)",
    r"^(?:self\.)?NAME\s*=[^=]",
    r"^\s*(?:(?:optional|required|repeated)\s+)?[\w.<>, ]+\s+NAME\s*=\s*\d+\s*[;\[]",  # in protobuf
)
# Variables of a function and its parameters, each on a line of its own, in another file.
_LOCAL = {
    "javascript": re.compile(r"^\s+(?:const|let|var)\s|,\s*$"),
    "go": re.compile(r":=|^\t+var\s"),
    "python": re.compile(r",\s*$"),
}


@dataclass(frozen=True, kw_only=True)
class ShownDiff:
    """The lines of a pull request's head that its diff shows, by path, and where to read more."""

    clone: Path
    head: str
    diff: Mapping[str, frozenset[int]]

    @classmethod
    async def read(cls, clone: Path, base: str, head: str) -> "ShownDiff":
        """Compare the head with the merge-base. Raises `RepositoryError`."""
        repository = await open_repository(clone, os.environ)
        if not await repository.has(base, head):
            raise RepositoryError("the clone lacks the base or the head commit")
        merge_base = await repository.merge_base(base, head)
        if merge_base is None:
            raise RepositoryError("base and head have no common ancestor")
        files = (await repository.change(merge_base, head)).files
        return cls(clone=clone, head=head, diff={file.path: _diff_lines(file) for file in files})

    def places(self, name: str, pathspec: str) -> list[tuple[Place, str]]:
        """Return the lines that hold the name as a word, in these files."""
        command = ["grep", "--no-color", "-z", "-I", "-n", "-w", "-F", "-e", name, self.head]
        try:
            output = git(self.clone, *command, "--", pathspec)
        except subprocess.CalledProcessError:  # git grep ends with 1 when nothing matches
            return []
        return [occurrence for line in output.split("\n") if (occurrence := _place(line))]

    def holds(self, place: Place) -> bool:
        """True when the diff shows the place anyway."""
        return place.lines[0] in self.diff.get(place.path, frozenset())


def _diff_lines(file: ChangedFile) -> frozenset[int]:
    lines = (line.new for hunk in file.hunks for line in hunk.lines)
    return frozenset(line for line in lines if line is not None)


def _place(line: str) -> tuple[Place, str] | None:
    """Read `commit:path NUL number NUL text`."""
    source, _, rest = line.partition("\0")
    number, _, text = rest.partition("\0")
    path = source.partition(":")[2]
    if not number.isdigit() or _COMMENT.match(text):
        return None
    return Place(path=path, lines=(int(number), int(number))), text


def find_needs(shown_diff: ShownDiff, finding: KnownFinding) -> tuple[FindingNeed, ...]:
    """Return what the finding's text names outside of the diff."""
    if finding.context is Level.DIFF:
        return ()
    names = dict.fromkeys(_NAME.findall(_FENCE.sub("", finding.text)))
    needs = (_need(shown_diff, finding, name) for name in names)
    return tuple(need for need in needs if need)[:_MAX_NEEDS]


def _need(shown_diff: ShownDiff, finding: KnownFinding, name: str) -> FindingNeed | None:
    suffix = PurePosixPath(finding.path).suffix
    is_near = finding.context is Level.FILE or not _WORDS.search(name)
    occurrences = shown_diff.places(name, finding.path if is_near else f"*{suffix}")

    def is_shown(place: Place) -> bool:
        return shown_diff.holds(place) or _is_in(place, finding)

    defines = re.compile("|".join(_DEFINES).replace("NAME", re.escape(name)))
    mentions = re.compile(rf"\b(?:{_MENTION})\b.*\b{re.escape(name)}\b")
    named_files = dict.fromkeys(() if is_near else _FILE_NAME.findall(finding.text))
    in_named_files = [
        place
        for file_name in named_files
        for place, text in shown_diff.places(name, f":(glob)**/{file_name}")
        if defines.search(text) and not is_shown(place)
    ]
    if in_named_files:
        return _unless_vague(name, NeedKind.DEFINITION, in_named_files, _MAX_DEFINITIONS)
    definitions = [
        place
        for place, text in occurrences
        if defines.search(text)
        and not mentions.search(text)
        and (place.path == finding.path or not _is_local(place.path, text))
    ]
    if any(is_shown(place) for place in definitions):
        uses = [
            place for place, _ in occurrences if place not in definitions and not is_shown(place)
        ]
        return _unless_vague(name, NeedKind.CALLER, _nearest(uses, finding.path), _MAX_CALLERS)
    own = [place for place in definitions if not _DOUBLE.search(place.path)] or definitions
    near = _nearest(own, finding.path)
    return _unless_vague(name, NeedKind.DEFINITION, near, _MAX_DEFINITIONS)


def _is_local(path: str, text: str) -> bool:
    """True for a line that gives a name to what its function alone can see."""
    pattern = _LOCAL.get(family(path))
    return pattern is not None and pattern.search(text) is not None


def _is_in(place: Place, finding: KnownFinding) -> bool:
    """True when the place is one of the finding's own lines."""
    first, last = finding.lines or (0, 0)
    return place.path == finding.path and first <= place.lines[0] <= last


def _nearest(places: list[Place], path: str) -> list[Place]:
    """Return those in the same folder; of others only a single one, which must be meant."""
    folder = PurePosixPath(path).parent
    near = [place for place in places if PurePosixPath(place.path).parent == folder]
    return near or (places if len({place.path for place in places}) == 1 else [])


def _unless_vague(name: str, kind: NeedKind, places: list[Place], limit: int) -> FindingNeed | None:
    is_clear = 0 < len(places) <= limit
    return FindingNeed(name=name, kind=kind, places=tuple(places)) if is_clear else None


def convert(
    entry: Mapping[str, Any], repository: str, clone: Path, rejected: Sequence[Mapping[str, Any]]
) -> Sample:
    """Return one pull request. Raises `RepositoryError` when its commits are not there."""
    base, head = entry["source_commit"], entry["target_commit"]
    shown_diff = asyncio.run(ShownDiff.read(clone, base, head))
    findings = [_known_finding(comment) for comment in entry["comments"]]
    return Sample(
        schema_version=1,
        repository=repository,
        base=base,
        head=head,
        url=entry["githubPrUrl"],
        language=entry["project_main_language"],
        findings=tuple(
            finding.model_copy(update={"needs": find_needs(shown_diff, finding)})
            for finding in findings
        ),
        rejected=tuple(map(_known_finding, rejected)),
    )


def _known_finding(comment: Mapping[str, Any]) -> KnownFinding:
    lines = [line for line in (comment["from_line"], comment["to_line"]) if line]
    return KnownFinding(
        path=comment["path"],
        lines=(min(lines), max(lines)) if lines else None,
        side=Side.LEFT if comment["side"] == "left" else Side.RIGHT,
        text=comment["note"],
        category=comment["category"].lower(),
        context=_LEVELS[comment["context"]],
    )


def read_benchmark(
    dataset: Path | None, clones: Path, name: str = "positive"
) -> list[Mapping[str, Any]]:
    """Return AACR-Bench's entries, from the file or from a clone's head.

    `positive` ones hold the comments that people accepted, `negative` ones the others.
    """
    if dataset:
        return _ENTRIES.validate_json(dataset.read_text(encoding="utf-8"))
    clone = find_clone(clones, "alibaba/aacr-bench")
    if clone is None:
        raise SystemExit(f"{absence(clones, 'alibaba/aacr-bench')}, and no --dataset")
    return _ENTRIES.validate_json(git(clone, "show", f"HEAD:dataset/{name}_samples.json"))


def _label(url: str) -> str:
    """Return `owner/name#number` of `https://host/owner/name/pull/number`."""
    owner, name, _, number = url.rstrip("/").split("/")[-4:]
    return f"{owner}/{name}#{number}"


def read_list(file: Path) -> Iterator[str]:
    """Yield `owner/name#number`."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.strip()


def main(arguments: list[str]) -> int:
    """Write the dataset to stdout; 2 when there is nothing in it."""
    parser = argparse.ArgumentParser(prog="benchmarks.convert_aacr")
    parser.add_argument("repos", type=Path, metavar="DIR")
    parser.add_argument("--dataset", type=Path, metavar="FILE")
    parser.add_argument("--list", type=Path, default=_LIST, metavar="FILE")
    options = parser.parse_args(arguments)
    benchmark = read_benchmark(options.dataset, options.repos)
    entries = {_label(entry["githubPrUrl"]): entry for entry in benchmark}
    others = [] if options.dataset else read_benchmark(None, options.repos, "negative")
    rejected = {_label(entry["githubPrUrl"]): entry["comments"] for entry in others}
    sample_count = 0
    for label in read_list(options.list):
        repository = label.partition("#")[0]
        clone = find_clone(options.repos, repository)
        if label not in entries or clone is None:
            sys.stderr.write(f"left out: {label} ({'no clone' if clone is None else 'unknown'})\n")
            continue
        try:
            sample = convert(entries[label], repository, clone, rejected.get(label, ()))
        except RepositoryError as error:
            sys.stderr.write(f"left out: {label} ({error})\n")
            continue
        sys.stdout.write(sample.model_dump_json(exclude_defaults=True) + "\n")
        sample_count += 1
    return 0 if sample_count else 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
