"""A control: one remark that is false, as code knows, among those that a prompt has judged.

Whoever confirms it has not looked at the code, and what else the same answer says does not count.
It is made of the code that the prompt shows, so that it differs from prompt to prompt, and has the
form of any remark. Nobody is ever shown it.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise

from pydantic import TypeAdapter

from codeflow_action.actions.pr_reviewer.exhibits import Exhibit
from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.review.syntax import DefinitionKind
from codeflow_action.review.units import Unit, UnitRow

LEAST_REMARKS = 3  # in a prompt; beside one or two, a further one would change what is asked
CONTROL = -1  # the index of an exhibit that is none of the findings
_NEAR = 8  # rows: what shows that it is false can be read wherever the remark can
_CALL = regex(r"(?<![\w$])([A-Za-z_$][\w$]{4,60})\(")
_KEYWORDS = frozenset({"assert", "catch", "elseif", "foreach", "function", "return", "switch"})
_COMMENT = regex(r"\s*(?:#|//|/\*|\*|--|<!--)")
# By language and by what is false: title, what is wrong, and the case; `{}` is a name of the code.
_WORDINGS = TypeAdapter(dict[str, dict[str, tuple[tuple[str, str, str], ...]]])


@cache
def _wordings() -> dict[str, dict[str, tuple[tuple[str, str, str], ...]]]:
    text = resources.files(__package__).joinpath("control_wordings.json").read_text("utf-8")
    return _WORDINGS.validate_json(text)


def with_control(exhibits: Sequence[Exhibit], language: str = "en") -> dict[int, Exhibit]:
    """Return the exhibits by the number that a prompt gives them, and a control among them.

    There is none among less than three, or where no shown code is fit to make one of. Equal prompts
    have equal ones, so that answers can be kept. It is worded in `language` (BCP 47), as the others
    are, and in English where we have no words of that.
    """
    entries = list(exhibits)
    if len(entries) >= LEAST_REMARKS:
        words = "\n".join(f"{exhibit.finding.title}\n{exhibit.finding.code}" for exhibit in entries)
        seed = int.from_bytes(hashlib.sha256(words.encode("utf-8", "replace")).digest()[:8])
        if controls := [
            control for exhibit in entries for control in _controls(exhibit, seed, language)
        ]:
            entries.insert(seed % (len(entries) + 1), controls[seed % len(controls)])
    return dict(enumerate(entries))


def _controls(exhibit: Exhibit, seed: int, language: str) -> Iterator[Exhibit]:
    """Yield what could be said of the code around a finding and is false."""
    wordings = _wordings()
    of_language = wordings.get(language.lower().partition("-")[0], wordings["en"])
    no_definition, no_call = of_language["no_definition"], of_language["no_call"]
    for unit in exhibit.units:
        for row, name in _defined_names(exhibit, unit):
            yield _control(exhibit, row, name, no_definition[seed // 7 % len(no_definition)])
        for row, name in _standing_calls(unit):
            yield _control(exhibit, row, name, no_call[seed // 7 % len(no_call)])


def _defined_names(exhibit: Exhibit, unit: Unit) -> Iterator[tuple[UnitRow, str]]:
    """Yield added rows that use a name, with its definition some rows above or below."""
    syntax = exhibit.source.syntax if exhibit.source else None
    shown_lines = {row.number: index for index, row in enumerate(unit.rows) if _is_of_head(row)}
    for definition in syntax.definitions if syntax else ():
        index = shown_lines.get(definition.name_line)
        if index is None or definition.kind is not DefinitionKind.FUNCTION:
            continue
        for row in unit.rows[max(0, index - _NEAR) : index + _NEAR + 1]:
            names = _CALL.findall(row.code)
            if _is_fit(row) and row.number != definition.name_line and definition.name in names:
                yield row, definition.name


def _standing_calls(unit: Unit) -> Iterator[tuple[UnitRow, str]]:
    """Yield added rows beside one that calls something, of which no row was removed."""
    removed_code = "\n".join(row.code for row in unit.rows if row.side is Side.LEFT)
    for row, beside in pairwise(unit.rows):
        call = _CALL.search(beside.code) if _is_of_head(beside) else None
        is_code = call is not None and not _COMMENT.match(beside.code)
        if call and is_code and _is_fit(row) and call[1] not in _KEYWORDS:
            is_definition = re.search(rf"\b(?:def|func|fn|function)\s+{call[1]}\b", beside.code)
            if call[1] not in removed_code and not is_definition:
                yield row, call[1]


def _is_of_head(row: UnitRow) -> bool:
    return row.side is Side.RIGHT and row.number > 0


def _is_fit(row: UnitRow) -> bool:
    """True for an added line with code, as remarks are about."""
    return row.counts and _is_of_head(row) and len(row.code.strip()) > len("return")


def _control(exhibit: Exhibit, row: UnitRow, name: str, wording: Sequence[str]) -> Exhibit:
    title, message, scenario = (text.format(name) for text in wording)
    finding = Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path=exhibit.finding.path,
        line=row.number,
        title=title,
        message=f"{message}\n\n{scenario}",
        evidence=Evidence.QUOTED,
        sources=exhibit.finding.sources,
        rule=exhibit.finding.rule,
        code=row.code,
    )
    return replace(exhibit, index=CONTROL, finding=finding, code=(), proof="", rule="")


def is_control(title: str) -> bool:
    """True for a remark that is titled as controls are; stand-ins for models go by that."""
    forms = (
        title_form
        for of_language in _wordings().values()
        for wordings in of_language.values()
        for title_form, *_ in wordings
    )
    patterns = (re.escape(title_form).replace(r"\{\}", r"[\w$]+") for title_form in forms)
    return any(re.fullmatch(pattern, title) for pattern in patterns)
