"""A made-up pull request of the kinds of files that people change: what gates have to look at."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import git

_BEFORE = 150  # lines or entries of a file before the change
_PROJECT = 100  # in so many files, each kind that is no code comes once


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A file's name, which takes a number, and its text with so many lines of the kind's own."""

    name: str
    text: Callable[[int], str]


def build(directory: Path, *, files: int, lines: int) -> None:
    """Make a repository whose branch `feature` adds about so many lines to so many files."""
    git(directory, "init", "--quiet", "--initial-branch=main")
    kinds = list(_kinds(files))
    for branch, count in (("main", _BEFORE), ("feature", _BEFORE + lines // files)):
        if branch != "main":
            git(directory, "checkout", "--quiet", "-b", branch)
        for path, kind in kinds:
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(kind.text(count))
        git(directory, "add", "--all")
        git(directory, "commit", "--quiet", "--message", branch)
    git(directory, "checkout", "--quiet", "main")


def _kinds(files: int) -> Iterator[tuple[str, Kind]]:
    """Yield paths and kinds: of a hundred files six are no code, as of the first dozen."""
    for number in range(files):
        place = number % _PROJECT
        kind = NO_CODE[place] if place < len(NO_CODE) else CODE[number % len(CODE)]
        yield kind.name.format(at=number, area=number % 9), kind


def _numbered_lines(line: str, head: str = "", tail: str = "") -> Callable[[int], str]:
    """Return a text of numbered lines between two others."""
    return lambda count: head + "".join(line.format(at=number) for number in range(count)) + tail


def _manifest(count: int) -> str:
    packages = {f"package-{number}": f"^{number}.1.0" for number in range(count)}
    return json.dumps({"name": "shop", "private": True, "dependencies": packages}, indent=2)


def _lock(count: int) -> str:
    """Return a lock file of npm's: a package has five lines, the rest are the root's."""
    packages: dict[str, object] = {
        f"node_modules/package-{number}": {
            "version": f"{number}.1.0",
            "integrity": f"sha512-{number:086d}==",
            "license": "MIT",
        }
        for number in range(count // 5)
    }
    root = {
        "name": "shop",
        "dependencies": {f"package-{number}": "*" for number in range(count // 5)},
    }
    head = {"name": "shop", "lockfileVersion": 3, "requires": True}
    return json.dumps({**head, "packages": {"": root, **packages}}, indent=2)


_WORKFLOW = """\
name: Tests {name}
on:
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
"""

NO_CODE: Sequence[Kind] = (
    Kind(
        name=".github/workflows/tests{at}.yml",
        text=_numbered_lines("      - run: make test-{at}\n", _WORKFLOW.format(name="all")),
    ),
    Kind(name="web{at}/package.json", text=_manifest),
    Kind(name="web{at}/package-lock.json", text=_lock),
    Kind(
        name="deploy/values{at}.yaml",
        text=_numbered_lines("  setting_{at}: 'value {at}'\n", "settings:\n"),
    ),
    Kind(
        name="service{at}/pyproject.toml",
        text=_numbered_lines("setting_{at} = {at}\n", "[project]\nname = 'shop'\n[tool.shop]\n"),
    ),
    Kind(
        name="docs/page{at}.md", text=_numbered_lines("Setting {at} says how often it is asked.\n")
    ),
)
CODE: Sequence[Kind] = (
    Kind(
        name="area{area}/module{at}.py",
        text=_numbered_lines(
            "    total += price_of({at}, currency)\n", "def total_of(currency, total=0):\n"
        ),
    ),
    Kind(
        name="area{area}/module{at}.ts",
        text=_numbered_lines("export const price{at} = (cents: number) => format(cents, {at});\n"),
    ),
    Kind(
        name="area{area}/module{at}.go",
        text=_numbered_lines(
            "\ttotal += priceOf({at}, currency)\n", "package shop\n\nfunc f() {\n", "}\n"
        ),
    ),
    Kind(
        name="area{area}/Module{at}.java",
        text=_numbered_lines(
            "    total.add(priceOf({at}));\n", "class Module { void f() {\n", "}}\n"
        ),
    ),
    Kind(
        name="area{area}/module{at}.rb",
        text=_numbered_lines("  total += price_of({at})\n", "def total_of(total)\n", "end\n"),
    ),
    Kind(
        name="area{area}/module{at}.rs",
        text=_numbered_lines("    total += price_of({at});\n", "fn f() {\n", "}\n"),
    ),
)
