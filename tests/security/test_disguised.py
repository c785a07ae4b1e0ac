"""A run's own secrets are found in every disguise, and nothing ordinary is taken for one."""

import base64
import codecs
import random
import re
import string
from urllib.parse import quote

import pytest

from codeflow_action.security.redaction import Redactor
from tests.environments import ROOT

RNG = random.Random(11)
LETTERS = string.ascii_letters + string.digits


def drawn(count, letters=LETTERS):
    return "".join(RNG.choices(letters, k=count))


SECRETS = {
    "token of the job": f"gh{'s_'}{drawn(36)}",
    "key": f"sk{'-proj-'}{drawn(74, LETTERS + '_-')}",
    "hex": drawn(40, "0123456789abcdef"),
    "short": f"{drawn(8)}7!{drawn(6)}",
    "signed token": f"eyJhbGciOiJSUzI1NiJ9.eyJhIjoiYiJ9.{drawn(86, LETTERS + '_-')}",
}


def base64_at(offset):
    return lambda value: base64.b64encode(b"see"[:offset] + value.encode() + b"!").decode()


def joined(sign, every=4):
    return lambda value: sign.join(
        value[start : start + every] for start in range(0, len(value), every)
    )


DISGUISES = {
    "plain": str,
    "base64": base64_at(0),
    "base64, one further": base64_at(1),
    "base64, two further": base64_at(2),
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64 without padding": lambda value: base64_at(1)(value).rstrip("="),
    "base64 twice": lambda value: base64.b64encode(base64_at(0)(value).encode()).decode(),
    "base64 in lines": lambda value: joined("\n", 16)(base64_at(0)(value)),
    "base64, reversed": lambda value: base64_at(0)(value)[::-1],
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "hex": lambda value: value.encode().hex(),
    "hex in capitals": lambda value: value.encode().hex().upper(),
    "hex with colons": lambda value: value.encode().hex(":"),
    "hex with blanks": lambda value: value.encode().hex(" "),
    "hex as bytes in C": lambda value: ", ".join(f"0x{byte:02X}" for byte in value.encode()),
    "hex as escapes": lambda value: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "escapes of JSON": lambda value: "".join(f"\\u{byte:04x}" for byte in value.encode()),
    "numbers": lambda value: ", ".join(map(str, value.encode())),
    "reversed": lambda value: value[::-1],
    "an address": lambda value: quote(value, safe=""),
    "an address, partly": lambda value: quote(value[:9]) + "%" + f"{ord(value[9]):x}" + value[10:],
    "an address, wholly": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "blanks": joined(" ", 1),
    "lines": joined("\n"),
    "zero width": joined("\u200b", 1),
    "full width": lambda value: "".join(
        chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in value
    ),
    "concatenation": joined('" + "'),
    "concatenation over lines": joined('" +\n    "'),
    "dashes": joined("-", 5),
    "Markdown": joined("**", 3),
    "cells": joined(" | ", 6),
    "a list": joined("\n- ", 2),
    "capitals": str.upper,
    "thirteen letters on": lambda value: codecs.encode(value, "rot13"),
    "without its beginning": lambda value: value[7:],
    "without its end": lambda value: value[:-7],
    "without both ends": lambda value: value[2:-2],
    "without its beginning, reversed": lambda value: value[7:][::-1],
    "without its beginning, in base64": lambda value: base64_at(0)(value[7:]),
    "without its beginning, in hex": lambda value: value[7:].encode().hex("-"),
    "without its beginning, in lines": lambda value: joined("\n")(value[7:]),
}


@pytest.mark.promise(
    "What a model answers is searched for the job's own secrets in disguise as well: encoded, "
    "reversed, divided by signs, and without their first or last characters."
)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_secret_of_the_job_is_seen_and_blanked(disguise):
    """An attack of June 2026 left out the first seven characters of a key."""
    redactor = Redactor(SECRETS.values())
    for kind, value in SECRETS.items():
        hidden = DISGUISES[disguise](value.rpartition(".")[2])
        text = f"A remark on the code. It says ({hidden}) and no more."
        assert redactor.holds_own_secret(text), kind
        clean = redactor.text(text)
        # A letter beside it may happen to be the one that stands beside it in the value.
        assert clean.startswith("A remark on the code. It ")
        assert clean.endswith(" no more.")
        assert not redactor.holds_own_secret(clean), kind
        # At most a rest that is shorter than what may be told of a value.
        assert len(re.sub(r"\[redacted\]|[^A-Za-z0-9]", "", clean[25:-9])) < 9 + 0.5 * len(hidden)


@pytest.mark.promise("Pieces that are divided over several remarks or answers are put together.")
def test_pieces_that_stand_apart_are_put_together():
    """Over the fields of a remark, over remarks, and over several replies."""
    value = SECRETS["token of the job"]
    redactor = Redactor([value])
    first = f"Title: use {value[:8]} here. Message: then {value[8:16]}, later {value[16:22]}."
    second = f"Another remark takes {value[22:30]}; the last one {value[30:40]} instead."
    assert not redactor.holds_own_secret(first + second)
    pieces = redactor.own_pieces(first)
    assert not redactor.is_own_secret(pieces)
    assert redactor.is_own_secret(pieces | redactor.own_pieces(second))
    turned = ", or ".join(value[::-1][start : start + 7] for start in range(0, len(value), 7))
    assert redactor.is_own_secret(redactor.own_pieces(turned))


ORDINARY = {
    "words": "production-database-password",
    "a version": "python-3.12-ubuntu-latest",
    "a name": "MyCompanyDeploymentCredentials",
    "a host": "smtp.mail.example.com:587",
    "a folder": "C:/Users/runneradmin/AppData",
}


def test_a_value_made_of_words_is_blanked_where_it_stands_as_it_is_and_nowhere_else():
    redactor = Redactor(ORDINARY.values())
    for value in ORDINARY.values():
        assert redactor.text(f"x {value} y") == "x [redacted] y"
    for text in ("production database", "python312 on ubuntu-latest", "MyCompanyDeployment"):
        assert redactor.text(text) == text


def test_this_package_and_its_documents_hold_no_secret_of_any_job():
    """Real text: a hundred values, a megabyte of code and prose, and not one false hit."""
    values = [drawn(count) for count in (12, 16, 20, 24, 40, 64, 100, 160) for _ in range(12)]
    redactor = Redactor([*values, *ORDINARY.values()])
    texts = [path.read_text() for path in ROOT.glob("codeflow_action/engine/*.py")]
    texts += [path.read_text() for path in ROOT.glob("docs/*.md")]
    assert len(texts) > 30
    everything = "\n".join(texts)
    assert not redactor.holds_own_secret(everything)
    assert not redactor.is_own_secret(redactor.own_pieces(everything))


@pytest.mark.parametrize("value", ["signed token", "hex"])
def test_what_all_tokens_of_a_kind_share_is_no_secret(value):
    redactor = Redactor(SECRETS.values())
    header = SECRETS["signed token"].partition(".")[0]
    assert not redactor.holds_own_secret(f"every one begins with {header}")
    assert redactor.holds_own_secret(SECRETS[value])


def test_a_value_of_megabytes_is_looked_for_as_it_is_alone():
    """Else a folder of keys in one variable would fill the memory with what is looked for."""
    long = drawn(60_000)
    redactor = Redactor([long, SECRETS["hex"]])
    assert long[:64] not in redactor.text(f"x {long} y")
    assert redactor.holds_own_secret(SECRETS["hex"][::-1])
