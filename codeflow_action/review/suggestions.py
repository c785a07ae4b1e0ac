"""A suggestion is applied in memory and parsed before anyone sees it.

Where no parser knows the language (Markdown, text, HTML, SQL and others), its white space is held
to that of the lines that it replaces, and whoever shows it says that it was not parsed.
"""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Finding, Suggestion
from codeflow_action.review.anchoring import Anchor
from codeflow_action.review.syntax import Syntax, language_of, read_syntax
from codeflow_action.review.units import split_lines
from codeflow_action.review.well_formed import ParseResult, parse
from codeflow_action.review.well_formed import language_of as parsed_as
from codeflow_action.security.untrusted import why_unfit

_MASK = "[redacted"  # how masked secrets begin: applied, it would stand in the secret's place


def check_suggestion(
    replacement: str, anchor: Anchor, path: str, head: str
) -> tuple[Suggestion | None, str]:
    """Return the suggestion, or None and why it is not shown.

    `head` is the whole file as it stands. The suggestion must stand on whole lines of the head
    inside the diff, change something, keep the first line's indentation, leave a file that
    parses, and be fit to be shown sign for sign: what is proven here is what a click applies. Where
    nobody can parse it (`has_parser`), all of its indentation must fit. An empty one is none:
    models mean that they have none, not that the code should go.
    """
    new, old = split_lines(replacement), split_lines(anchor.code)
    reasons = {
        "not on lines of the head that the diff shows": anchor.side is Side.LEFT
        or not anchor.in_diff,
        "replaces other lines than the quoted ones": anchor.is_clipped or not anchor.match.is_whole,
        "empty": not any(line.strip() for line in new),
        "touches a secret that was masked": any(_MASK in line for line in (*new, *old)),
        "changes nothing": [line.rstrip() for line in new] == [line.rstrip() for line in old],
        "changes the indentation of its first line": _indent(new) != _indent(old),
    }
    if why_not := next((reason for reason, holds in reasons.items() if holds), ""):
        return None, why_not
    if not has_parser(path) and (why_not := _why_out_of_line(new, old)):
        return None, why_not
    lines = head.split("\n")
    new_head = "\n".join([*lines[: anchor.line - 1], *new, *lines[anchor.end_line :]])
    if why_not := _why_unreadable(path, head, new_head, anchor):
        return None, why_not
    text = "\n".join(new)
    if why_not := why_unfit(text):
        return None, why_not
    return Suggestion(start_line=anchor.line, end_line=anchor.end_line, replacement=text), ""


def has_parser(path: str) -> bool:
    """True when a suggestion for the file is parsed before it is shown."""
    return bool(parsed_as(path) or language_of(path))


def without_overlaps(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings; of suggestions that touch a line both, only the first one's stays.

    GitHub applies one suggestion a line, and the other would then be outdated.
    """
    taken_lines: set[tuple[str | None, int]] = set()
    settled_findings: list[Finding] = []
    for finding in findings:
        span = finding.suggestion
        numbers = range(span.start_line, span.end_line + 1) if span else ()
        lines = {(finding.path, line) for line in numbers}
        is_free = not lines & taken_lines
        taken_lines |= lines if is_free else set()
        settled_findings.append(
            finding if is_free else finding.model_copy(update={"suggestion": None})
        )
    return tuple(settled_findings)


def _indent(lines: Sequence[str]) -> str:
    """Return the white space that the first line begins with."""
    line = lines[0] if lines else ""
    return line[: len(line) - len(line.lstrip())]


def _why_out_of_line(new: Sequence[str], old: Sequence[str]) -> str:
    """Return why the new lines cannot stand where the old ones do, empty when they can."""
    new, old = ([line for line in lines if line.strip()] for lines in (new, old))
    new_indents, old_indents = ([_indent([line]) for line in lines] for lines in (new, old))
    least = min(old_indents, key=len, default="")
    if not all(indent.startswith(least) for indent in new_indents):
        return "stands left of the lines that it replaces"
    if not set("".join(new_indents)) <= (set("".join(old_indents)) or {" ", "\t"}):
        return "is indented by other white space"
    # What stays keeps its levels; a block around it may move it as a whole.
    matcher = SequenceMatcher(
        None, [line.strip() for line in old], [line.strip() for line in new], autojunk=False
    )
    shifts = {
        len(new_indents[block.b + step]) - len(old_indents[block.a + step])
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }
    return "moves lines against each other" if len(shifts) > 1 else ""


def _why_unreadable(path: str, head: str, new_head: str, anchor: Anchor) -> str:
    """Return why the changed file cannot be taken for one that parses, empty when it can."""
    # These know their language whole. Others go by their grammar, which may lag behind the
    # language: only new errors count there.
    if parsed_as(path):
        result = parse(path, new_head.encode("utf-8", "replace"))
        if isinstance(result, ParseResult) and result.kind:
            return f"the file is {result.kind}, which nobody can check"
        is_sound = isinstance(result, ParseResult) and not result.error
        return "" if is_sound else "the file would no longer parse"
    if not has_parser(path):
        return ""
    before, after = _syntax(path, head), _syntax(path, new_head)
    if before is None or after is None:
        return "the file is too large or too deep to be parsed"
    if any(
        error.line <= anchor.end_line and anchor.line <= error.end_line for error in before.errors
    ):
        return "its grammar cannot read these lines as they stand"
    # Lines count too: one error node may swallow what used to be read.
    lines_before, lines_after = (
        sum(error.end_line - error.line for error in syntax.errors) for syntax in (before, after)
    )
    is_worse = len(after.errors) > len(before.errors) or lines_after > lines_before
    return "the file would no longer parse" if is_worse else ""


def _syntax(path: str, text: str) -> Syntax | None:
    syntax = read_syntax(path, text.encode("utf-8", "replace"))
    return syntax if isinstance(syntax, Syntax) else None
