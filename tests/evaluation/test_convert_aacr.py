"""The converter of AACR-Bench, on a made-up benchmark and a real repository."""

import asyncio
import json

import pytest

from benchmarks.convert_aacr import ShownDiff, find_needs, main
from codeflow_action.evaluation.dataset import KnownFinding, Level, NeedKind, read_dataset
from tests.integrations.gitting import commit, git, init

LIB = b"""package lib

func makeThing() int {
\treturn 1
}

func useMean() int {
\treturn meanOf(1)
}
"""
BASE = {"lib/lib.go": LIB, "lib/mean.go": b"package lib\n", "other/lib.go": LIB}
HEAD = {"lib/mean.go": b"package lib\n\nfunc meanOf(p int) int {\n\treturn makeThing() / p\n}\n"}
NOTE = "`makeThing` is 1, and callers of `meanOf` pass 0. See someThing and `package`."


def comment(context="Repo Level", **more):
    return {
        "note": NOTE,
        "path": "lib/mean.go",
        "side": "right",
        "from_line": 4,
        "to_line": 3,
        "category": "Code Defect",
        "context": context,
        **more,
    }


@pytest.fixture
def clones(tmp_path):
    """A folder with the benchmark's clone and that of one repository."""
    shop = init(tmp_path / "octo/shop")
    base = commit(shop, BASE)
    head = commit(shop, HEAD)
    entry = {
        "project_main_language": "Go",
        "source_commit": base,
        "target_commit": head,
        "githubPrUrl": "https://github.com/octo/shop/pull/7",
        "comments": [
            comment(),
            comment("Diff Level", side="left", from_line=1, to_line=1),
            comment("File Level", from_line=None, to_line=None),
        ],
    }
    lost = {
        **entry,
        "target_commit": "b" * 40,
        "githubPrUrl": "https://github.com/octo/shop/pull/8",
    }
    far = {**entry, "githubPrUrl": "https://github.com/octo/else/pull/9"}
    bench = init(tmp_path / "alibaba/aacr-bench")
    entries = json.dumps([entry, lost, far]).encode()
    wrong = {**entry, "comments": entry["comments"][:1]}
    rejected = json.dumps([wrong]).encode()
    commit(
        bench,
        {"dataset/positive_samples.json": entries, "dataset/negative_samples.json": rejected},
    )
    git(tmp_path, "clone", "--quiet", "--bare", "alibaba/aacr-bench", "alibaba+aacr-bench")
    return tmp_path


def converted(clones, capsys, *labels):
    listed = clones / "list.txt"
    listed.write_text("# tuning\n" + "".join(f"{label}\n" for label in labels))
    code = main([str(clones), "--list", str(listed)])
    out, err = capsys.readouterr()
    return code, (read_dataset(out, "out") if out else ()), err


def test_an_entry_becomes_a_pull_request_with_its_findings(clones, capsys):
    code, (sample,), _ = converted(clones, capsys, "octo/shop#7")
    assert (code, sample.label, sample.language) == (0, "octo/shop#7", "Go")
    places = [(one.lines, one.side.value, one.context.value) for one in sample.findings]
    assert places == [
        ((3, 4), "RIGHT", "repository"),
        ((1, 1), "LEFT", "diff"),
        (None, "RIGHT", "file"),
    ]
    assert sample.findings[0].category == "code defect"
    assert [one.lines for one in sample.rejected] == [(3, 4)]


def test_needs_are_definitions_outside_of_the_diff_and_callers_of_what_it_holds(clones, capsys):
    _, (sample,), _ = converted(clones, capsys, "octo/shop#7")
    first, second, third = (one.needs for one in sample.findings)
    told = [(one.name, one.kind, one.places[0].path, one.places[0].lines[0]) for one in first]
    assert told == [
        ("makeThing", NeedKind.DEFINITION, "lib/lib.go", 3),  # not the one of the other folder
        ("meanOf", NeedKind.CALLER, "lib/lib.go", 8),
    ]
    assert [len(one.places) for one in first] == [1, 1]
    assert (second, third) == ((), ())  # the diff is enough; nothing else in the file


NEEDED = "export function priceOf(id: string) {}\n"
IDL = "message Order {\n  optional string order_id = 3;\n}\n"
LOCALS = "function f() {\n  const oldOrder = 1\n  g({\n    newOrder: 2,\n  })\n}\n"


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("`priceOf` may throw.", ["web/price.ts"]),
        # What is put in place of the lines, or shown as an example.
        ("It may throw.\n```suggestion\n  priceOf(id)\n```", []),
        # Another function's own variables and parameters are not the ones that are meant.
        ("`oldOrder` and `newOrder` are never set.", []),
        # A single word means anything, unless it is the file's own.
        ("`save()` may be slow, and `open()` is.", ["web/cart.ts"]),
        # Another language's file that is named.
        ("The field is called `order_id` in order.proto.", ["proto/order.proto"]),
        ("The field is called `order_id`.", []),
    ],
)
def test_a_need_is_a_name_whose_definition_elsewhere_decides(tmp_path, note, expected):
    shop = init(tmp_path / "shop")
    cart = "function open() {}\n" + "//\n" * 9
    files = {"web/price.ts": NEEDED, "web/save.ts": "export function save() {}\n"}
    files |= {"proto/order.proto": IDL, "web/old.ts": LOCALS, "web/cart.ts": cart}
    base = commit(shop, {path: text.encode() for path, text in files.items()})
    head = commit(shop, {"web/cart.ts": f"{cart}open(priceOf(1))\n".encode()})
    shown = asyncio.run(ShownDiff.read(shop, base, head))
    finding = KnownFinding(path="web/cart.ts", lines=(11, 11), text=note, context=Level.REPOSITORY)
    needs = find_needs(shown, finding)
    assert [place.path for need in needs for place in need.places] == expected


def test_what_cannot_be_converted_is_told(clones, capsys):
    code, samples, err = converted(clones, capsys, "octo/shop#8", "octo/else#9", "octo/shop#10")
    assert (code, samples) == (2, ())
    assert "left out: octo/shop#8 (the clone lacks the base or the head commit)" in err
    assert "left out: octo/else#9 (no clone)" in err
    assert "left out: octo/shop#10 (unknown)" in err
