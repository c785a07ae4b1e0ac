"""The command line in this process, with no key but those that a test gives."""

import os

import pytest

from codeflow_action import cli
from tests.entry.jobs import KEY


@pytest.fixture
def codeflow(capsys, rule_cache, monkeypatch):
    """Return what runs a command: exit code, output and errors, in which no key may stand."""
    for name in list(os.environ):
        if name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    given["KF_RULE_CACHE_DIR"] = str(rule_cache)

    def run(*arguments, **environment):
        code = cli.run(list(arguments), {**given, **environment})
        printed = capsys.readouterr()
        assert KEY not in printed.out + printed.err
        return code, printed.out, printed.err

    return run
