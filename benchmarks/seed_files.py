"""Reads the seeds: small changes, and what a gate must say or must not say about each.

`seeds/*.yaml` is one row of the table in a file: groups of seeds that share what is wanted. A seed
is a change: its `base` files become one commit, its `head` files and `removed` paths the next.
Texts and paths may hold marks, so that no file here holds a hidden character or a whole secret:
«U+200B», «letters 36», «tags run this». `_MARKS` lists them.
"""

import base64
import binascii
import json
import random
import re
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from codeflow_action.engine.findings import Finding, Severity

FOLDER = Path(__file__).with_name("seeds")
_WANT = re.compile(
    r"(?P<no>no )?(?P<rules>[a-z_]+(?:/[\w-]+)?(?:\|[a-z_]+(?:/[\w-]+)?)*)"
    r"(?: (?P<severity>notice|warning|error))?(?: at line (?P<first>\d+)(?:-(?P<last>\d+))?)?"
)
_MARK = re.compile(r"«([^»\n]*)»")
# Two bytes that say which order follows, as Windows writes them.
_UTF_16 = "utf-16"
_SEED = 13


class Want(BaseModel):
    """What must hold: `no` finding of these rules with that severity or a worse one, or one."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    is_found: bool
    rules: tuple[str, ...]
    severity: Severity = Severity.NOTICE
    lines: range | None = None

    @classmethod
    def parse(cls, text: object) -> "Want":
        """Read `[no ]rule[|rule][ severity][ at line N[-N]]`. Raises `ValueError`."""
        if isinstance(text, cls):
            return text
        match = _WANT.fullmatch(str(text))
        if match is None:
            raise ValueError(f"{text!r} says nothing that could be checked")
        first, last = match["first"], match["last"] or match["first"]
        return cls(
            is_found=match["no"] is None,
            rules=tuple(match["rules"].split("|")),
            severity=Severity(match["severity"] or "notice"),
            lines=range(int(first), int(last) + 1) if first else None,
        )

    def is_met(self, findings: tuple[Finding, ...]) -> bool:
        """True when the gates said what they must, or kept silent where they must."""
        is_found = any(
            finding.rule.startswith(self.rules)
            and finding.severity.rank <= self.severity.rank
            and (self.lines is None or finding.line in self.lines)
            for finding in findings
        )
        return is_found is self.is_found


type WantField = Annotated[Want, BeforeValidator(Want.parse)]


class Seed(BaseModel):
    """One change, as files before and after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    base: Mapping[str, str] = {}
    head: Mapping[str, str] = {}
    removed: tuple[str, ...] = ()
    want: WantField | None = None  # where it differs from its group's

    def versions(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Return all files before and after the change, with the marks replaced."""
        before = {_expand(path): _encode(text) for path, text in self.base.items()}
        after = before | {_expand(path): _encode(text) for path, text in self.head.items()}
        gone = {_expand(path) for path in self.removed}
        return before, {path: content for path, content in after.items() if path not in gone}


class Group(BaseModel):
    """Seeds of which at least so many must be met: a number of them, by default all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    want: WantField
    at_least: int | None = None
    seeds: tuple[Seed, ...] = Field(min_length=1)

    @property
    def floor(self) -> int:
        """How many must be met."""
        return len(self.seeds) if self.at_least is None else self.at_least


class Row(BaseModel):
    """One file: what its seeds are about, and the groups."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    groups: tuple[Group, ...] = Field(min_length=1)


def read_rows(folder: Path = FOLDER) -> dict[str, Row]:
    """Return every row by the name of its file. Raises `ValueError` for what is no seed."""
    return {
        path.stem: Row.model_validate(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
        for path in sorted(folder.glob("*.yaml"))
    }


def _encode(text: str) -> bytes:
    if text.startswith(f"«{_UTF_16}»"):
        return _expand(text.removeprefix(f"«{_UTF_16}»")).encode(_UTF_16)
    return _expand(text).encode("utf-8", "surrogateescape")


def _expand(text: str) -> str:
    # The same values in each run, and both before and after a change.
    signs = random.Random(_SEED)  # noqa: S311 - made-up secrets
    return _MARK.sub(lambda match: _mark(match[1], signs), text)


def _mark(mark: str, signs: random.Random) -> str:
    name, _, argument = mark.partition(" ")
    if name.startswith("U+"):
        return "".join(chr(int(point.removeprefix("U+"), 16)) for point in mark.split())
    if name not in _MARKS:
        raise ValueError(f"«{mark}» is no mark")
    return _MARKS[name](argument, signs)


def _drawn_from(alphabet: str) -> Callable[[str, random.Random], str]:
    return lambda count, signs: "".join(signs.choices(alphabet, k=int(count)))


def _selectors(text: str, _signs: random.Random) -> str:
    """Return bytes as variation selectors, as invisible payloads carry them."""
    return "".join(chr((0xFE00 if byte < 16 else 0xE0100 - 16) + byte) for byte in text.encode())


def _web_token(claims: str, signs: random.Random) -> str:
    """Return a JSON Web Token with these claims; its signature is made up."""
    header = json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":"))
    parts = (
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (header, claims)
    )
    signature = "".join(signs.choices(string.ascii_letters + string.digits + "-_", k=43))
    return ".".join((*parts, signature))


def _checked(prefix: str, signs: random.Random) -> str:
    """Return a GitHub token whose last six signs are the checksum of the thirty before them.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    entropy = "".join(signs.choices(alphabet, k=30))
    rest, checksum = binascii.crc32(entropy.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        checksum = alphabet[digit] + checksum
    return prefix + entropy + checksum


_MARKS: Mapping[str, Callable[[str, random.Random], str]] = {
    "": lambda _argument, _signs: "",  # stands within a prefix that scanners look for
    "letters": _drawn_from(string.ascii_letters + string.digits),
    "lower": _drawn_from(string.ascii_lowercase + string.digits),
    "upper": _drawn_from(string.ascii_uppercase + string.digits),
    "base32": _drawn_from(string.ascii_uppercase + "234567"),
    "base64": _drawn_from(string.ascii_letters + string.digits + "+/"),
    "hex": _drawn_from("0123456789abcdef"),
    "digits": _drawn_from(string.digits),
    "tags": lambda text, _signs: "".join(chr(0xE0000 + ord(sign)) for sign in text),
    "selectors": _selectors,
    "jwt": _web_token,
    "checked": _checked,
    "encoded": lambda text, _signs: base64.b64encode(text.encode()).decode(),
    "repeat": lambda argument, _signs: argument.split(" ", 1)[1] * int(argument.split(" ", 1)[0]),
}
