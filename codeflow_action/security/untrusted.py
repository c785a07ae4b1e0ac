"""Strangers' text, made fit for where it goes: one function per destination, nothing around them.

Strangers are everybody but this repository's maintainers: authors of titles, descriptions, code,
file names and comments, other bots, and every model.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

from codeflow_action.security.blocks import write_blocks, write_fence
from codeflow_action.security.invisible import escaped, prose_lines, visible_lines
from codeflow_action.security.prose import BREAKS, write_code, write_line

# actions/runner, ActionCommand.cs: the older form is searched for anywhere in a line, the newer
# stands after white space.
_V1_COMMAND = re.compile(r"##(?=\[)")
_V2_COMMAND = re.compile(r"((?:^|\r)[^\S\r\n]*):(?=:)", re.MULTILINE)
_MAX_LOG_LINE = 4_000
# HTML that a page does not show, and what ends it.
_UNSEEN = re.compile(r"<!--|<!\[CDATA\[|<\?|<!(?=[A-Za-z])")
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">"}
_DEFINITION = re.compile(
    r"^[ >]{0,8}\[[^\[\]\n]{1,300}\]:[ \t]*\S+"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$\n?",
    re.MULTILINE,
)


def visible_text(text: str) -> str:
    """Return several lines without hidden characters; line breaks are LF, tabs stay."""
    return visible_lines(text)


def one_line(text: str, limit: int = 300) -> str:
    """Return one line without hidden characters, cut at `limit` characters."""
    flat = " ".join(prose_lines(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def for_model(label: str, text: str, nonce: Callable[[], str] | None = None) -> str:
    """Return the text in an envelope that its author cannot close.

    The markers carry the text's own label and a tag that does not occur in the text; `nonce` makes
    the tag and is passed for tests and for prompts that must be the same in every run.
    """
    clean = visible_text(text)
    tag = (nonce or _stable_tag(clean))()
    while tag in clean:
        tag = secrets.token_hex(8)
    name = one_line(label, 120).replace(">", "").replace("<", "")
    return f"<<<{tag} {name}\n{clean}\n{tag}>>>"


def without_comments(text: str) -> str:
    """Return Markdown without what its page does not show: what readers miss, models would obey.

    That is comments, declarations and instructions of HTML, and definitions of links, which serve
    as comments (CommonMark 4.6, 4.7). What begins a line and has no end hides all that follows.
    """
    text = prose_lines(text)
    kept: list[str] = []
    start = 0
    for opening in _UNSEEN.finditer(text):
        end = text.find(_ENDS[opening[0]], opening.start() + 2)
        begins_line = not text[text.rfind("\n", 0, opening.start()) + 1 : opening.start()].strip()
        if opening.start() >= start and (end >= 0 or begins_line):
            kept.append(text[start : opening.start()])
            start = end + len(_ENDS[opening[0]]) if end >= 0 else len(text)
    return _DEFINITION.sub("", "".join([*kept, text[start:]]))


def _stable_tag(text: str) -> Callable[[], str]:
    """Return a tag that depends on the text alone, so that equal prompts stay equal (caches).

    Its author would have to write the text's own SHA-256 into it to forge it.
    """
    return lambda: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def markdown(text: str) -> str:
    """Return prose for a GitHub comment, written anew: text, code, bold, italic and lists.

    No raw HTML, images, links, tables or bare addresses, no mentions, no references to issues, no
    closing keywords that could bind to one, no slash command at the start of a line. Nothing is
    left out; what would act is shown as code.
    """
    return write_blocks(text)


def inline(text: str, limit: int = 300) -> str:
    """Return one line of prose: titles, names. Not for tables."""
    return write_line(one_line(text, limit))


def table_cell(text: str, limit: int = 300) -> str:
    """Return one line of prose without any bar, fit for a table."""
    return write_line(one_line(text, limit), in_table=True)


def code_span(text: str, limit: int = 300) -> str:
    """Return the text as inline code, empty when there is nothing to see in it. Not for tables."""
    return write_code(one_line(text, limit))


def code_cell(text: str, limit: int = 300) -> str:
    """Return the text as inline code without any bar, fit for a table."""
    return write_code(one_line(text, limit), in_table=True)


def code_block(text: str, info: str = "") -> str:
    """Return the text as a fenced block; `info` is ours."""
    return write_fence(text, re.sub(r"[^A-Za-z0-9+-]", "", info))


def suggestion_block(text: str) -> str:
    """Return a suggestion's block with the text as it is, empty when it cannot be shown so.

    What was proven is what a click applies: it is shown sign for sign or not at all.
    """
    return "" if why_unfit(text) else code_block(text, "suggestion")


def why_unfit(text: str) -> str:
    """Return why GitHub cannot be handed this text as a suggestion, empty when it can."""
    if prose_lines(text) != text:
        return "holds characters that cannot be seen"
    if BREAKS.search(text):
        return "holds a line that robots would obey"
    return ""


def path(text: str) -> str:
    """Return a path for people: whatever cannot be seen is written as an escape."""
    return escaped(text)


def for_runner(text: str) -> str:
    """Return what goes to a step's output, with nothing in it that a runner takes for a command."""
    return _V2_COMMAND.sub(r"\1: ", _V1_COMMAND.sub("# #", text))


def json_for_runner(text: str) -> str:
    """Return JSON with the same values of which no line is a command to a runner."""
    return _V1_COMMAND.sub(r"\\u0023#", text)


def log_line(text: str, limit: int = _MAX_LOG_LINE) -> str:
    """Return one line for the log that no runner takes for a command, and no terminal obeys."""
    return for_runner(one_line(text, limit))


def annotation_data(text: str, limit: int = 4_000) -> str:
    """Return a message for a workflow command (actions/toolkit: command.ts, escapeData)."""
    clean = _V1_COMMAND.sub("# #", visible_text(text)[:limit])
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str, limit: int = 1_000) -> str:
    """Return a property of a workflow command (escapeProperty); `##[` cannot start one in it."""
    clean = annotation_data(one_line(text, limit))
    return clean.replace(":", "%3A").replace(",", "%2C")


def terminal(text: str) -> str:
    """Return lines for a terminal: no escape sequences, no hidden characters."""
    return visible_text(text)
