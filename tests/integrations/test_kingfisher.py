"""Kingfisher, really run."""

import random
import string
import threading

import pytest

from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.integrations.kingfisher import Kingfisher


@pytest.fixture(scope="module")
def scanners(rule_cache):
    return Kingfisher(rule_cache)


def random_text(alphabet, count):
    return "".join(random.choice(alphabet) for _ in range(count))


def pair():
    """Return a made-up key pair, in which nothing repeats itself: that would not be believed."""
    draw = random.sample
    letters = string.ascii_letters + string.digits
    name = "".join(draw("BCDEFGHJLMNOPQRSTUVWXYZ234567", 16))
    return f"AKIA{name}", "".join(draw(letters, 40))


def scan(scanners, files):
    return tuple(
        match for path, text in files.items() for match in scanners.scan(path, text.encode())
    )


def test_a_key_pair_is_found_with_its_place_and_never_shown(scanners):
    name, secret = pair()
    text = f"x = 1\nAWS_ACCESS_KEY_ID = '{name}'\nAWS_SECRET_ACCESS_KEY = '{secret}'\n"
    matches = scan(scanners, {"a.py": text})
    shown = [match for match in matches if not match.component]
    assert shown
    for match in matches:
        value = text.encode()[match.start : match.end].decode()
        assert value in text
        assert value not in repr(match)
        assert value[:5] not in match.masked
        assert match.line in (2, 3)


def test_a_comment_does_not_silence_the_scanner(scanners):
    name, secret = pair()
    for word in ("kingfisher:ignore", "gitleaks:allow", "nosec", "pragma: allowlist secret"):
        text = f"AWS_ACCESS_KEY_ID={name} # {word}\nAWS_SECRET_ACCESS_KEY={secret} # {word}\n"
        assert [one for one in scan(scanners, {"a.env": text}) if not one.component], word


@pytest.mark.parametrize(
    "text",
    [
        "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE",
        "curl -H 'Authorization: Bearer YOUR_API_TOKEN' https://api.example.com",
        "openai_api_key = 'sk-your-own-api-key-goes-here'",
        "password = 'changeme'",
        "client = MongoClient('mongodb://root:put_your_password_here@mongo')",
    ],
)
def test_what_stands_in_for_a_secret_is_called_a_placeholder(scanners, text):
    assert all(match.placeholder for match in scan(scanners, {"a.txt": text + "\n"}))


def test_words_that_chance_has_put_into_a_secret_make_it_no_placeholder(scanners):
    """One private key in forty holds a `my` and, within twenty signs, a `me`."""
    name, secret = "AKIA" + "ZMYQ7XRWPTHERE2K", random_text(string.ascii_letters, 30) + "my7Kq2me9X"
    text = f"AWS_ACCESS_KEY_ID = '{name}'\nAWS_SECRET_ACCESS_KEY = '{secret}'\n"
    matches = scan(scanners, {"a.py": text})
    assert matches
    assert not any(match.placeholder for match in matches)


def test_clean_files_have_no_match(scanners):
    assert scan(scanners, {"a.py": "def f():\n    return 1\n", "empty": ""}) == ()


def test_offsets_are_bytes_also_after_other_letters(scanners):
    name, secret = pair()
    text = f"# grüße ✓\nAWS_ACCESS_KEY_ID={name}\nAWS_SECRET_ACCESS_KEY={secret}\n"
    for match in scan(scanners, {"a.env": text}):
        assert text.encode()[match.start : match.end].decode() in (name, secret)


def test_warming_up_makes_the_first_scan_a_quick_one(rule_cache):
    scanner = Kingfisher(rule_cache)
    assert not scanner.ready
    scanner.warm_up()
    for thread in threading.enumerate():
        if thread.name == "warm-up":  # unless it is done already
            thread.join(timeout=60)
    assert scanner.ready


class PanicException(BaseException):
    """What PyO3 raises where code in Rust breaks: no `Exception`."""


class Breaking:
    def scan_input(self, _given, timeout):
        raise PanicException("with what was read in its text")


def test_code_in_rust_that_breaks_is_a_scanner_that_failed():
    kingfisher = Kingfisher()
    kingfisher._scanner = Breaking()
    with pytest.raises(ScannerFailed, match=r"^the secret scanner broke \(PanicException\)$"):
        scan(kingfisher, {"a.py": "x = 1\n"})
