"""Broken versions of a text: bytes, keys, values, depth and size of a valid one are changed.

One strategy for every reader of strangers' texts. It begins with what the reader takes, since a
text that is wrong from its first byte on is refused at once and tests nothing.
"""

import json
from collections.abc import Sequence

from hypothesis import strategies as st

# What readers like to stumble over, as bytes of any format.
TOKENS = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r", b"\r\n", b"\t", b" " * 300,
    b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"\\u", b"\\ud800", b":", b",", b"-", b"#", b"&a *a",
    b"<", b">", b"<!--", b"<![CDATA[", b'<!DOCTYPE a [<!ENTITY a "b">]>', b"&a;", b"&#0;", b"</a>",
    b"@@ -1 +1 @@\n", b"@@ -1,99999999999999999999 +1 @@\n", b"-1", b"0", b"1e999", b"NaN",
    b"9" * 5_000, b"-" + b"9" * 400, b"[" * 3_000, b'{"a":' * 3_000, b"<a>" * 3_000, b"null",
    b"true", b"1_0", b"0x1F", b"2026-13-45", b"../../x", b"!!python/object:os.system x", b"<<: *a",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 2**31, 2**63, 10**30, 1.5, -0.0, "", " ", "\0", "\ud800", "x" * 3_000,
    "\u202e", "../../x", "/proc/self/environ", "::error::x", "9" * 5_000, "2026-13-45", [], {},
    [[]], [None], {"": None}, [{}] * 50, ["x"] * 50,
)  # fmt: skip
KEYS = ("", "x", "\ud800", "__class__", "version", "path", "name", "id")


@st.composite
def broken_bytes(draw, examples: Sequence[bytes]) -> bytes:
    """Draw one of the examples with up to four changes of its bytes."""
    text = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 2, 9, 80, 2_000))))
        match draw(st.sampled_from(("cut", "put", "repeat", "end", "move"))):
            case "cut":
                text = text[:start] + text[end:]
            case "put":
                text = text[:start] + draw(st.sampled_from(TOKENS)) + text[end:]
            case "repeat":
                text = text[:start] + text[start:end] * draw(st.integers(2, 30)) + text[end:]
            case "end":
                text = text[:start]
            case "move":
                text = text[start:] + text[:start]
    return text


@st.composite
def broken_json(draw, examples: Sequence[bytes]) -> bytes:
    """Draw one of the examples, which are JSON, with up to four changes of its values and keys."""
    value = json.loads(draw(st.sampled_from(examples)))
    for _ in range(draw(st.integers(1, 4))):
        value = _changed(draw, value)
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


def _changed(draw, value):
    """Return the value with one node in it changed, at any depth."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = draw(st.sampled_from(keys))
        copy = value.copy()
        match draw(st.integers(0, 9)):
            case 0:
                del copy[key]
            case 1 if isinstance(copy, dict):
                copy[draw(st.sampled_from(KEYS))] = copy.pop(key)
            case 1:
                copy *= 20
            case _:
                copy[key] = _changed(draw, copy[key])
        return copy
    match draw(st.integers(0, 3)):
        case 0:
            return [value]
        case 1:
            return {"x": value}
        case _:
            return draw(st.sampled_from(VALUES))
