"""Whose lines a later fix has changed, and what the lane comes to, on small histories."""

import asyncio
import subprocess
from datetime import UTC, datetime

import pytest

from benchmarks.risk import History, JudgedChange, Subject, figures, judged_changes, page
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.risk import Lane
from codeflow_action.evaluation.later_fixes import past_changes
from codeflow_action.hosts.laptop import open_repository
from tests.integrations.gitting import commit, git, init

FIVE = b"one\ntwo\nthree\nfour\nfive\n"


class Story:
    """A repository whose commits have titles and dates."""

    def __init__(self, folder):
        self.folder = init(folder)
        self.day = 0

    def commit(self, title, files, *, days=1):
        self.day += days
        date = datetime.fromtimestamp(1_700_000_000 + self.day * 86_400, UTC).isoformat()
        for path, content in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content) if content is not None else file.unlink()
        git(self.folder, "add", "--all")
        arguments = ("commit", "--quiet", "--allow-empty", "--message", title, "--date", date)
        subprocess.run(
            ["git", "-c", "user.name=Mona", "-c", "user.email=m@example.com", *arguments],
            cwd=self.folder,
            env={"GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            check=True,
        )

    def changes(self, head="HEAD"):
        repository = asyncio.run(open_repository(self.folder, {"PATH": "/usr/bin:/bin"}))
        return past_changes(repository.git, head).changes

    def fixes(self):
        """Return, by each change's title, the files in which a later fix has changed its lines."""
        return {
            change.title: sorted({fix.path for fix in change.fixes}) for change in self.changes()
        }


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path / "shop")


def test_a_fix_points_to_the_change_whose_lines_it_replaces(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    story.commit("Count to six", {"cart.py": FIVE + b"six\n"})
    story.commit("Fix the sixth", {"cart.py": FIVE + b"sixth\n"})
    assert story.fixes() == {"Add a cart": [], "Count to six": ["cart.py"], "Fix the sixth": []}


def test_lines_are_followed_when_others_come_above_them_and_the_file_moves(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    story.commit("Add three", {"cart.py": FIVE.replace(b"two\n", b"two\na\nb\nc\n")})
    story.commit("Say hello", {"cart.py": b"hi\n" + FIVE.replace(b"two\n", b"two\na\nb\nc\n")})
    moved = b"hi\n" + FIVE.replace(b"two\n", b"two\na\nb\nc\n")
    story.commit("Move it", {"cart.py": None, "shop/basket.py": moved})
    story.commit("Fix b", {"shop/basket.py": moved.replace(b"b\n", b"B\n")})
    assert story.fixes()["Add three"] == ["shop/basket.py"]
    assert not any(paths for title, paths in story.fixes().items() if title != "Add three")


def test_what_says_no_fix_is_none(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    story.commit("Prefix the first line", {"cart.py": FIVE.replace(b"one", b"a one")})
    assert story.fixes()["Add a cart"] == []


@pytest.mark.parametrize("path", ["CHANGELOG.md", "yarn.lock", "vendor/cart.js", "a.snap"])
def test_what_every_fix_rewrites_was_not_wrong(story, path):
    story.commit("Add a cart", {path: FIVE})
    story.commit("Fix the cart", {path: FIVE.replace(b"one", b"1")})
    assert story.fixes()["Add a cart"] == []


def test_a_line_without_a_word_points_nowhere(story):
    story.commit("Add a cart", {"cart.js": b"if (x) {\n}\n"})
    story.commit("Fix a bracket", {"cart.js": b"if (x) {\n\n});\n"})
    assert story.fixes()["Add a cart"] == []


def test_a_merge_is_one_change_with_the_title_of_its_pull_request(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    git(story.folder, "checkout", "--quiet", "-b", "topic")
    commit(story.folder, {"cart.py": FIVE.replace(b"one", b"1")})
    git(story.folder, "checkout", "--quiet", "main")
    message = "Merge pull request #7 from mona/topic\n\nFix the first line"
    git(story.folder, "merge", "--quiet", "--no-ff", "--message", message, "topic")
    assert story.fixes() == {"Add a cart": ["cart.py"], "Fix the first line": []}


def test_only_changes_are_judged_of_which_it_is_known_what_became_of_them(story):
    story.commit("Add a page", {"README.md": FIVE})
    story.commit("Add a cart", {"cart.py": FIVE})
    story.commit("Fix the cart", {"cart.py": FIVE.replace(b"one", b"1")})
    story.commit("Fix the page", {"README.md": FIVE.replace(b"one", b"1")})
    story.commit("A year later", {"late.py": FIVE}, days=400)
    page_, cart, *fixes = judged_changes(story.changes())
    assert (page_.lane, page_.is_fixed, page_.has_fixed_lines) == (Lane.LOW, False, True)
    assert (cart.lane, cart.is_fixed, cart.has_fixed_lines) == (Lane.PERSON, True, True)
    assert [fix.lane for fix in fixes] == [Lane.LOW, Lane.LOW]


def test_a_fix_after_a_year_does_not_count(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    story.commit("Fix the cart", {"cart.py": FIVE.replace(b"one", b"1")}, days=400)
    story.commit("Much later", {"late.py": FIVE}, days=400)
    assert [change.is_fixed for change in judged_changes(story.changes())] == [
        False,
        False,
    ]


def test_a_clone_that_lacks_the_commit_is_refused(story):
    story.commit("Add a cart", {"cart.py": FIVE})
    with pytest.raises(RepositoryError):
        story.changes("0" * 40)


def history(*, is_held_out, low, low_fixed, others, others_fixed):
    def changes(lane, count, fixed):
        return [
            JudgedChange(
                lane=lane, group=lane.value, is_fixed=index < fixed, has_fixed_lines=index < fixed
            )
            for index in range(count)
        ]

    subject = Subject(is_held_out=is_held_out, name="o/r", head="0" * 40, kind="a library")
    parts = (
        *changes(Lane.LOW, low, low_fixed),
        *changes(Lane.PERSON, others, others_fixed),
    )
    return History(subject=subject, changes=parts)


@pytest.mark.parametrize(
    ("low", "low_fixed", "met"),
    [
        (40, 1, [True, True]),
        (20, 0, [False, True]),  # too few are `low`
        (40, 8, [True, False]),  # too many of them were fixed
    ],
)
def test_the_targets_are_held_on_each_group(low, low_fixed, met):
    others = {"others": 60, "others_fixed": 20}
    histories = [
        history(is_held_out=is_held_out, low=low, low_fixed=low_fixed, **others)
        for is_held_out in (True, False)
    ]
    repositories, *rest = figures(histories)
    assert not repositories.is_met
    assert [figure.is_met for figure in rest] == met * 2
    assert "| o/r | a library | held out | " in page(histories)
