"""What was read once is not read again, within a limit."""

from codeflow_action.engine.ports import Absent
from codeflow_action.integrations.kept_contents import KeptContents


def test_the_oldest_contents_go_and_what_is_absent_is_not_kept():
    kept = KeptContents(max_bytes=5)
    kept.keep({"a": b"aaa", "b": Absent.UNAVAILABLE, "c": b"cc"})
    assert kept.of(["a", "b", "c", "d"]) == {"a": b"aaa", "c": b"cc"}
    kept.keep({"c": b"cc", "d": b"d"})
    assert kept.of(["a", "c", "d"]) == {"c": b"cc", "d": b"d"}
