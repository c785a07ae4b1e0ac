"""Coverage of all formats is read alike; unknown is unknown, and what is none is refused."""

import json
import time

import pytest

from codeflow_action.actions.tool_reports.path_finder import PathFinder
from codeflow_action.integrations.reports.coverage_reports import read_coverage
from codeflow_action.integrations.reports.report_json import NotAReport
from tests.integrations.reports.project import FILES
from tests.integrations.reports.reports import HERE

NOT_RUN = {
    "shop/cart.py": [12, 19, 20, 21, 25, 29],
    "shop/settings.py": [1, 2, 3, 4],
}
NOT_RUN_JS = {"web/app.js": list(range(1, 13)), "web/pick.js": [3, 4]}


def not_run(log):
    find = PathFinder(FILES, ["/home/runner/work/shop/shop"]).find
    lines = {find(paths): [at for at, hit in sorted(lines.items()) if not hit]
             for paths, lines in log.files.items()}  # fmt: skip
    return {path: missed for path, missed in lines.items() if missed}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coverage.xml", NOT_RUN),
        ("coverage.info", NOT_RUN),
        ("coverage.json", NOT_RUN),
        ("js.xml", NOT_RUN_JS),  # with a document type, and run in `web`
        ("js.info", NOT_RUN_JS),
        ("js.json", NOT_RUN_JS),
        ("js.clover.xml", NOT_RUN_JS),
    ],
)
def test_a_tools_report_is_read(name, expected):
    assert not_run(read_coverage((HERE / "coverage" / name).read_bytes())) == expected


def test_both_forms_of_a_report_say_the_same():
    xml = read_coverage((HERE / "coverage" / "coverage.xml").read_bytes())
    info = read_coverage((HERE / "coverage" / "coverage.info").read_bytes())
    assert {paths[-1]: lines for paths, lines in xml.files.items() if lines} == {
        paths[-1]: lines for paths, lines in info.files.items() if lines
    }


BOMB = b"""<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<coverage><sources><source>&b;</source></sources></coverage>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<coverage><sources><source>&a;</source></sources></coverage>"""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<coverage", "not XML"),
        (b"<coverage><class filename='a'></coverage>", "not XML"),
        (b"<testsuite/>", "no Cobertura, Clover, JaCoCo or Sonar"),
        (BOMB, "declares entities"),
        (OUTSIDE, "declares entities"),
        (b"<?xml version='1.0' encoding='klingon'?><coverage/>", "XML"),
        ("<coverage>".encode("utf-16")[:-3], "XML"),
        (b"\xff\xfe\x00", "no lcov"),
        (b"DA:1,1\n", "no lcov"),
        (b"SF:\nDA:1,1\n", "no lcov"),
        (b"hello\n", "no lcov"),
        (b"\x1f\x8b\x08packed", "no lcov"),
        (b"{}", "none of the coverage formats"),
        (b'{"a": [1, {"statementMap": 1}]}', "none of the coverage formats"),
        (b"[1]", "no JSON object"),
        (b"{", "not JSON"),
        (b"mode: set\n", "without a block"),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(raw, why):
    with pytest.raises(NotAReport, match=why):
        read_coverage(raw)


def cobertura(*rows):
    lines = "".join(f'<line number="{number}" hits="{hits}"/>' for number, hits in rows)
    return f"<coverage><class filename='a\\b.py'>{lines}</class></coverage>".encode()


def lcov(*rows):
    return "".join(["SF:a\\b.py\n", *(f"DA:{number},{hits}\n" for number, hits in rows)]).encode()


def clover(*rows):
    lines = "".join(f'<line num="{number}" count="{hits}"/>' for number, hits in rows)
    return f"<coverage><project><file name='a\\b.py'>{lines}</file></project></coverage>".encode()


def jacoco(*rows):
    lines = "".join(f'<line nr="{number}" mi="1" ci="{hits}"/>' for number, hits in rows)
    return (
        f"<report><package name='a'><sourcefile name='b.py'>{lines}</sourcefile></package></report>"
    ).encode()


@pytest.mark.parametrize("written", [cobertura, lcov, clover, jacoco])
@pytest.mark.parametrize(
    ("count", "is_hit"),
    [
        ("0", False),
        ("0.0", False),
        ("0e+00", False),
        (" 0 ", False),
        ("000", False),
        ("7", True),
        ("+7", True),
        ("1.0", True),
        (".5", True),
        ("1e+06", True),
        ("1E6", True),
        ("9223372036854775807", True),
        ("18446744073709551615", True),
        ("9" * 99, True),
        ("", None),
        ("-", None),
        ("-1", None),
        ("-9.2e18", None),
        ("1,024", None),
        ("NaN", None),
        ("nan", None),
        ("Infinity", None),
        ("null", None),
        ("None", None),
        ("undefined", None),
        ("=====", None),
        ("#####", None),
        ("0x10", None),
        ("\u0661", None),
        ("1 2", None),
        ("9" * 9_999, None),
    ],
)
def test_a_count_of_runs_is_read_however_it_is_written_or_unknown(written, count, is_hit):
    if written is lcov and "," in count:
        count = count.replace(",", "'")  # what follows a comma is a checksum there
    log = read_coverage(written((1, count), (2, "0"), (3, "1")))
    expected = {2: False, 3: True} | ({} if is_hit is None else {1: is_hit})
    assert log.files == {("a/b.py",): expected}
    assert log.unread_count == (is_hit is None)


@pytest.mark.parametrize("written", [cobertura, lcov, clover, jacoco])
@pytest.mark.parametrize(
    ("number", "line"),
    [
        ("5", 5), ("5.0", 5), ("1e+01", 10), ("1.2e1", 12), ("007", 7),
        ("0", None), ("-4", None), ("x", None), ("", None), ("5.5", None), ("٣", None),
        ("9" * 12, None), ("1e9", None), ("1e999", None), ("undefined", None), ("9" * 999, None),
    ],
)  # fmt: skip
def test_a_lines_number_is_read_however_it_is_written_or_counted(written, number, line):
    log = read_coverage(written((number, "1")))
    assert log.files == {("a/b.py",): {line: True} if line else {}}
    assert log.unread_count == (line is None)
    assert log.line_count == (line is not None)


def test_a_line_that_one_place_leaves_unknown_and_another_tells_is_known():
    log = read_coverage(cobertura(("1", "x"), ("1", "0"), ("1", "2"), ("2", ""), ("2", "")))
    assert log.files == {("a/b.py",): {1: True}}
    assert log.unread_count == 1


def test_a_line_without_a_file_is_counted():
    log = read_coverage(b"SF:a.py\nDA:1,1\nend_of_record\nDA:2,1\n")
    assert (log.line_count, log.unread_count) == (1, 1)
    no_name = b"<coverage><class filename=''><line number='1' hits='1'/></class></coverage>"
    assert read_coverage(no_name).unread_count == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text", ["TN:\r\nSF:ü.py\r\nDA:1,1\r\n", "mode: set\r\nü.py:1.1,1.9 1 1\r\n"]
)
def test_the_encodings_of_windows_are_read(text, encoding):
    assert read_coverage(text.encode(encoding)).files == {("ü.py",): {1: True}}


def test_deep_xml_is_read_without_recursion():
    raw = b"<coverage>" + b"<group>" * 50_000 + b"</group>" * 50_000 + b"</coverage>"
    assert read_coverage(raw).files == {}


GO = b"""\
mode: atomic
example.com/shop/cart.go:3.20,5.2 2 4
example.com/shop/cart.go:5.2,7.3 1 0
example.com/shop/cart.go:9.1,9.1 0 0
mode: atomic
example.com/shop/a b.go:1.1,2.3 1 x
"""


def test_a_go_profile_tells_all_lines_of_a_block():
    log = read_coverage(GO)
    assert log.files == {
        ("example.com/shop/cart.go",): {3: True, 4: True, 5: True, 6: False, 7: False},
        ("example.com/shop/a b.go",): {},
    }
    assert log.unread_count == 2


def test_a_go_block_of_billions_of_lines_is_not_walked():
    started = time.process_time()
    log = read_coverage(b"mode: set\n" + b"a.go:1.1,99999999.1 1 1\n" * 50)
    assert (log.line_count, log.unread_count) == (0, 1)
    assert time.process_time() - started < 5


JACOCO = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="shop"><group name="core"><package name="com/acme">
<class name="com/acme/Cart" sourcefilename="Cart.java"><method name="a" line="3"/></class>
<sourcefile name="Cart.java"><line nr="3" mi="0" ci="4" mb="0" cb="0"/><line nr="4" mi="2" ci="0"/>
<counter type="LINE" missed="1" covered="1"/></sourcefile></package></group></report>"""


def test_jacoco_names_files_below_its_packages_and_modules():
    ((spellings, lines),) = read_coverage(JACOCO).files.items()
    assert lines == {3: True, 4: False}
    assert spellings[0] == "core/src/main/java/com/acme/Cart.java"
    assert spellings[-1] == "com/acme/Cart.java"
    known = ["core/src/main/java/com/acme/Cart.java", "web/src/main/java/com/acme/Cart.java"]
    assert PathFinder(known, ()).find(spellings) == known[0]


def test_sonars_own_format_tells_what_is_covered():
    raw = b"""<coverage version="1"><file path="src\\a.ts">
    <lineToCover lineNumber="6" covered="true"/>
    <lineToCover lineNumber="7" covered="false" branchesToCover="2"/>
    <lineToCover lineNumber="8" covered="maybe"/></file></coverage>"""
    log = read_coverage(raw)
    assert log.files == {("src/a.ts",): {6: True, 7: False}}
    assert log.unread_count == 1


def test_a_condition_of_clover_without_a_count_was_run_if_it_was_ever_anything():
    rows = """<line num="1" type="cond" truecount="0" falsecount="2"/>
    <line num="2" type="cond" truecount="0" falsecount="0"/>
    <line num="3" type="cond" truecount="0" falsecount="1" count="0"/><line num="4"/>"""
    file = f"<file name='A.php' path='/x/src/A.php'>{rows}</file>"
    log = read_coverage(f"<coverage><project>{file}</project></coverage>".encode())
    assert log.files == {("/x/src/A.php", "A.php"): {1: True, 2: False, 3: False}}
    assert log.unread_count == 1


def test_llvms_segments_become_lines():
    segments = [
        [1, 1, 3, True, True, False],  # a function of lines 1 to 6, run three times
        [2, 10, 0, True, True, False],  # a block of lines 2 to 4, never
        [4, 6, 3, True, False, False],  # the function again
        [6, 2, 0, False, False, False],  # and nothing
        [8, 1, 18446744073709551615, True, True, False],
        [8, 9, 0, False, False, False],
    ]
    export = {"type": "llvm.coverage.json.export", "version": "2.0.1",
              "data": [{"files": [{"filename": "/w/src/a.rs", "segments": segments}]}]}  # fmt: skip
    lines = read_coverage(json.dumps(export).encode()).files["/w/src/a.rs",]
    # Line 2 begins inside the function, and line 4 inside the block.
    assert lines == {1: True, 2: True, 3: False, 4: False, 5: True, 6: True, 8: True}


def test_simplecov_lists_counts_by_line():
    result = {"RSpec": {"coverage": {"/w/a.rb": {"lines": [1, None, 0, "ignored", 10**20, "x"]}}}}
    log = read_coverage(json.dumps(result).encode())
    assert log.files == {("/w/a.rb",): {1: True, 3: False, 5: True}}
    assert log.unread_count == 1


@pytest.mark.parametrize(
    "raw",
    [
        {
            "type": "llvm.coverage.json.export",
            "data": [None, {"files": [1, {"segments": [[1], "x", [1, 2, 3, True, True], ["a"]]}]}],
        },
        {
            "meta": 1,
            "files": {"a": None, "b": {"executed_lines": [None, "x", {}, -1], "missing_lines": 4}},
        },
        {"a": {"statementMap": {"0": None, "1": {"start": {"line": []}}}, "s": 4}, "b": 1},
        {"a": {"coverage": {"b": 3, "c": {"lines": {}}}}, "d": {"coverage": []}},
    ],
)  # fmt: skip
def test_json_of_odd_shapes_costs_only_what_is_odd(raw):
    assert read_coverage(json.dumps(raw).encode()).line_count == 0
