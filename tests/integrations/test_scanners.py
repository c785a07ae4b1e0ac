"""All scanners together: nothing is said twice, and the same secret is known again."""

import asyncio
import random
import string

import pytest

from codeflow_action.integrations.scanners import BundledScanners

LETTERS = string.ascii_letters + string.digits


@pytest.fixture(scope="module")
def scanners(rule_cache):
    return BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)})


def scan(scanners, files):
    return asyncio.run(scanners.secrets({path: text.encode() for path, text in files.items()}))


def shown(matches):
    return [match for match in matches if not match.component and not match.placeholder]


def drawn(count, alphabet=LETTERS):
    return "".join(random.sample(alphabet, count))


def test_half_of_a_pair_that_is_shown_is_not_shown_again(scanners):
    name, secret = "AKIA" + drawn(16, "BCDEFGHJLMNOPQRSTUVWXYZ234567"), drawn(40)
    pair = f"AWS_ACCESS_KEY_ID={name}\nAWS_SECRET_ACCESS_KEY={secret}\n"
    assert [one.rule for one in shown(scan(scanners, {"a.env": pair}))] == ["aws-access-token"]


def test_a_half_without_its_other_is_shown(scanners):
    alone = f"AWS_SECRET_ACCESS_KEY={drawn(40)}\n"
    (match,) = shown(scan(scanners, {"a.env": alone}))
    assert (match.rule, match.confidence, match.scanner) == ("aws-secret-access-key", "medium", "")


def test_one_secret_has_one_mark_in_a_run_and_another_in_the_next(scanners, rule_cache):
    line = f'token = "ghp_{drawn(36)}"\n'
    files = {"a.py": line, "b.py": "x = 1\n" + line, "c.py": f'token = "ghp_{drawn(36)}"\n'}
    marks = {one.path: one.mark for one in shown(scan(scanners, files))}
    assert marks["a.py"] == marks["b.py"] != marks["c.py"]
    (other,) = shown(scan(BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)}), {"a.py": line}))
    assert other.mark not in marks.values()


def test_workflows_are_audited(scanners):
    audit = asyncio.run(scanners.workflows({".github/workflows/a.yml": b"on: [\n"}))
    assert audit.unread == (".github/workflows/a.yml",)
