"""Reports are found by patterns from the workspace's root, and nothing outside is ever read."""

import os

import pytest

from codeflow_action.integrations.reports import workspace as module
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.reports.workspace import MAX_FILES, Workspace


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "work"
    for name in (
        "a.sarif",
        "out/b.sarif",
        "out/deep/c.sarif",
        "out/x.json",
        "node_modules/d.sarif",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / ".git").mkdir()
    (root / ".git" / "e.sarif").write_text("e")
    return root


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a.sarif"], ["a.sarif"]),
        (["./a.sarif"], ["a.sarif"]),
        (["*.sarif"], ["a.sarif"]),
        (["out/*.sarif"], ["out/b.sarif"]),
        (["out/"], ["out/b.sarif", "out/deep/c.sarif", "out/x.json"]),
        (["*/*.sarif"], ["out/b.sarif"]),
        (["out/**/*.sarif"], ["out/b.sarif", "out/deep/c.sarif"]),
        (["**/*.sarif"], ["a.sarif", "out/b.sarif", "out/deep/c.sarif"]),
        (["{a,out/b}.sarif"], ["a.sarif", "out/b.sarif"]),
        (["**/*.sarif", "!out/deep/**"], ["a.sarif", "out/b.sarif"]),
        (["node_modules/*.sarif"], ["node_modules/d.sarif"]),
    ],
)
def test_patterns_count_from_the_workspaces_root(folder, patterns, found):
    matched = Workspace(folder).match(patterns)
    assert list(matched.files) == found
    assert matched.misses == ()
    assert matched.is_whole


@pytest.mark.parametrize(
    "pattern", ["b.sarif", "../*.sarif", "../work/a.sarif", "/etc/passwd", "out", "**/e.sarif"]
)
def test_a_pattern_without_a_file_is_told(folder, pattern):
    matched = Workspace(folder).match(["a.sarif", pattern])
    assert matched.misses == (pattern,)
    assert matched.files == ("a.sarif",)


def test_an_absolute_pattern_of_another_steps_workspace_is_taken_for_this_one(folder):
    host = "/home/runner/work/shop/shop"
    workspace = Workspace(folder, [host])
    assert workspace.match([f"{host}/out/*.sarif"]).files == ("out/b.sarif",)
    assert workspace.match([f"{folder}/a.sarif"]).files == ("a.sarif",)


@pytest.mark.promise("Nothing outside the workspace is read, and no link is followed.")
def test_links_are_followed_nowhere(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "z.sarif").write_text("secret")
    (folder / "link.sarif").symlink_to(outside / "z.sarif")
    (folder / "linked").symlink_to(outside)
    workspace = Workspace(folder)
    assert "z.sarif" not in str(workspace.match(["**/*.sarif", "linked/*.sarif"]))
    assert "link.sarif" not in workspace.match(["*.sarif"]).files
    for path in ("link.sarif", "linked/z.sarif", "../outside/z.sarif"):
        assert workspace.read_source(path) is None
        with pytest.raises(NotAReport):
            workspace.read_report(path)


def test_only_regular_files_of_a_sane_size_are_read(folder):
    os.mkfifo(folder / "pipe.sarif")
    with (folder / "giant.sarif").open("wb") as file:
        file.truncate(module.MAX_BYTES + 1)
    workspace = Workspace(folder)
    for path in ("pipe.sarif", "giant.sarif", "out", "gone.sarif", "nul\0.sarif"):
        with pytest.raises(NotAReport):
            workspace.read_report(path)
    assert workspace.read_report("a.sarif") == b"a.sarif"
    assert workspace.read_source("out") is None


def test_the_number_of_files_is_limited_and_the_rest_counted(folder):
    many = folder / "many"
    many.mkdir()
    for at in range(MAX_FILES + 3):
        (many / f"{at:03}.sarif").write_text("")
    matched = Workspace(folder).match(["many/*.sarif"])
    assert (len(matched.files), matched.surplus) == (MAX_FILES, 3)


def test_names_that_are_no_text_are_not_taken(folder):
    (folder / "odd").mkdir()
    (folder / os.fsdecode(b"odd/\xff.sarif")).write_text("")
    assert Workspace(folder).match(["odd/*.sarif"]).misses == ("odd/*.sarif",)


def test_a_checkout_in_a_folder_of_the_workspace_is_found(tmp_path):
    (tmp_path / "src" / ".git").mkdir(parents=True)
    (tmp_path / "src" / "a.py").write_text("x")
    workspace = Workspace(tmp_path, ["/host"])
    assert workspace.read_source("a.py") == b"x"
    assert workspace.holds("a.py")
    assert not workspace.holds("b.py")
    assert "/host/src" in workspace.roots


def test_a_workspace_that_is_not_there_holds_nothing(tmp_path):
    workspace = Workspace(tmp_path / "gone")
    assert workspace.match(["*.sarif"]).misses == ("*.sarif",)
    assert workspace.read_source("a.py") is None


def test_a_workspace_that_is_too_large_is_said_to_be_looked_at_in_part(tmp_path):
    for number in range(6):
        (tmp_path / f"folder{number}").mkdir()
        (tmp_path / f"folder{number}" / "a.sarif").touch()
    whole = Workspace(tmp_path, max_entries=13).match(["**/*.sarif"])
    assert (len(whole.files), whole.is_whole) == (6, True)
    part = Workspace(tmp_path, max_entries=8).match(["**/*.sarif"])
    assert not part.is_whole
    assert len(part.files) < 6


@pytest.mark.parametrize(
    ("pattern", "is_whole"),
    [
        ("**/*.sarif", False),
        ("top/**/*.sarif", True),  # two folders from where the pattern begins to look
        ("top/*.sarif", True),  # this one does not reach deeper
    ],
)
def test_a_workspace_that_is_too_deep_is_said_to_be_looked_at_in_part(tmp_path, pattern, is_whole):
    (tmp_path / "top" / "in" / "deep").mkdir(parents=True)
    for folder in ("top", "top/in", "top/in/deep"):
        (tmp_path / folder / "a.sarif").touch()
    match = Workspace(tmp_path, max_depth=3).match([pattern])
    assert match.is_whole is is_whole
    assert match.files[0] == "top/a.sarif"
