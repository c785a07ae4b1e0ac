"""A part of a change knows of the whole: a line for each file, in bounds."""

from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus
from codeflow_action.review.change_list import change_list
from codeflow_action.review.scope import OmittedFile
from tests.review.changes import changed


def listed(*files, left_out=(), never_send=()):
    return change_list(files, left_out, never_send, lambda text: len(text) // 4).split("\n")


def test_a_change_of_one_file_needs_no_list():
    assert listed(changed("", "a\n", path="a.py")) == [""]


def test_every_kind_of_change_is_told():
    lock = changed("", "x\n", path="uv.lock")
    files = (
        changed("a\n", "b\nc\n", path="src/b.py"),
        changed("", "a\n", path="tests/test_a.py"),
        ChangedFile(path="z.py", status=FileStatus.REMOVED),
        ChangedFile(path="new.py", previous_path="old.py", status=FileStatus.RENAMED),
        ChangedFile(path="twin.py", previous_path="src/b.py", status=FileStatus.COPIED),
        ChangedFile(path="run", status=FileStatus.MODIFIED, made_executable=True),
        ChangedFile(path="link", status=FileStatus.TYPE_CHANGED, kind=FileKind.SYMLINK),
        lock,
    )
    reason = OmittedFile(file=lock, reason="lock file", is_shortfall=False)
    assert sorted(listed(*files, left_out=[reason])) == sorted(
        [
            "8 files",
            "deleted z.py",
            "renamed new.py from old.py",
            "copied twin.py from src/b.py",
            "modified src/b.py +2 -1",
            f"{files[1].status.value} tests/test_a.py +1 (test)",
            "modified run (made executable)",
            "another kind of file link (symlink)",
            f"{lock.status.value} uv.lock +1 (not shown: lock file)",
        ]
    )


def test_what_is_gone_or_moved_comes_first():
    gone = ChangedFile(path="z.md", status=FileStatus.REMOVED)
    assert listed(changed("", "a\n", path="a.py"), gone)[1] == "deleted z.md"


def test_a_path_that_is_never_sent_is_counted_and_not_named():
    secret = ChangedFile(path="a.py", previous_path="secrets/a", status=FileStatus.RENAMED)
    lines = listed(changed("", "a\n", path="b.py"), secret, never_send=("secrets/**",))
    assert lines[0::2] == ["2 files", "1 of which nothing may be shown"]
    assert "a.py" not in lines[1]


def test_of_a_large_change_the_rest_is_counted_by_folder():
    files = [changed("", "a\n", path=f"d{at % 12}/{'long' * 10}{at}.py") for at in range(1_500)]
    lines = listed(*files)
    assert len(lines) <= 70
    assert sum(len(line) // 4 for line in lines) < 800
    shown = sum(".py" in line for line in lines)
    counted = sum(int(line.split(": ")[1].split()[0]) for line in lines if line.startswith("in "))
    (rest,) = (int(line.split()[0]) for line in lines if line.endswith("in other folders"))
    assert shown + counted + rest == 1_500


def test_a_path_forges_no_line():
    files = (changed("", "a\n", path="a\ndeleted b.py"), changed("", "a\n", path="c.py"))
    assert len(listed(*files)) == 3
