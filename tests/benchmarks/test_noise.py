"""The noise benchmark: which commits it takes, what it counts, and what its check refuses."""

import json
from pathlib import Path

import pytest

from benchmarks.noise import main
from benchmarks.pull_requests import choose
from benchmarks.single_commits import draw_commits
from tests.integrations.gitting import commit, git, init, text

STOP = b"import pdb\n"
TOKEN = "ghp_" + "Zk3vQ9xTb7Lw2Rf8Yd5Nc1Hs6Jm4Pa0Ue3Gi"
LEAK = f'TOKEN = "{TOKEN}"\n'.encode()


@pytest.fixture
def clone(tmp_path):
    directory = init(tmp_path / "clones" / "octo+shop")
    commit(directory, {"first.py": b"one = 1\n"}, "The first one (#1)")
    return directory


@pytest.fixture
def measured(tmp_path, monkeypatch, capsys, clone):
    """A function that runs the benchmark and returns exit code, page and table."""
    folder = tmp_path / "noise"
    folder.mkdir()
    (folder / "verdicts.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    def measure(*options: str) -> tuple[int, str, str]:
        code = main([*options, "--folder", str(folder)])
        page = folder.with_suffix(".md")
        return code, page.read_text() if page.exists() else "", capsys.readouterr().out

    return measure


def chosen_subjects(clone: Path, **limits) -> tuple[list[str], list[str]]:
    chosen = choose("octo/shop", clone, **{"people": 9, "bots": 9, **limits})
    return tuple(
        [text(clone, "log", "-1", "--format=%s", sha) for sha in shas]
        for shas in (chosen.people, chosen.bots)
    )


def test_squashed_pull_requests_are_taken_and_plain_commits_are_not(clone):
    commit(clone, {"a.py": b"a = 1\n"}, "Add a (#2)")
    commit(clone, {"b.py": b"b = 1\n"}, "Add b, as #2 wants")
    assert chosen_subjects(clone) == (["Add a (#2)"], [])  # the very first has no parent


def test_a_merge_is_taken_as_a_whole_and_its_branch_is_not(clone):
    git(clone, "checkout", "--quiet", "-b", "topic")
    commit(clone, {"a.py": b"a = 1\n"}, "Inner (#5)")
    git(clone, "checkout", "--quiet", "main")
    subject = "Merge pull request #6 from octo/topic"
    git(clone, "merge", "--quiet", "--no-ff", "--message", subject, "topic")
    assert chosen_subjects(clone) == ([subject], [])


def test_releases_and_changes_of_nothing_are_left_out(clone):
    for subject in ("v1.2.3 (#2)", "Release 4 (#3)", "chore(release): 5 (#4)", "Bump to v6 (#5)"):
        commit(clone, {"version.txt": subject.encode()}, subject)
    commit(clone, {}, "Nothing (#6)")
    assert chosen_subjects(clone) == ([], [])


def test_bots_are_told_apart_by_their_name_or_their_branch(clone):
    commit(clone, {"lock": b"1"}, "Merge pull request #3 from octo/dependabot/npm/left-pad")
    (clone / "lock").write_bytes(b"2")
    author = "--author=renovate[bot] <bot@example.com>"
    git(clone, "commit", "--quiet", "--all", author, "--message", "Update left-pad (#4)")
    people, bots = chosen_subjects(clone)
    assert (people, [subject[-4:] for subject in bots]) == ([], ["(#4)", "-pad"])


def test_the_newest_are_taken_up_to_the_limit(clone):
    for number in range(2, 6):
        commit(clone, {"a.py": b"a = %d\n" % number}, f"Change {number} (#{number})")
    assert chosen_subjects(clone, people=2)[0] == ["Change 5 (#5)", "Change 4 (#4)"]


def test_a_finding_is_counted_and_waits_for_a_verdict(measured, clone, tmp_path):
    sha = commit(clone, {"a.py": STOP}, "Add a (#2)")
    code, page, table = measured(str(tmp_path / "clones"), "--choose", "--check")
    assert code == 1
    assert "| debug_leftovers | 0 | 1 | 0 | 1 | 0 |" in page
    assert "| findings of level error or warning that nobody looked at | 0 | 1 | NO |" in table
    key = f"octo/shop@{sha[:12]} debug_leftovers a.py:1"
    (tmp_path / "noise" / "verdicts.json").write_text(json.dumps({key: "true: it stops"}))
    _, page, table = measured("--check")  # from the last results
    row = f"| octo/shop {sha[:7]} | warning | debug_leftovers | a.py:1 | true: it stops |"
    assert row in page
    assert "nobody looked at | 0 | 0 | yes |" in table


def test_an_error_that_is_false_is_a_missed_target(measured, clone, tmp_path):
    sha = commit(clone, {"a.py": LEAK}, "Add a (#2)")
    measured(str(tmp_path / "clones"), "--choose")
    (finding,) = (tmp_path / ".codeflow/noise/findings.jsonl").read_text().splitlines()
    key = json.loads(finding)["key"]
    assert key.startswith(f"octo/shop@{sha[:12]} secrets/")
    (tmp_path / "noise" / "verdicts.json").write_text(json.dumps({key: "false: made up"}))
    assert "| errors that are false | 0 | 1 | NO |" in measured()[2]


def test_no_secret_is_written(measured, clone, tmp_path):
    commit(clone, {"a.py": LEAK}, "Add a (#2)")
    measured(str(tmp_path / "clones"), "--choose")
    written = [path for path in tmp_path.rglob("*") if path.suffix in (".json", ".jsonl", ".md")]
    assert len(written) == 5  # list, verdicts, page, results, findings
    assert not any(TOKEN in path.read_text() for path in written)


def test_the_same_list_gives_the_same_commits_when_the_clone_has_moved_on(
    measured, clone, tmp_path
):
    commit(clone, {"a.py": STOP}, "Add a (#2)")
    measured(str(tmp_path / "clones"), "--choose")
    before = (tmp_path / "noise" / "commits.json").read_bytes()
    commit(clone, {"b.py": STOP}, "Add b (#3)")
    _, page, _ = measured(str(tmp_path / "clones"))
    assert (tmp_path / "noise" / "commits.json").read_bytes() == before
    assert "| debug_leftovers | 0 | 1 | 0 | 1 | 0 |" in page


def test_a_clone_that_is_absent_is_named_and_no_result(measured, clone, tmp_path, capsys):
    commit(clone, {"a.py": STOP}, "Add a (#2)")
    measured(str(tmp_path / "clones"), "--choose")
    (tmp_path / "empty").mkdir()
    main([str(tmp_path / "empty"), "--folder", str(tmp_path / "noise")])
    out, err = capsys.readouterr()
    assert "there is no clone of octo/shop" in err
    assert "| pull requests of people | ≥ 300 | 0 | NO |" in out


def test_without_clones_and_results_it_asks_for_them(measured):
    assert measured()[0] == 2


def test_single_commits_are_drawn_without_pull_requests_and_not_measured_twice(
    measured, clone, tmp_path, capsys
):
    commit(clone, {"a.py": b"a = 1\n"}, "Add a (#2)")
    leftover = commit(clone, {"b.py": STOP}, "Add b")
    folder = str(tmp_path / "clones")
    measured(folder, "--choose")
    many = {f"{number}.txt": b"a" for number in range(60)}
    commit(clone, {"c.py": STOP, **many}, "Import a great many files")
    for seen in (True, False):
        code = main([folder, "--folder", str(tmp_path / "noise"), "--single", "9", "--choose"])
        out, err = capsys.readouterr()
        assert code == 0
        assert (f"1 of 1: octo/shop {leftover}" in err) == seen
        assert "| single commits | ≥ 4,000 | 1 | NO |" in out
    page = (tmp_path / "noise.md").read_text()
    assert f"| octo/shop {leftover[:7]} | warning | debug_leftovers | b.py:1 |" in page


def test_a_larger_draw_begins_with_the_same_commits(clone):
    for number in range(9):
        last = commit(clone, {"a.txt": b"%d" % number}, f"Change {number}")
    few, many = (draw_commits("octo/shop", clone, head=last, count=count) for count in (3, 99))
    assert (len(few), len(many)) == (3, 9)  # the very first has no parent
    assert many[:3] == few
