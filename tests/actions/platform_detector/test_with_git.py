"""The detector over a real repository, through the same tree that a run reads."""

import asyncio

import pytest

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.platform_words import platforms_brief, platforms_line
from codeflow_action.engine.platforms import PlatformChange, Platforms
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.local_repository import LocalRepository
from tests.actions.gating import task_of
from tests.actions.platform_detector.surveying import ids
from tests.integrations.gitting import commit, git, init

BASE = {
    "package.json": b'{"workspaces": ["apps/*"], "devDependencies": {"turbo": "2"}}\n',
    "apps/web/package.json": b'{"dependencies": {"next": "15", "react": "19"}}\n',
    "apps/web/app/page.tsx": b"export default function Page() { return null }\n",
    "services/mail/pyproject.toml": b'[project]\nname = "mail"\ndependencies = ["celery"]\n',
    "services/mail/mail.py": b"import celery\n",
    "na\xefve/\xfc.py".encode(): b"x = 1\n",
    b"latin\xff/package.json": b'{"dependencies": {"vue": "3"}}\n',
    ".gitattributes": b"*.py linguist-language=Python\n",
}
HEAD = {
    "apps/web/package.json": b'{"dependencies": {"next": "15", "react": "19", "stripe": "18"}}\n',
    "services/mail/pyproject.toml": b'[project]\nname = "mail"\ndependencies = ["rq"]\n',
}


def detected(directory, base: str, head: str | None) -> Platforms:
    async def detecting() -> Platforms:
        repository = await LocalRepository.discover(directory, GitSettings())
        files = (await repository.change(base, head)).files
        task = task_of(files, {})
        tree = repository.tree(head) if head else repository.working_tree()
        object.__setattr__(task, "head", tree)
        object.__setattr__(task, "base", repository.tree(base))
        object.__setattr__(task, "attributes", AttributeFiles(repository.tree(base), ()))
        done = await PlatformDetector().run(task)
        assert isinstance(done, Done)
        return done.facts[0]

    return asyncio.run(detecting())


@pytest.fixture
def repository(tmp_path):
    directory = init(tmp_path / "repository")
    base = commit(directory, BASE)
    (directory / "linked.json").symlink_to("package.json")
    (directory / "node_modules" / "x").mkdir(parents=True)
    (directory / "node_modules" / "x" / "package.json").write_text('{"name": "jquery"}')
    (directory / ".gitignore").write_text("node_modules\nsecret/\n")
    (directory / "secret").mkdir()
    (directory / "secret" / "package.json").write_text('{"dependencies": {"svelte": "5"}}')
    return directory, base, commit(directory, HEAD)


def test_commits_are_compared(repository):
    directory, base, head = repository
    found = detected(directory, base, head)
    assert ids(found, change=PlatformChange.ADDED) == {"rq", "stripe"}
    assert ids(found, change=PlatformChange.REMOVED) == {"celery"}
    assert {"nextjs", "react"} <= ids(found, component="apps/web", change=PlatformChange.TOUCHED)
    assert platforms_line(found) == (
        "TypeScript, Python, Vue.js, Next.js, React · adds Stripe, RQ · removes Celery"
    )
    brief = platforms_brief(found, ["services/mail/mail.py"])
    assert brief == "services/mail: RQ; added here: RQ; removed here: Celery"
    assert [one.name for one in found.languages] == ["TypeScript", "Python"]
    assert found.notes == ()


def test_a_working_tree_is_read_without_what_git_ignores(repository):
    directory, base, _ = repository
    (directory / "apps/web/package.json").write_text('{"dependencies": {"vite": "7"}}')
    found = detected(directory, base, None)
    assert ids(found, component="apps/web", change=PlatformChange.ADDED) == {"vite"}
    assert ids(found, change=PlatformChange.REMOVED) == {"celery", "nextjs", "react"}
    assert not {"svelte", "jquery"} & ids(found)


def test_sizes_are_gits_own_and_links_have_none(repository):
    directory, _, head = repository

    async def sizes(*paths):
        repository = await LocalRepository.discover(directory, GitSettings())
        here = await repository.working_tree().sizes(paths)
        return await repository.tree(head).sizes(paths), here

    paths = ["linked.json", "apps/web/package.json", "apps", "gone.txt"]
    size = len(HEAD["apps/web/package.json"])
    assert asyncio.run(sizes(*paths)) == ({paths[1]: size}, {paths[1]: size})
    assert git(directory, "cat-file", "-s", f"{head}:apps/web/package.json") == f"{size}\n".encode()
