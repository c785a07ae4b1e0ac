"""GitHub and the models as local servers, for whole runs."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, Shop, build, review
from tests.environments import copy_plugins, install_into


@pytest.fixture(scope="session", autouse=True)
def compiled_rules(rule_cache: Path) -> Iterator[None]:
    """Let all runs take the rules that are compiled already, as in the image."""
    os.environ["KF_RULE_CACHE_DIR"] = str(rule_cache)
    yield
    os.environ.pop("KF_RULE_CACHE_DIR", None)  # each folder that has this fixture removes it


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which pip has installed the plug-ins: a `PYTHONPATH` for runs."""
    folder = tmp_path_factory.mktemp("plugins")
    install_into(folder / "site", *copy_plugins(folder))
    return folder / "site"


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer(token=TOKEN) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, github: GitHubServer) -> Shop:
    return build(tmp_path, github, BASE, HEAD)


@pytest.fixture
def make_shop(tmp_path: Path, github: GitHubServer) -> Callable[..., Shop]:
    def made(
        base: Mapping[str, str | bytes | None] = BASE,
        head: Mapping[str, str | bytes | None] = HEAD,
        server: GitHubServer = github,
        **opened: object,
    ) -> Shop:
        return build(tmp_path, server, base, head, **opened)

    return made


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(keys=[KEY], answer=review(REMARK)) as server:
        yield server
