"""Tells which values of an environment are secret: by the variable's name and by their own form.

A value that is taken for a secret is blanked in all that we write. So switches, numbers, paths,
addresses without a password, and the values in `innocent` are left out.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import unquote

from pydantic import JsonValue

from codeflow_action.engine.lazy import regex

# Anywhere in a name, without its signs: `GHTOKEN`, `apiKey`, `PGPASSWORD`.
_SURE = (
    "ACCESSKEY",
    "ACCOUNTKEY",
    "APIKEY",
    "BEARER",
    "CONNECTIONSTRING",
    "CONNSTR",
    "COOKIE",
    "CREDENTIAL",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATEKEY",
    "SECRET",
    "TOKEN",
    "WEBHOOK",
)
# A whole word of a name, or the end of one: `GH_PAT`, `DEPLOY_KEY`, `SSHPASS`, `MYSQL_PWD`.
_WORDS = frozenset(
    {
        "AUTH",
        "CRED",
        "CREDS",
        "DSN",
        "HMAC",
        "JWT",
        "KEY",
        "KEYS",
        "MNEMONIC",
        "OTP",
        "PASS",
        "PAT",
        "PATS",
        "PEM",
        "PRIVATE",
        "PSK",
        "PWD",
        "SALT",
        "SAS",
        "SIGNATURE",
        "SIGNING",
    }
)
_ENDS = ("KEY", "PASS", "PWD")
_SWITCHES = frozenset(
    {
        "always",
        "auto",
        "basic",
        "bearer",
        "default",
        "disabled",
        "enabled",
        "false",
        "never",
        "nil",
        "no",
        "none",
        "null",
        "off",
        "on",
        "optional",
        "required",
        "true",
        "undefined",
        "yes",
    }
)
_NUMBER = regex(r"[\d.,:_-]{1,12}")
_PATH = regex(r"(?:~|\.{1,2})?(?:/[\w.@ +-]+){1,30}/?")
# A part of a path that nobody has named, but chance, as in base64: then it is no path.
_CHANCE = regex(r"(?=[^/]*[a-z])(?=[^/]*[A-Z])(?=[^/]*\d)[\w+-]{16,}")
_PLAIN_URL = regex(r"[a-zA-Z][\w+.-]*://[^\s@?#]*")
_USER_INFO = regex(r"://([^/\s@]{1,4000})@")
_PAIR = regex(
    r"(?i)\b(?:accesskey|accountkey|api[_-]?key|auth|authtoken|pass|password|pwd|secret|sig"
    r"|sharedaccesskey|signature|token|access[_-]?token|client[_-]?secret)=([^;&\s\"']{1,4000})"
)
_PRIVATE_KEY = regex(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY")
_MAX_DEPTH = 5


def looks_secret(name: str) -> bool:
    """True for the name of something that is secret, whether it is or not."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
    words = re.split(r"[^A-Z0-9]+", parts)
    letters = "".join(words)
    return (
        any(sure in letters for sure in _SURE)
        or not _WORDS.isdisjoint(words)
        or any(word.endswith(_ENDS) for word in words)
    )


def find_secret_values(
    variables: Mapping[str, str], innocent: Collection[str] = ()
) -> Iterator[str]:
    """Yield the values that must appear nowhere, some more than once; `innocent` ones may."""
    for name, value in variables.items():
        for secret in _secrets(name, value.strip()):
            if secret and secret not in innocent:
                yield secret


def _secrets(name: str, value: str, depth: int = 0) -> Iterator[str]:
    if _PRIVATE_KEY.search(value) or (looks_secret(name) and not _is_plain(name, value)):
        yield value
    for match in _USER_INFO.finditer(value):
        # A user without a password is a token, as in `https://TOKEN@host`.
        user, colon, password = match[1].partition(":")
        secret = password if colon and password else user
        yield from (secret, unquote(secret))
    for match in _PAIR.finditer(value):
        yield from (match[1], unquote(match[1]))
    if depth >= _MAX_DEPTH or not value.startswith(("{", "[")):
        return
    # JSON, such as a service account's key.
    try:
        stack: list[tuple[str, JsonValue]] = [(name, json.loads(value))]
    except (ValueError, RecursionError):
        return
    while stack:
        key, node = stack.pop()
        match node:
            case dict():
                stack += node.items()
            case list():
                stack += ((key, element) for element in node)
            case str():
                yield from _secrets(key, node, depth + 1)


def _is_plain(name: str, value: str) -> bool:
    """True for a value that is no secret, though its variable has a secret's name."""
    if value.lower() in _SWITCHES or _NUMBER.fullmatch(value):
        return True
    if _PLAIN_URL.fullmatch(value):
        return "HOOK" not in name.upper()  # who knows a webhook's address can post to it
    return bool(_PATH.fullmatch(value) and not _CHANCE.search(value))
