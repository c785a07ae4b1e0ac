"""Strangers' text, made fit for where it goes: one function per destination, nothing around them.

Strangers are everybody but this repository's maintainers: authors of titles, descriptions, code,
file names and comments, other bots, and every model.
"""

import hashlib
import html
import re
import secrets
import unicodedata
from collections.abc import Callable

# Controls, format characters (bidirectional overrides, zero-width, tags), surrogates, private use.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
# GitHub looks for mentions and references in the rendered text, where an entity is a character
# again; a zero-width space after the sign is what keeps them from acting.
_BREAK = "\u200b"
_REFERENCE = re.compile(r"(?<!&)#(?=\d)|\bGH(?=-\d)", re.IGNORECASE)
_SCHEME = re.compile(
    r"([a-z][a-z0-9+.-]{0,30}):(?://)+|\b(mailto|data|javascript|vbscript):(?=\S)", re.IGNORECASE
)
_WWW = re.compile(r"\bwww\.(?=\S)", re.IGNORECASE)
_COMMAND = re.compile(r"^(\s*)/(?=\w)", re.MULTILINE)
_V1_COMMAND = re.compile(r"##\[")
_V2_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
_MAX_LOG_LINE = 4_000


def _visible(text: str, keep: str = "") -> str:
    """Remove characters that cannot be seen, but for those in `keep`."""
    return "".join(
        char
        for char in text
        if char in keep or unicodedata.category(char) not in _HIDDEN_CATEGORIES
    )


def visible_text(text: str) -> str:
    """Return several lines without hidden characters; line breaks are LF, tabs stay."""
    return _visible(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")


def one_line(text: str, limit: int = 300) -> str:
    """Return one line without hidden characters, cut at `limit` characters."""
    flat = " ".join(_visible(text, keep="\n\t\r").split())
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


def _stable_tag(text: str) -> Callable[[], str]:
    """Return a tag that depends on the text alone, so that equal prompts stay equal (caches).

    Its author would have to write the text's own SHA-256 into it to forge it.
    """
    return lambda: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def markdown(text: str) -> str:
    """Return prose for a GitHub comment: emphasis and code stay, nothing acts.

    No raw HTML, images, links or bare addresses, no mentions, no references to issues, no closing
    keywords that could bind to one, no slash command at the start of a line. Code in backticks
    stays code, with nothing hidden in it.
    """
    clean = visible_text(text).strip()
    out: list[str] = []
    at = 0
    for start, end, code in _code_spans(clean):
        out.append(_prose(clean[at:start]))
        if "\n" in code:
            out.append(f"\n{code_block(_COMMAND.sub(rf'\1{_BREAK}/', code))}\n")
        else:
            out.append(code_span(code))
        at = end
    out.append(_prose(clean[at:]))
    return "".join(out)


def _code_spans(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and inside of every closed code span or fence (CommonMark 6.1)."""
    spans: list[tuple[int, int, str]] = []
    at = 0
    while (opening := re.compile(r"`+").search(text, at)) is not None:
        closing = re.compile(rf"(?<!`){opening[0]}(?!`)").search(text, opening.end())
        if closing is None:
            at = opening.end()
            continue
        inside = text[opening.end() : closing.start()]
        if len(opening[0]) >= 3:  # a fence: its first line names a language
            inside = inside.partition("\n")[2].removesuffix("\n") if "\n" in inside else inside
        spans.append((opening.start(), closing.end(), inside))
        at = closing.end()
    return spans


def _prose(text: str) -> str:
    """Make what is not code inert; every character that remains is shown as it was written."""
    # An address stays readable without being a link: its scheme loses the colon.
    text = _SCHEME.sub(lambda match: f"{match[1] or match[2]} ", text)
    text = text.replace("://", f":{_BREAK}//")  # what has no scheme that we know
    text = html.escape(text, quote=False)
    text = re.sub(r"!(?=\[)", "&#33;", text)
    text = text.replace("[", "&#91;").replace("]", "&#93;").replace("`", "&#96;")
    text = text.replace("~~~", "&#126;&#126;&#126;")  # would open a fence to the comment's end
    text = _COMMAND.sub(r"\1&#47;", text)
    text = _WWW.sub(f"www{_BREAK}.", text)
    text = _REFERENCE.sub(lambda match: match[0] + _BREAK, text)
    return text.replace("@", f"@{_BREAK}")


def inline(text: str, limit: int = 300) -> str:
    """Return one line of prose with no formatting at all: titles, names."""
    flat = _prose(one_line(text, limit).replace("`", "'"))
    return re.sub(r"([*_~|\\])", r"\\\1", flat)


def code_span(text: str, limit: int = 300) -> str:
    """Return the text as inline code, delimited by more backticks than it holds in a row."""
    flat = one_line(text, limit)
    if not flat:
        return ""
    runs = [len(run) for run in re.findall(r"`+", flat)]
    ticks = "`" * (max(runs, default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def code_block(text: str, info: str = "") -> str:
    """Return the text as a fenced block whose fence is longer than any inside."""
    clean = visible_text(text)
    longest = max((len(run) for run in re.findall(r"`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{re.sub(r'[^A-Za-z0-9+-]', '', info)}\n{clean}\n{fence}"


def table_cell(rendered: str) -> str:
    """Return already safe inline Markdown fit for a table: no bar or line break ends the cell."""
    return re.sub(r"(?<!\\)\|", r"\\|", rendered.replace("\n", " "))


def path(text: str) -> str:
    """Return a path for people: whatever cannot be seen is written as an escape."""
    return "".join(
        char if unicodedata.category(char) not in _HIDDEN_CATEGORIES else _escape(char)
        for char in text
    )


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) > 0xFF else f"\\x{ord(char):02x}"


def log_line(text: str, limit: int = _MAX_LOG_LINE) -> str:
    """Return one line for the log that no runner takes for a command, and no terminal obeys."""
    flat = one_line(text, limit)
    return _V2_COMMAND.sub(r"\1: :", _V1_COMMAND.sub("# #[", flat))


def annotation_data(text: str, limit: int = 4_000) -> str:
    """Return a message for a workflow command (actions/toolkit: command.ts, escapeData)."""
    clean = _V1_COMMAND.sub("# #[", visible_text(text)[:limit])
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str, limit: int = 1_000) -> str:
    """Return a property of a workflow command (escapeProperty); `##[` cannot start one in it."""
    clean = annotation_data(one_line(text, limit))
    return clean.replace(":", "%3A").replace(",", "%2C")


def terminal(text: str) -> str:
    """Return lines for a terminal: no escape sequences, no hidden characters."""
    return visible_text(text)
