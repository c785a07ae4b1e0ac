"""Talks to the runner: outputs, step summary, annotations and masks, by its own grammar.

Limits and escapes are those of actions/runner (FileCommandManager.cs, ActionCommandManager.cs) and
actions/toolkit (command.ts, file-command.ts).
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.security.untrusted import annotation_data, annotation_property

MAX_SUMMARY = 1_000_000  # bytes; the runner takes 1,048,576 and drops a longer one whole
MAX_PER_TYPE = 10  # annotations of one severity that a step may give
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


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
    """Append to a file command's file. Raises `OSError`."""
    with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)


def fit_summary(markdown: str) -> str:
    """Return the summary cut at whole lines to what the runner takes, with a note when it is."""
    raw = markdown.encode("utf-8", "replace")
    if len(raw) <= MAX_SUMMARY:
        return raw.decode("utf-8")
    note = "\n\nThis summary was cut; the report file holds all of it.\n"
    kept = raw[: MAX_SUMMARY - len(note)].decode("utf-8", "ignore")
    return kept.rpartition("\n")[0] + note


def command(name: str, message: str, properties: Mapping[str, str | int] | None = None) -> str:
    """Return one workflow command's line."""
    given = ",".join(
        f"{key}={annotation_property(str(value))}"
        for key, value in (properties or {}).items()
        if value not in ("", 0)
    )
    return f"::{name}{' ' + given if given else ''}::{annotation_data(message)}"


def annotation(finding: Finding) -> str:
    """Return the workflow command that annotates the finding's lines.

    A removed line has no place in the head's files, so it is annotated without a line.
    """
    properties: dict[str, str | int] = {"title": f"{finding.title} ({finding.rule})"}
    if finding.path:
        properties["file"] = finding.path
    if finding.line and finding.side == "RIGHT":
        properties |= {"line": finding.line, "endLine": finding.last_line or finding.line}
    return command(finding.severity.value, finding.message, properties)


def annotations(findings: Iterable[Finding]) -> tuple[list[str], int]:
    """Return the lines for at most ten findings of each severity, and how many were left out."""
    lines: list[str] = []
    left: dict[Severity, int] = dict.fromkeys(Severity, MAX_PER_TYPE)
    over = 0
    for finding in findings:
        if left[finding.severity]:
            left[finding.severity] -= 1
            lines.append(annotation(finding))
        else:
            over += 1
    return lines, over


def mask(value: str) -> str:
    """Return the command that makes the runner blank a value in its log, each line of it too."""
    return f"::add-mask::{value.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')}"
