"""Secrets are gone in every usual form, and nothing else is."""

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.ai.registry import load_providers
from codeflow_action.hosts.provider_access import key_shapes
from codeflow_action.security.redaction import Redactor

KEY_SHAPES = key_shapes(load_providers())
SECRET = "s3cr3t/Value+with=signs&more"
PEM = "PRIVATE KEY"


def joined(*parts):
    """Build a secret's form at run time, so that no scanner trips over this file."""
    return "".join(parts)


FORMS = {
    "github": joined("gh", "p_", "A1b2" * 9),
    "github server": joined("gh", "s_", "A1b2" * 9),
    "fine-grained": joined("github", "_pat_", "A1b2" * 8),
    "openai": joined("sk", "-proj-", "A1b2" * 8),
    "anthropic": joined("sk", "-ant-", "api03-", "A1b2" * 8),
    "groq": joined("gs", "k_", "A1b2" * 8),
    "aws": joined("AK", "IA", "ABCD2345EFGH6723"),
    "slack": joined("xo", "xb-", "123456789012-abcdef"),
    "google": joined("AI", "za", "B" * 35),
    "gitlab": joined("gl", "pat-", "A1b2" * 6),
    "jwt": joined("ey", "J" + "a" * 20, ".ey", "J" + "b" * 20, ".", "c" * 20),
    "npm": joined("np", "m_", "A1b2" * 9),
    "pypi": joined("py", "pi-", "A1b2" * 15),
    "stripe": joined("s", "k_live_", "A1b2" * 6),
    "header": joined("AUTHORI", "zation: beARer ", "A1b2" * 6),
    "password": joined("https://user:", "hunter22", "@example.com"),
}


@pytest.mark.parametrize("kind", FORMS)
def test_what_looks_like_a_secret_is_blanked(kind):
    form = FORMS[kind]
    text = Redactor(key_shapes=KEY_SHAPES).text(f"before {form} after")
    assert form.removeprefix("https://").removesuffix("@example.com") not in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "[redacted" in text


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET[::-1],
        quote(SECRET, safe=""),
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_this_runs_secrets_are_blanked_in_every_encoding(form):
    text = Redactor([SECRET]).text(f"x {form} y")
    assert form not in text
    assert "[redacted]" in text


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_inside_longer_base64_is_blanked_at_any_offset(before, after):
    encoded = base64.b64encode(before + SECRET.encode() + after).decode()
    text = Redactor([SECRET]).text(encoded)
    core = base64.b64encode(SECRET.encode()).decode()[4:-8]
    assert "[redacted]" in text
    assert core not in text


def test_a_private_key_is_blanked_line_by_line_with_its_numbers_beside_it():
    key = [f"-----BEGIN RSA {PEM}-----", "MIIEow", "aBcDeF", f"-----END RSA {PEM}-----"]
    shown = [f"+ {at:5} | {line}" for at, line in enumerate(key, start=1)]
    text = Redactor().text("\n".join(["first", *shown, "last"]))
    assert "MIIEow" not in text
    assert text.count("\n") == len(key) + 1
    assert text.endswith("last")


@pytest.mark.parametrize("levels", range(4))
def test_of_a_key_within_json_the_lines_are_learned_and_not_its_frame(levels):
    body = ["MIIEow" + "aB1+" * 14, "cD2/" * 16]
    text = "\n".join([f"-----BEGIN RSA {PEM}-----", *body, f"-----END RSA {PEM}-----", ""])
    for _ in range(levels):
        text = json.dumps({"key": text})
    redactor = Redactor()
    redactor.learn([text[max(0, text.index("-----") - 1) :]])  # as a scanner finds it
    frame = f'"key": "-----BEGIN RSA {PEM}-----\\n{body[1]}\\n"'
    assert redactor.mask_known(frame) == frame.replace(body[1], "[redacted]")


def test_a_key_that_never_ends_does_not_blank_the_rest():
    lines = [f"-----BEGIN {PEM}-----", *["x"] * 300]
    assert Redactor().text("\n".join(lines)).count("[redacted") <= 201


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_line_counts_are_kept(text):
    assert Redactor([SECRET]).text(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "innocent",
    ["skeleton", "task-runner", "sk-", "AKIA", "0xdeadbeef" * 4, "a" * 300, "https://example.com:8080/a@b",
     "git@github.com:octo/shop.git", "e" * 64],
)  # fmt: skip
def test_innocent_text_stays(innocent):
    assert Redactor(["short"]).text(innocent) == innocent


@pytest.mark.parametrize(
    "text",
    ["gh" * 50_000, "eyJ" * 40_000, "://a:" * 30_000, "-----BEGIN " * 10_000, "sk-" * 40_000],
)
def test_hostile_text_does_not_take_long(text):
    """Linear patterns finish in a blink; a quadratic one would take minutes here."""
    started = time.process_time()
    Redactor([SECRET]).text(text)
    assert time.process_time() - started < 20
