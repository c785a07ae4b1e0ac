"""Cobertura and lcov of real tools are read alike; what is none is refused."""

import pytest

from codeflow_action.actions.tool_reports.path_finder import PathFinder
from codeflow_action.integrations.reports.coverage_reports import read_cobertura, read_lcov
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
    ("read", "name", "expected"),
    [
        (read_cobertura, "coverage.xml", NOT_RUN),
        (read_lcov, "coverage.info", NOT_RUN),
        (read_cobertura, "js.xml", NOT_RUN_JS),  # with a document type, and run in `web`
        (read_lcov, "js.info", NOT_RUN_JS),
    ],
)
def test_a_tools_report_is_read(read, name, expected):
    assert not_run(read((HERE / "coverage" / name).read_bytes())) == expected


def test_both_forms_of_a_report_say_the_same():
    xml = read_cobertura((HERE / "coverage" / "coverage.xml").read_bytes())
    info = read_lcov((HERE / "coverage" / "coverage.info").read_bytes())
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
        (b"", "not XML"),
        (b"<coverage", "not XML"),
        (b"<coverage><class filename='a'></coverage>", "not XML"),
        (b"<testsuite/>", "no Cobertura"),
        (BOMB, "declares entities"),
        (OUTSIDE, "declares entities"),
        (b"<?xml version='1.0' encoding='klingon'?><coverage/>", "XML"),
        (b"\xff\xfe\x00", "XML"),
    ],
)
def test_what_is_no_cobertura_is_refused_with_the_reason(raw, why):
    with pytest.raises(NotAReport, match=why):
        read_cobertura(raw)


def test_odd_numbers_in_a_cobertura_report_harm_nothing():
    rows = "".join(
        f'<line number="{number}" hits="{hits}"/>'
        for number, hits in [("1", "0"), ("1", "2"), ("-2", "1"), ("x", "1"), ("3", "x"),
                             ("4", "9" * 99), ("0", "1"), ("5", "0"), ("٣", "1")]
    )  # fmt: skip
    raw = (
        f'<coverage><class filename="a\\b.py">{rows}</class><line number="9" hits="0"/></coverage>'
    )
    assert read_cobertura(raw.encode()).files == {("a/b.py",): {1: True, 5: False}}


def test_deep_xml_is_read_without_recursion():
    raw = b"<coverage>" + b"<x>" * 50_000 + b"</x>" * 50_000 + b"</coverage>"
    assert read_cobertura(raw).files == {}


@pytest.mark.parametrize("raw", [b"", b"DA:1,1\n", b"{}", b"SF:\nDA:1,1\n", b"\xff\xfe\x00"])
def test_what_is_no_tracefile_is_refused(raw):
    with pytest.raises(NotAReport, match="no lcov"):
        read_lcov(raw)


def test_odd_records_of_a_tracefile_are_left_out():
    raw = (
        b"\xef\xbb\xbfTN:x\r\nSF:a\\b.py\r\nDA:1,0\r\nDA:1,3\r\nDA:x,1\nDA:-4,1\nDA:5\nDA:6,0,hash\n"
        b"DA:7,-1\nDA:8,=====\nDA:" + b"9" * 99 + b",1\nDA:2,1.5\nend_of_record\nDA:3,0\n"
    )
    lines = read_lcov(raw).files["a/b.py",]
    assert lines[1] is True
    assert lines[6] is False
    assert lines[2] is True
    assert lines[7] is False
    assert set(lines) <= {1, 2, 5, 6, 7, 8}
