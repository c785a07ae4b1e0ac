"""Reads: places that can only take a name's value. A name that stands elsewhere may be bound.

Told from this side because it cannot be wrong by an omission: a form of binding that nobody
thought of is no plain read.
"""

from codeflow_action.review.syntax.grammars import Parsed, Section, patterns


def names_beside_reads(parsed: Parsed) -> frozenset[str] | None:
    """Return names with an occurrence that is no plain read, None without rules for that."""
    if not any(patterns(parsed.language, Section.READS)):
        return None
    last = parsed.content.count(b"\n") + 1
    captures = parsed.captures(Section.READS, 1, last)
    plain = {node.start_byte for role in ("read", "member") for node in captures.get(role, ())}
    return frozenset(
        parsed.text(node) for node in captures.get("name", ()) if node.start_byte not in plain
    )
