"""What Kingfisher leaves out is found, what only looks like it is not, in linear time."""

import base64
import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.integrations.own_rules import _ASSIGNMENT, _matches_in_lines, find_own

RNG = random.Random(5)
TELEGRAM, DJANGO = "telegram-bot-token", "django-secret-key"
HEX, LETTERS = string.hexdigits[:16], string.ascii_letters + string.digits


def drawn(alphabet, count):
    return "".join(RNG.choices(alphabet, k=count))


def discord():
    number = str(RNG.randrange(10**17, 10**18)).encode()
    first = base64.urlsafe_b64encode(number).decode().rstrip("=")
    return f"{first}.{drawn(LETTERS, 6)}.{drawn(LETTERS, 27)}"


def found(path, text):
    return find_own(path, text.encode())


@pytest.mark.parametrize(
    ("path", "text", "rule", "confidence"),
    [
        ("a.py", f'AWS_SECRET = "{drawn(LETTERS, 40)}"', "aws-secret-access-key", "medium"),
        ("a.py", f'run("{discord()}")', "discord-bot-token", "medium"),
        ("a.py", f'Bot("{drawn("123456789", 9)}:AA{drawn(LETTERS, 33)}")', TELEGRAM, "medium"),
        ("settings.py", f"SECRET_KEY = '{drawn(LETTERS + '!@%^&*-_=', 50)}'", DJANGO, "medium"),
        ("a.js", f'const apiSecret = "{drawn(HEX, 40)}";', "generic-secret", "low"),
        ("a.json", f'"api_secret": "{drawn(HEX, 40)}"', "generic-secret", "low"),
        ("a.py", 'password = "xK9#mQ2$vL"', "generic-secret", "low"),
        (".env.production", "DB_PASSWORD=Tr0ub4dor&3xyz", "generic-secret", "low"),
        ("a.yml", "  password: Zk3!pQ9mWx7a", "generic-secret", "low"),
    ],
)  # fmt: skip
def test_found(path, text, rule, confidence):
    (match,) = found(path, f"\n{text}\n")
    assert (match.rule, match.confidence, match.line) == (rule, confidence, 2)
    secret = f"\n{text}\n"[match.start : match.end]
    assert secret in text
    assert secret not in repr(match)
    assert not match.placeholder


@pytest.mark.parametrize(
    "text",
    [
        "password = 'correct-horse-battery'",
        'password = getpass("Enter password: ")',
        'token_url = "https://example.com/oauth/token"',
        '"passwordHint": "Abc123!xyz99"',
        'api_key = os.environ["API_KEY12345"]',
        "secretName: my-secret-2024",
        '"integrity": "sha512-AbC/+=="',
        'const PASSWORD_REGEX = "^[A-Z]{8}"',
        "password: ${{ secrets.PASSWORD_123a }}",
        'token = "refresh_token_v2_name"',
        'secret = "projects/123/secrets/foo/versions/1"',
        "apiKey: process.env.API_KEY_2",
        '"token": "550e8400-e29b-41d4-a716-446655440000"',
        'SECRET_KEY = "django-insecure-abcdefghijklmnopqrstuvwxyz0123456789!@"',
        "key = 'user.password.reset.title'",
        'nextPageToken = "CiAKGjBpNDd2Nmp2Zml2cXRwYjBpOXA5"',
        'password_hash = "$2b$12$LQv3c1yqBWVHxkd0LHAkCO"',
        'password = "S3cur3P@ssw0rd!"',
        'DB_PASSWORD = "Admin#2024xyz"',
        "MOMENT.js.abcdef.ghijklmnopqrstuvwxyz0123456",
        "12345678:AAshort",
    ],
)
def test_left_alone(text):
    for path in ("a.py", "a.yml", ".env"):
        assert found(path, f"{text}\n") == (), path


def test_code_has_no_secrets_without_quotes():
    assert found("a.py", "password = Zk3pQ9mWx7a_xyz\n") == ()


def test_a_line_of_data_is_not_looked_at():
    assert found("a.js", f'password = "xK9#mQ2$vL";{"x" * 3_000}\n') == ()


def test_placeholders_are_called_so():
    (match,) = found("a.py", 'password = "Dummy#7kQ2vX"\n')
    assert match.placeholder


@pytest.mark.parametrize(
    "text",
    [
        "secret" * 300_000,
        "a.secret_" * 200_000,
        "password='" * 200_000,
        "1234567890:AA" * 150_000,
        "password" + " " * 1_000_000,
        "password=\n" * 200_000,
    ],
    ids=lambda text: text[:10],
)
def test_made_up_text_takes_linear_time(text):
    started = time.process_time()
    found(".env", text)
    assert time.process_time() - started < 10


PIECES = (
    *(b"api_", b"KEY", b"password", b"Secret", b"pwd", b"x-1", b"aB3$dE6&gH9_kL", b"\xff"),
    *(b" = ", b": ", b"'", b'"', b"$", b".", b"\n", b"\r\n", b"\t", b"\x0c"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
def test_lines_without_a_name_of_a_secret_hold_no_assignment(content):
    """Most lines are not searched, and nothing is missed for that."""
    whole = [match.span() for match in _ASSIGNMENT.finditer(content)]
    assert [match.span() for match in _matches_in_lines(content)] == whole
