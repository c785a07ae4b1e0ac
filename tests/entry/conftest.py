"""GitHub and the models as local servers, for whole runs."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, Shop, build, review


@pytest.fixture(scope="session", autouse=True)
def rule_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile the scanner's rules once for all runs."""
    if "KF_RULE_CACHE_DIR" in os.environ:
        yield
        return
    os.environ["KF_RULE_CACHE_DIR"] = str(tmp_path_factory.mktemp("rules"))
    yield
    del os.environ["KF_RULE_CACHE_DIR"]


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
