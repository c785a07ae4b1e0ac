"""Talks to the runner: outputs, step summary, commands and masks, by its own grammar.

Whoever writes these may be small: nothing of the engine is imported. Limits and escapes are those
of actions/runner (FileCommandManager.cs, ActionCommandManager.cs) and actions/toolkit (command.ts,
file-command.ts).
"""

import contextlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from codeflow_action.engine.lazy import regex
from codeflow_action.security.untrusted import annotation_data, annotation_property

MAX_SUMMARY = 1_000_000  # bytes; the runner takes 1,048,576 and drops a longer one whole
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_-]*")


def outputs_text(outputs: Mapping[str, str]) -> str:
    """Return the outputs in the runner's file format, each between delimiters nobody can guess."""
    blocks: list[str] = []
    for name, value in outputs.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be an output's name")
        delimiter = f"codeflow_{secrets.token_hex(16)}"
        clean = value.replace("\r\n", "\n").replace("\r", "\n")
        blocks.append(f"{name}<<{delimiter}\n{clean}\n{delimiter}\n")
    return "".join(blocks)


def append(path: Path, text: str) -> None:
    """Append to a file command's file, all of it or nothing: half a block spoils the whole file.

    Raises `OSError`.
    """
    with path.open("ab", buffering=0) as file:
        before = file.tell() if file.seekable() else None
        data = memoryview(text.encode("utf-8", "replace"))
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            if before is not None:
                with contextlib.suppress(OSError):  # the first error says more
                    file.truncate(before)
            raise


def fit_summary(markdown: str) -> str:
    """Return the summary cut at whole lines to what the runner takes, with a note when it is."""
    raw = markdown.encode("utf-8", "replace")
    if len(raw) <= MAX_SUMMARY:
        return raw.decode("utf-8")
    note = "\n\nThis summary was cut; the report file holds all of it.\n"
    text = raw[: MAX_SUMMARY - len(note)].decode("utf-8", "ignore")
    return text.rpartition("\n")[0] + note


def command(name: str, message: str, properties: Mapping[str, str | int] | None = None) -> str:
    """Return one workflow command's line."""
    pairs = ",".join(
        f"{key}={annotation_property(str(value))}"
        for key, value in (properties or {}).items()
        if value not in ("", 0)
    )
    return f"::{name}{' ' + pairs if pairs else ''}::{annotation_data(message)}"


def mask(value: str) -> str:
    """Return the command that makes the runner blank a value in its log, each line of it too."""
    return f"::add-mask::{value.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')}"
