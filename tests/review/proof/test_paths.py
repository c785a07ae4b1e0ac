"""File missing: a path as code writes it, looked up in the tree's listing."""

import pytest

from tests.review.proof.proving import outcome, verdict

TREE = {
    "src/app/main.ts": "x;\n",
    "src/lib/load.ts": "",
    "docs/guide.md": "",
    "src/ui/index.tsx": "",
}

ROWS = [
    ("../lib/load", "refuted"),
    ("../lib/load.ts", "refuted"),
    ("../lib/load.js", "refuted"),
    ("../lib/load.jsx", "refuted"),
    ("../lib/load.mjs", "refuted"),
    ("../lib/load.cjs", "refuted"),
    ("../ui", "refuted"),
    ("'../ui'", "refuted"),
    ("docs/guide.md", "refuted"),
    ("./docs/guide.md", "a file of that name is elsewhere"),  # there is a `guide`, but not there
    ("./gone", "proven"),
    ("../lib/gone.ts", "proven"),
    ("../lib/loa", "proven"),
    ("./sub/../gone", "proven"),
    # from the root, but with a suffix that nobody wrote
    ("src/lib/load", "there is one by that name, but another may be meant"),
    ("src/lib/load.ts", "refuted"),
    ("docs/gone.md", "proven"),
    # a module, an address, a pattern, nothing at all
    ("gone", "may be a module's name"),
    ("gone.js", "may be a module's name"),
    ("gone/sub", "may be a module's name"),
    ("@scope/gone.js", "proven"),
    ("https://example.com/gone.ts", "no path that could be looked up"),
    ("./${name}.ts", "no path that could be looked up"),
    ("./*.ts", "no path that could be looked up"),
    ("", "no path that could be looked up"),
    ("../../../gone.ts", "no path that could be looked up"),
    ("/etc/gone.conf", "no path that could be looked up"),
    # what tools make
    ("../dist/gone.js", "a tool may make it"),
    ("./generated/gone.ts", "a tool may make it"),
    # of the same name, but elsewhere
    ("./load", "a file of that name is elsewhere"),
]


@pytest.mark.parametrize(("subject", "expected"), ROWS)
def test_whether_it_is_there(subject, expected):
    assert outcome("file_missing", subject, 1, TREE) == expected


def test_what_git_ignores_may_be_made():
    files = TREE | {".gitignore": "*.local\n/gone.env\n**/gone.log\nmade.*\n  sub/\n"}
    assert outcome("file_missing", "./gone.log", 1, files) == "a tool may make it"
    assert outcome("file_missing", "./made.ts", 1, files) == "a tool may make it"
    assert outcome("file_missing", "./sub/gone.ts", 1, files) == "a tool may make it"
    assert outcome("file_missing", "./gone.local", 1, files) == "a tool may make it"
    assert outcome("file_missing", "./gone.env", 1, files) == "a tool may make it"
    assert outcome("file_missing", "./gone.yml", 1, files) == "proven"


def test_without_a_listing_a_file_is_only_found():
    assert outcome("file_missing", "../lib/load", 1, TREE, lists=False) == "refuted"
    assert outcome("file_missing", "./gone", 1, TREE, lists=False) == "the tree cannot be listed"


@pytest.mark.parametrize(
    ("path", "subject", "there"),
    [
        ("p/a.py", "p/data.json", "p/data.json"),
        ("p/a.py", "./data.json", "p/data.json"),
        ("a.rb", "./b", "b.rb"),
        ("p/a.php", "./b.php", "p/b.php"),
        ("p/a.lua", "./b", "p/b.lua"),
        ("p/a.sh", "./b.sh", "p/b.sh"),
        ("p/a.c", "b.h", "p/b.h"),
        ("README.md", "docs/a.md", "docs/a.md"),
        ("README.md", "docs/", "docs/a.md"),
    ],
)
def test_in_other_languages(path, subject, there):
    assert outcome("file_missing", subject, 1, {path: "x\n", there: ""}) == "refuted"


@pytest.mark.parametrize(
    ("subject", "evidence"),
    [
        ("../lib/load.js", "`src/lib/load.ts` is there."),
        ("../ui", "`src/ui` is there."),
        ("./gone", "None of the 4 paths is `./gone`."),
    ],
)
def test_evidence_names_the_path(subject, evidence):
    assert verdict("file_missing", subject, 1, TREE).evidence == evidence


@pytest.mark.parametrize(
    ("path", "subject", "there", "expected"),
    [
        # a bare name may be a module's, though a file beside has it
        ("p/a.ts", "b", "p/b.ts", "there is one by that name, but another may be meant"),
        ("p/a.ts", "p/b", "p/b.ts", "refuted"),
        # a folder whose name begins alike is not near
        ("p/a.ts", "pq/b", "pq/b.ts", "there is one by that name, but another may be meant"),
        # out of the tree, where nothing is known
        ("a.ts", "../b", "b.ts", "no path that could be looked up"),
        ("README.md", "./", "b.md", "no path that could be looked up"),
        ("p/a.ts", "../../b", "b.ts", "no path that could be looked up"),
    ],
)
def test_which_file_is_meant(path, subject, there, expected):
    assert outcome("file_missing", subject, 1, {path: "x\n", there: ""}) == expected
