"""Bytes to JSON values, whoever wrote them: any Unicode encoding, and no value that harms."""

import codecs
import json
from typing import cast

from pydantic import JsonValue

_MAX_DIGITS = 15  # of a whole number; nothing here counts further
_MAX_PARTS = 2_000_000  # objects and lists; a report of the largest size has a tenth
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


class NotAReport(Exception):
    """The bytes are not what they should be; the text says why, without quoting them."""


def read_json(raw: bytes, *, beyond: int | None = None) -> JsonValue:
    """Return the value; NaN and infinities are None. Raises `NotAReport`.

    A whole number of too many digits is `beyond`, a negative one None.
    """

    def whole_number(digits: str) -> int | None:
        if len(digits) <= _MAX_DIGITS:
            return int(digits)
        return None if digits.startswith("-") else beyond

    if raw.count(b"{") + raw.count(b"[") > _MAX_PARTS:
        raise NotAReport("it has too many parts")
    text = raw.decode(marked_encoding(raw) or json.detect_encoding(raw[:4]), "replace")
    try:
        value = json.loads(
            text,
            parse_int=whole_number,
            parse_constant=lambda _name: None,
        )
    except RecursionError:
        raise NotAReport("it is nested too deeply") from None
    except ValueError as error:  # `JSONDecodeError` among them
        place = getattr(error, "lineno", 0)
        raise NotAReport(f"it is not JSON{f' (line {place})' if place else ''}") from None
    return cast("JsonValue", value)


def marked_encoding(raw: bytes) -> str | None:
    """Return the encoding that the bytes' own mark names, None where there is no mark."""
    return next((name for mark, name in _MARKS if raw.startswith(mark)), None)
