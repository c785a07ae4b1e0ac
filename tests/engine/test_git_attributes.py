"""Ours and git's own answer, for attribute files of any shape."""

import asyncio
import subprocess
from itertools import batched
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codeflow_action.engine.files import FileMarks
from codeflow_action.engine.git_attributes import AttributeFiles, GitAttributes, attribute_paths
from tests.actions.gating import Files
from tests.properties import examples

NAMES = ("a", "b", "binary", "diff", "linguist-generated", "m")
PATHS = [
    "a",
    "ab",
    "b.a",
    "a/b",
    "a/a.b",
    "a/b/a",
    "a/b/ab",
    "b/a",
    "b/b/b",
    "a/b/a/b",
    "a-b",
    "a]b",
    "a[b",
    "a!b",
    "#a",
    "ä",
    "a\\b",
    "ab/a",
    "a/.gitattributes",
    "A",
    "a.b.a",
    "a b",
    'a"b',
    "a\tb",
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("attributes")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for name in ("a/b/a", "b/b"):
        (folder / name).mkdir(parents=True)
    return folder


def of_git(repository: Path, files: dict[str, bytes], paths) -> dict[str, dict[str, str]]:
    """Return what git says of all paths, asked in one process."""
    for path in ("", "a/", "a/b/", "b/"):
        (repository / f"{path}.gitattributes").write_bytes(files.get(f"{path}.gitattributes", b""))
    done = subprocess.run(
        ["git", "check-attr", "--all", "--stdin", "-z"],
        cwd=repository,
        input="\0".join(paths).encode(),
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "GIT_ATTR_NOSYSTEM": "1", "HOME": str(repository)},
    )
    fields = done.stdout.decode().split("\0")[:-1]
    said: dict[str, dict[str, str]] = {path: {} for path in paths}
    for path, name, value in batched(fields, 3):
        said[path][name] = value
    return said


def of_ours(files: dict[str, bytes], paths) -> dict[str, dict[str, str]]:
    attributes = GitAttributes(files)
    words = {True: "set", False: "unset"}
    return {
        path: {name: words.get(value, value) for name, value in attributes.of(path).items()}
        for path in paths
    }


pieces = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        ".",
        "/",
        "/a",
        "a/",
        "*",
        "**",
        "**/",
        "/**",
        "?",
        "\\",
        "\\*",
        "\\a",
        "\\/",
        "[a]",
        "[!a]",
        "[^b]",
        "[a-b]",
        "[ab",
        "[]",
        "[]a]",
        "[!]]",
        "[a-]",
        "[-a]",
        "[\\]]",
        "[[:alpha:]]",
        "[[:upper:]]",
        "[[:digit:]x]",
        "[[:a]]",
        "[[:nope:]]",
        "[[:alpha]",
        "[!a-z]",
        "ä",
        "#",
        "!",
        "-",
        "]",
        "{",
        ",",
        "}",
    ]
)
globs = st.lists(pieces, min_size=1, max_size=5).map("".join)
quoted = globs.map(lambda text: '"' + text.replace("\\", "\\\\") + '"')
escaped = st.sampled_from(
    [r'"a\040b"', r'"a\"b"', r'"a\tb"', r'"a\q"', '"a', r'"\303\244"', '"a b"']
)
patterns = st.one_of(globs, globs, globs, quoted, escaped)
attribute = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "-", "!"]),
    st.sampled_from(NAMES),
    st.sampled_from(["", "", "", "=", "=x", "=false", "=ä"]),
)
odd = st.sampled_from(["-", "!", "=x", "a b", "--a", "a/b", "[attr]m", "#"])
states = st.lists(st.one_of(*[attribute] * 9, odd), max_size=3).map(" ".join)
macro = st.sampled_from(["[attr]m", "[attr]a", "[attr]binary", "[attr]-m", "[attr]", '"[attr]m x"'])
line = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "", " ", "\t"]),
    st.one_of(patterns, patterns, patterns, macro, st.just("#")),
    st.sampled_from([" ", "\t", "  ", " "]),
    states,
)
file = st.builds(
    lambda lines, end: (end.join(lines) + end).encode(),
    st.lists(line, max_size=5),
    st.sampled_from(["\n", "\n", "\r\n"]),
)
folders = st.sampled_from(["", "a/", "a/b/", "b/"])
trees = st.dictionaries(folders.map("{}.gitattributes".format), file, min_size=1)


@examples(200)
@given(trees)
@example({".gitattributes": b"a**/b a\n"})  # stars after a plain part begin a pattern for git
@example({".gitattributes": b"[attr]m a b\n* m\n", "a/.gitattributes": b"b -a !b\n"})
@example({".gitattributes": b"\xef\xbb\xbfa a\n"})  # a byte order mark
@example({".gitattributes": b"a a\n" + b"b " + b"b" * 2_050 + b"\n"})  # too long a line
@example({".gitattributes": b"[attr]a b\n[attr]b a\n* a\n"})  # macros in a circle
def test_they_are_what_git_says(repository, files):
    assert of_ours(files, PATHS) == of_git(repository, files, PATHS)


def test_the_marks_are_linguists():
    attributes = GitAttributes(
        {
            ".gitattributes": b"* linguist-generated linguist-language=Ruby\n"
            b"*.sql linguist-detectable\n",
            "src/.gitattributes": b"*.py linguist-generated=false -linguist-vendored"
            b" !linguist-language\n",
        }
    )
    assert attributes.marks("a.sql") == FileMarks(generated=True, language="Ruby", detectable=True)
    assert attributes.marks("src/a.py") == FileMarks(generated=False, vendored=False)
    assert GitAttributes({}).marks("a") == FileMarks()


def test_the_files_to_read_are_those_of_all_folders():
    assert attribute_paths(["a/b/c.py", "a/d.py", "e.py"]) == (
        ".gitattributes",
        "a/.gitattributes",
        "a/b/.gitattributes",
    )


def test_a_tree_is_asked_for_the_files_of_all_folders():
    files = {
        ".gitattributes": b"*.py linguist-generated\n",
        "a/.gitattributes": b"*.py !linguist-generated\n",
    }

    class Remote(Files):
        reads_singly = True

    class Vast(Files):
        async def list(self):
            return None

    def marks(tree) -> list[bool | None]:
        attributes = asyncio.run(AttributeFiles(tree, ["d.py"]).read())
        return [attributes.marks(path).generated for path in ("a/b/c.py", "d.py")]

    assert marks(Files(files)) == [None, True]
    assert marks(Remote(files)) == [True, True]  # a request for each: the root's alone is read
    assert marks(Vast(files)) == [True, True]  # without a listing, those of the named paths


def test_a_tree_is_asked_once_whoever_asks():
    class Counting(Files):
        reads = 0

        async def read_many(self, paths):
            self.reads += 1
            return await super().read_many(paths)

    tree = Counting({".gitattributes": b"*.py linguist-generated\n"})
    files = AttributeFiles(tree, ())

    async def ask_twice():
        return await asyncio.gather(files.read(), files.read())

    first, second = asyncio.run(ask_twice())
    assert first is second
    assert tree.reads == 1
