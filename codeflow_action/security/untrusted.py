"""Makes strangers' text fit for where it goes: one function for each destination.

A stranger is everybody but this repository's maintainers: the authors of titles, descriptions,
code, file names and comments, other bots, and every model.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

from codeflow_action.engine.lazy import regex
from codeflow_action.security import mermaid
from codeflow_action.security.blocks import BlockReader, write_fence
from codeflow_action.security.invisible import escape_invisible, prose_lines, visible_text
from codeflow_action.security.prose import (
    BREAK,
    BREAKS,
    break_commands,
    break_references,
    write_code,
    write_html,
    write_line,
)

# A runner looks for the older form of a command anywhere in a line, for the newer at its start:
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_V1_COMMAND = regex(r"##(?=\[)")
_V2_COMMAND = regex(r"((?:^|\r)[^\S\r\n]*):(?=:)", re.MULTILINE)
_MAX_LOG_LINE = 4_000
# What separates the signs of a word that would act, in prose that `markdown` has written.
_LINE_BREAKS = regex(rf"^([^\S\n]*){BREAK}", re.MULTILINE)
# What acts in a page, a runner's log, or a bot's eyes, within the text of JSON. None of it is part
# of JSON's own grammar (https://www.rfc-editor.org/rfc/rfc8259), so it stands in strings alone.
_ACTS_IN_JSON = regex(r"`|@(?=\S)|#(?=[\d\[#])|<(?=[!/?A-Za-z])|(?<=:)/(?=/)|\](?=\()")
# HTML that a page does not show, and what ends it:
# https://spec.commonmark.org/0.31.2/#html-blocks
_UNSEEN = regex(r"<!--|<!\[CDATA\[|<\?|<!(?=[A-Za-z])")
_HTML_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">"}
# https://spec.commonmark.org/0.31.2/#link-reference-definitions
_DEFINITION = regex(
    r"^[ >]{0,8}\[[^\[\]\n]{1,300}\]:[ \t]*\S+"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$\n?",
    re.MULTILINE,
)

_COMMIT = regex(r"[0-9a-f]{7,64}", re.IGNORECASE)


def one_line(text: str, limit: int = 300) -> str:
    """Return one line without invisible characters, cut at `limit` characters."""
    flat = " ".join(prose_lines(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def for_model(label: str, text: str, nonce: Callable[[], str] | None = None) -> str:
    """Return the text in an envelope that its author cannot close.

    The markers carry the label and a tag that does not occur in the text. `nonce` makes the tag,
    for tests and for prompts that must be the same in every run.
    """
    clean = visible_text(text)
    # Made of the text alone, so that equal prompts stay equal and providers' caches hit. To forge
    # it, the author would have to write the text's own SHA-256 into the text.
    tag = nonce() if nonce else hashlib.sha256(clean.encode("utf-8", "replace")).hexdigest()[:16]
    while tag in clean:
        tag = secrets.token_hex(8)
    name = one_line(label, 120).replace(">", "").replace("<", "")
    return f"<<<{tag} {name}\n{clean}\n{tag}>>>"


def without_comments(text: str) -> str:
    """Return Markdown without what its page does not show: readers miss it, a model would obey it.

    That is HTML's comments, declarations and processing instructions, and the definitions of links,
    which people use as comments. One that begins a line and has no end hides all that follows.
    """
    text = prose_lines(text)
    parts: list[str] = []
    start = 0
    for opening in _UNSEEN.finditer(text):
        end = text.find(_HTML_ENDS[opening[0]], opening.start() + 2)
        begins_line = not text[text.rfind("\n", 0, opening.start()) + 1 : opening.start()].strip()
        if opening.start() >= start and (end >= 0 or begins_line):
            parts.append(text[start : opening.start()])
            start = end + len(_HTML_ENDS[opening[0]]) if end >= 0 else len(text)
    return _DEFINITION.sub("", "".join([*parts, text[start:]]))


def markdown(text: str) -> str:
    """Return prose for a GitHub comment, rewritten: text, code, bold, italic and lists.

    It has no raw HTML, images, links, tables or bare addresses, no mentions, no references to
    issues that a closing keyword could act on, and no slash command at the start of a line. Nothing
    is left out: what would act is shown as code.
    """
    return "\n\n".join("\n".join(block) for block in BlockReader().read(text))


def inline(text: str, limit: int = 300, *, in_table: bool = False) -> str:
    """Return one line of prose: titles, names. For a table it is without any bar."""
    return write_line(one_line(text, limit), in_table=in_table)


def title(text: str, limit: int = 200) -> str:
    """Return the title of an issue or a pull request, which GitHub shows as plain text.

    No word of it is a mention or a reference, wherever it is copied to.
    """
    return break_commands(break_references(one_line(text, limit)))


def code_span(text: str, limit: int = 300, *, in_table: bool = False) -> str:
    """Return the text as inline code, empty if nothing in it can be seen; bars as in `inline`."""
    return write_code(one_line(text, limit), in_table=in_table)


def code_block(text: str, info: str = "") -> str:
    """Return the text as a fenced block; `info` is ours."""
    return write_fence(text, re.sub(r"[^A-Za-z0-9+-]", "", info))


def diagram_block(text: str) -> str:
    """Return a diagram that GitHub draws, written anew; empty unless it is of a small subset.

    `security/mermaid.py` has the subset. Nothing in it links, styles, or configures the renderer.
    """
    diagram = mermaid.rewrite(prose_lines(text))
    return code_block(diagram, "mermaid") if diagram else ""


def fold_title(text: str, limit: int = 120) -> str:
    """Return one line of prose for the `<summary>` of a fold, which is HTML and no Markdown."""
    return write_html(one_line(text, limit))


def suggestion_block(text: str) -> str:
    """Return a suggestion's block with the text as it is, empty if it cannot be shown like that.

    A click applies exactly what was checked, so it is shown character for character or not at all.
    """
    return "" if why_unfit(text) else code_block(text, "suggestion")


def why_unfit(text: str) -> str:
    """Return why GitHub cannot be handed this text as a suggestion, empty when it can."""
    if prose_lines(text) != text:
        return "holds characters that cannot be seen"
    if BREAKS.search(text):
        return "holds a line that a bot would obey"
    return ""


def path(text: str) -> str:
    """Return a path for people: what cannot be seen is written as an escape."""
    return escape_invisible(text, "\u2028\u2029")  # which end a line for some readers


def for_runner(text: str) -> str:
    """Return text for a step's output, with nothing in it that a runner takes for a command."""
    return _V2_COMMAND.sub(r"\1: ", _V1_COMMAND.sub("# #", text))


def json_for_runner(text: str) -> str:
    """Return JSON with the same values, in which no runner sees a command."""
    return _V1_COMMAND.sub(r"\\u0023#", text)


def log_line(text: str, limit: int = _MAX_LOG_LINE) -> str:
    """Return one line for the log: no command to a runner, no escape sequence to a terminal."""
    return for_runner(one_line(text, limit))


def annotation_data(text: str, limit: int = 4_000) -> str:
    """Return a message for a workflow command, as the toolkit's `escapeData` does.

    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    clean = _V1_COMMAND.sub("# #", visible_text(text)[:limit])
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str, limit: int = 1_000) -> str:
    """Return a property of a workflow command, as `escapeProperty` does, without any `##[`."""
    clean = annotation_data(one_line(text, limit))
    return clean.replace(":", "%3A").replace(",", "%2C")


def terminal(text: str) -> str:
    """Return lines for a terminal: no escape sequences, no invisible characters."""
    return visible_text(text)


def prose_for_agent(text: str, limit: int) -> str:
    """Return prose for an agent that reads it as data: what `markdown` writes, and all visible.

    At most `limit` characters are taken, and fewer where they would grow to more than twice that.
    """
    for length in (limit, limit // 8, limit // 32):
        prose = markdown(text if len(text) <= length else f"{text[:length]}…")
        if len(prose) <= 2 * limit:
            break
    return _with_visible_breaks(prose[: 2 * limit])


def line_for_agent(text: str, limit: int = 200) -> str:
    """Return one line of prose for an agent, such as a title."""
    return _with_visible_breaks(inline(text, limit))


def code_for_agent(text: str) -> str:
    """Return code for an agent, as it is where it can be: the rest is escapes, or broken visibly.

    Lines end with LF; tabs stay.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    code = "\n".join("\t".join(map(path, line.split("\t"))) for line in lines)
    return _with_visible_breaks(break_commands(code))


def name_for_agent(text: str, limit: int = 200) -> str:
    """Return a name, such as that of a tool or a rule, as one visible line without addresses."""
    return re.sub(r":(?=//)|\](?=\()", r"\g<0> ", one_line(path(text), limit))


def _with_visible_breaks(text: str) -> str:
    """Return a text that was made for GitHub, kept apart where it would act by what can be seen.

    An agent may repeat what it reads where a bot looks for commands. But what cannot be seen is
    what hidden orders are made of, so a reader of the hand-off should meet none at all.
    """
    return _LINE_BREAKS.sub(r"\1\\", text).replace(BREAK, " ")


def json_for_agent(text: str) -> str:
    """Return JSON with the same values, in which nothing acts, in a page, a log or a fence.

    The text has to be ASCII, as `json.dumps` writes it.
    """
    return _ACTS_IN_JSON.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
