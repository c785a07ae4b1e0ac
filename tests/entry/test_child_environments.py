"""What child processes get of a run's environment: no secret, and the token where git fetches."""

import shutil
from pathlib import Path

import pytest

from tests.entry.jobs import KEY, TOKEN
from tests.faults.test_git import program


@pytest.mark.promise(
    "Secrets are removed from the environment at the start, and from every text that goes to a "
    "model, a cassette, a report, a comment or the log."
)
@pytest.mark.promise("Only the git processes that fetch get the token.")
def test_a_child_gets_no_secret_and_the_token_goes_to_those_that_fetch(shop, tmp_path):
    """Fault 9: 31 of 33 git processes got the token that two need, and all got `GH_PAT`."""
    seen = tmp_path / "seen"
    seen.mkdir()
    real = shutil.which("git")
    path = program(
        tmp_path / "programs",
        f'{{ echo "ARGUMENTS=$*"; env; }} > {seen}/$$.txt; exec {real} "$@"',
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    secret = "valueOfNobodysBusiness"
    names = (
        *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"),  # the job's identity
        *("GH_PAT", "DEPLOY_KEY", "DATABASE_URL", "SENTRY_DSN", "ANYTHING_AT_ALL"),  # by any name
        *("LD_LIBRARY_PATH", "PYTHONPATH", "BASH_ENV", "PERL5OPT", "XDG_CONFIG_HOME"),  # code
        *("GIT_DIR", "GIT_TRACE_CURL", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH"),
    )
    ended = shop.run(
        workspace=empty,
        inputs={"openai_api_key": KEY, "provider": "none"},
        env={"PATH": path, **dict.fromkeys(names, f"/{secret}")},
    )
    assert "a shallow fetch" in ended.stderr, ended.log
    processes = [file.read_text() for file in Path(seen).iterdir()]
    assert len(processes) > 10
    fetches = [text for text in processes if text.startswith("ARGUMENTS=fetch")]
    assert 1 <= len(fetches) <= 3
    for text in processes:
        assert secret not in text
        assert KEY not in text
        assert ("Authorization" in text) == (text in fetches)
        assert TOKEN not in text  # in base64 alone, as HTTP wants it
