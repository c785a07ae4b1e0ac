"""The gate for secrets with the real scanners: weights, moves, and what may not silence it."""

import random
import string

import pytest

from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.integrations.scanners import BundledScanners
from tests.actions.gating import check, only
from tests.actions.test_quality_gates import run
from tests.review.changes import changed, numbered

LETTERS = string.ascii_letters + string.digits
ALONE = only("secrets")


@pytest.fixture(scope="module")
def scanners(rule_cache):
    return BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)})


def token():
    return "ghp_" + "".join(random.SystemRandom().sample(LETTERS, 36))


def line(value):
    return f'TOKEN = "{value}"\n'


def found(scanners, new, old="", path="deploy.py"):
    return [
        (one.severity.value, one.line) for one in check(path, new, old, scanners=scanners, **ALONE)
    ]


@pytest.mark.parametrize("word", ["kingfisher:ignore", "gitleaks:allow", "nosec", "nosemgrep"])
def test_a_comment_of_the_pull_request_does_not_silence_it(scanners, word):
    hushed = line(token()).replace("\n", f"  # {word}\n")
    assert found(scanners, hushed) == [("error", 1)]


def test_a_secret_that_moved_within_its_file_is_a_warning(scanners):
    secret = line(token())
    old = secret + numbered(30)
    (finding,) = check("deploy.py", numbered(30) + secret, old, scanners=scanners, **ALONE)
    assert (finding.severity.value, finding.line) == ("warning", 31)
    assert finding.title.startswith("Secret moved: ")


def test_another_secret_of_the_same_kind_is_new(scanners):
    old = line(token()) + numbered(30)
    assert found(scanners, numbered(30) + line(token()), old) == [("error", 31)]


def test_a_secret_that_moved_with_its_file_is_a_warning(scanners):
    old, new = line(token()), "# moved\n"
    file = changed(
        "x = 1\n", new + old, "new.py", status=FileStatus.RENAMED, previous_path="old.py"
    )
    heads, base = {"new.py": (new + old).encode()}, {"old.py": old.encode()}
    done = run([file], heads, scanners, options=ALONE, base=base)
    assert [one.severity.value for one in done.findings] == ["warning"]


def test_a_secret_of_another_file_is_new_here(scanners):
    secret = line(token())
    file = changed("x = 1\n", "x = 1\n" + secret, "b.py")
    heads = {"b.py": ("x = 1\n" + secret).encode()}
    base = {"a.py": secret.encode(), "b.py": b"x = 1\n"}
    done = run([file], heads, scanners, options=ALONE, base=base)
    assert [one.severity.value for one in done.findings] == ["error"]


def test_a_value_that_is_only_called_a_secret_is_a_warning_in_code_alone(scanners):
    guess = 'password = "xK9#mQ2$vL"\n'
    assert found(scanners, guess) == [("warning", 1)]
    for path in ("tests/a.py", "docs/a.py", "README.md", "vendor/a.js", "poetry.lock"):
        assert found(scanners, guess, path=path) == [], path


def test_a_placeholder_is_not_shown(scanners):
    assert found(scanners, 'password = "Dummy#7kQ2vX"\n') == []
    assert found(scanners, "curl -H 'Authorization: Bearer YOUR_API_TOKEN'\n", path="a.sh") == []


def test_the_secret_is_in_no_finding(scanners):
    for secret in (token(), "xK9#mQ2$vLpw"):
        findings = check("a.py", f'password = "{secret}"\n', scanners=scanners, **ALONE)
        assert findings
        assert secret not in repr(findings)
        assert secret[5:] not in repr(findings)


@pytest.mark.promise("No finding quotes a line that holds a secret.")
@pytest.mark.parametrize(
    "text",
    [
        'breakpoint(); password = "{}"\n',
        '<<<<<<< password = "{}"\na = 1\n=======\nb = 1\n>>>>>>> other\n',
        'password = "{}"  # \u202e\n',
    ],
)
def test_no_other_gate_quotes_a_line_that_holds_one(scanners, text):
    secret = "xK9#mQ2$vLpw"
    findings = check("a.py", text.format(secret), scanners=scanners)
    assert len({one.rule for one in findings}) > 1
    assert secret not in repr(findings)


def test_one_secret_is_one_finding_whatever_rules_see_it(scanners):
    text = f"curl -H 'Authorization: token {token()}' https://api.github.com\n"
    (finding,) = check("a.sh", text, scanners=scanners, **ALONE)
    assert finding.rule == "secrets/github-pat"


def test_a_rule_has_no_path_in_its_name(scanners):
    text = f"//registry.example.com/:_authToken=npm_{token()[4:]}\n"
    (finding,) = check(".npmrc", text, scanners=scanners, **ALONE)
    assert finding.title == "Secret committed: npmjsaccesstoken"


def test_the_secret_half_of_a_pair_that_was_there_by_half_is_found(scanners):
    letters = random.SystemRandom()
    key = "AKIA" + "".join(letters.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    old = f'aws_access_key_id = "{key}"\n'
    new = old + f'aws_secret_access_key = "{"".join(letters.sample(LETTERS, 40))}"\n'
    assert found(scanners, new, old) == [("warning", 2)]
    assert found(scanners, new) == [("error", 1)]


def test_a_key_that_every_visitor_reads_is_no_secret(scanners):
    posthog = f'posthog.init("phc_{"".join(random.SystemRandom().sample(LETTERS, 43))}")\n'
    assert found(scanners, posthog, path="a.ts") == []
    key = "AIza" + "".join(random.SystemRandom().sample(LETTERS, 35))
    firebase = f'const config = {{ apiKey: "{key}", authDomain: "shop.firebaseapp.com" }};\n'
    assert found(scanners, firebase, path="a.ts") == [("notice", 1)]
    assert found(scanners, f'const maps = "{key}";\n', path="a.ts") == [("error", 1)]


def test_what_only_looks_like_one(scanners):
    compose = (
        "  env:\n    URL: redis://:password@redis:6379\n    MQ: amqp://guest:guest@rabbitmq:5672\n"
    )
    assert found(scanners, compose, path="docker-compose.yml") == []
    address = 'const TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";\n'
    assert found(scanners, address, path="a.ts") == []


def test_a_notebook_is_searched_too(scanners):
    text = f'{{"cells": [{{"source": ["key = \\"{token()}\\""]}}]}}\n'
    assert found(scanners, text, path="a.ipynb") == [("error", 1)]
