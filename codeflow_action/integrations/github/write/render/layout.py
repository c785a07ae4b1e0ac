"""What all texts of a run share: how long they may be, how a count is written, what folds."""

from collections.abc import Iterable

from codeflow_action.security import untrusted

MAX_BODY = 65_000  # characters; GitHub takes 65,536, and counts some of them otherwise
MAX_TEXT = 30_000  # characters of a stranger's text before it is written as Markdown


def prose(text: str, room: int) -> str:
    """Return a stranger's text as Markdown of at most `room` characters: cut first, then written.

    A text that grows too much when it is written anew is cut shorter: what acts in Markdown takes
    up to thirty times its own length as code.
    """
    for limit in (min(room, MAX_TEXT), room // 8, room // 32):
        cut = text if len(text) <= limit else f"{text[:limit]}…"
        markdown = untrusted.markdown(cut)
        if len(markdown) <= room:
            return markdown
    return ""


def fold(title: str, body: str) -> str:
    """Return what shows its title alone until somebody opens it; the title is HTML of ours."""
    # Blank lines, else GitHub reads no Markdown inside: https://spec.commonmark.org/0.31.2/#html-blocks
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def small(text: str) -> str:
    """Return a line in small print."""
    return f"<sub>{text}</sub>"


def paragraphs(parts: Iterable[str]) -> str:
    """Return the parts that are not empty, a blank line between them."""
    return "\n\n".join(part for part in parts if part)


def lines_in_room(lines: Iterable[str], room: int) -> list[str]:
    """Return the first lines that fit into `room` characters together."""
    kept_lines: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept_lines.append(line)
    return kept_lines
