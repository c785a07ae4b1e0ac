"""Fault 17: `codeflow demo` works wherever it is started, and asks nobody outside."""

import os

import pytest

from codeflow_action.demo import build_repository, find_files, job_environment
from codeflow_action.testing.models import ModelServer
from tests.integrations.gitting import commit, git, init

KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"


@pytest.fixture
def demo(forks, rule_cache):
    def run(*arguments, cwd, **environment):
        ours = {"PATH": os.environ["PATH"], "KF_RULE_CACHE_DIR": str(rule_cache)}
        return forks.codeflow("demo", *arguments, env={**ours, **environment}, cwd=cwd)

    return run


@pytest.fixture
def home(tmp_path):
    """A home whose git makes hooks of its own in each repository, signs, and rewrites addresses."""
    hook = tmp_path / "templates" / "hooks" / "post-commit"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text(
        f"[init]\ntemplateDir = {hook.parent.parent}\n[commit]\ngpgsign = true\n"
        f"[core]\nhooksPath = {hook.parent}\n[url 'http://127.0.0.1:9/']\ninsteadOf = http://\n"
    )
    return folder


def test_no_setting_of_the_readers_leads_the_demo_anywhere(tmp_path, home, demo):
    """Fault 17: keys, addresses, proxies, a runner's and git's variables, in somebody's repository.

    Its folder has a space in its name.
    """
    shop = init(tmp_path / "a shop")
    commit(shop, {"a.py": b"a = 1\n"})
    before = git(shop, "rev-parse", "HEAD"), git(shop, "branch", "--list")
    with ModelServer() as model:
        done = demo(
            cwd=shop,
            HOME=str(home),
            NO_COLOR="1",
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=model.base_url("openai"),
            ANTHROPIC_API_KEY=KEY,
            ANTHROPIC_BASE_URL=model.base_url("anthropic"),
            HTTP_PROXY=model.url,
            HTTPS_PROXY=model.url,
            ALL_PROXY=model.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=model.url,
            GITHUB_TOKEN="ghs_" + "aTokenOfTheReader0123456789abcdefghij",
            GITHUB_EVENT_NAME="push",
            GITHUB_API_URL=model.url,
            INPUT_PROVIDER="openai",
            INPUT_RECORD="cassette.json",
            GIT_DIR=str(shop / ".git"),
            GIT_INDEX_FILE=str(shop / ".git" / "index"),
            GIT_AUTHOR_DATE="no date",
            GIT_TEMPLATE_DIR=str(tmp_path / "templates"),
            PYTHONSTARTUP="/nowhere",
        )
        assert model.requests == []
    assert done.returncode == 0, done.stderr
    assert "no model was asked" in done.stdout
    assert "\x1b" not in done.stdout
    assert not (tmp_path / "hooked").exists()
    assert (git(shop, "rev-parse", "HEAD"), git(shop, "branch", "--list")) == before
    comment = shop / "codeflow-demo" / "sticky-comment.md"
    assert comment.read_text().startswith("<!-- codeflow:")
    written = "".join(path.read_text() for path in comment.parent.iterdir())
    assert KEY not in written


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "SOMEBODYS_BASE_URL",
        "https_proxy",
        "GITHUB_OUTPUT",
        "INPUT_PROVIDER",
        "GIT_CONFIG_GLOBAL",
        "SSL_CERT_FILE",
        "OTEL_SDK_DISABLED",
        "PYTHONPATH",
        "LD_PRELOAD",
    ],
)
def test_what_is_not_on_the_list_is_not_passed_on(name, tmp_path):
    """Fault 17: the job's environment is built from nothing."""
    passed = job_environment({name: "theirs", "NO_COLOR": "1"}, tmp_path)
    assert "theirs" not in passed.values()
    assert passed["NO_COLOR"] == "1"


@pytest.mark.parametrize("home", [{}, {"HOME": "/nowhere"}, {"HOME": "/proc"}])
def test_the_job_has_a_home_of_its_own(home, tmp_path):
    """Fault 17: no home, one that is not there, one where nobody can write."""
    passed = job_environment(home, tmp_path)
    assert passed["HOME"] == str(tmp_path)
    assert passed["PATH"]


@pytest.mark.parametrize(
    ("output", "path", "code", "said"),
    [
        # a place where nobody can write
        ("/proc/demo", None, 2, "name another folder with --output"),
        # a file in the way
        ("taken", None, 2, "the demo cannot write to taken"),
        # no git
        ("fine", "/nowhere", 3, "install git"),
    ],
)
def test_what_is_in_the_way_is_said_in_one_line(tmp_path, demo, output, path, code, said):
    """Fault 17: a folder that cannot be written to, and a machine without git."""
    (tmp_path / "taken").write_text("")
    given = {"PATH": path} if path else {}
    done = demo("--output", output, cwd=tmp_path, **given)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_python_makes_of_the_demos_files_is_not_part_of_them(tmp_path):
    """Fault 17: pip compiles what it installs, and bytecode is no text."""
    files = tmp_path / "files"
    for folder in ("base", "head"):
        for file in (find_files() / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                copy = files / folder / file.relative_to(find_files() / folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(file.read_bytes())
        cache = files / folder / "shop" / "__pycache__"
        cache.mkdir(exist_ok=True)
        (cache / "cart.cpython-313.pyc").write_bytes(b"\xf3\r\r\n\x00\xff")
    build_repository(tmp_path / "shop", files)
    assert b"__pycache__" not in git(tmp_path / "shop", "ls-tree", "-r", "--name-only", "feature")
