"""Changed files made from two texts, as git's diff would show them."""

from collections.abc import Mapping
from difflib import SequenceMatcher

from codeflow_action.engine.diff import parse_hunks
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.review.units import SourceFile, old_side


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def patch(old: str, new: str, context: int = 3) -> str:
    """Return hunks; lines end at LF alone, as in git (difflib's own writer knows more ends)."""
    before, after = _lines(old), _lines(new)
    out: list[str] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(context):
        first, last = group[0], group[-1]
        old_count, new_count = last[2] - first[1], last[4] - first[3]
        old_start = first[1] + (old_count > 0)
        new_start = first[3] + (new_count > 0)
        out.append(f"@@ -{old_start},{old_count} +{new_start},{new_count} @@")
        for tag, old_at, old_end, new_at, new_end in group:
            if tag == "equal":
                out += [f" {line}" for line in before[old_at:old_end]]
                continue
            out += [f"-{line}" for line in before[old_at:old_end]]
            out += [f"+{line}" for line in after[new_at:new_end]]
    return "\n".join(out)


def changed(old: str, new: str, path: str = "shop/cart.py", **fields: object) -> ChangedFile:
    """Return the file as changed from `old` (empty: it is new) to `new`."""
    status = FileStatus.MODIFIED if old else FileStatus.ADDED
    given: Mapping[str, object] = {"status": status, **fields}
    return ChangedFile(path=path, hunks=parse_hunks(patch(old, new)), **given)


def source(old: str, new: str, path: str = "shop/cart.py") -> SourceFile:
    """Return the change as a model may see it, nothing masked."""
    file = changed(old, new, path)
    return SourceFile.of(file, new, old_side(file))


def numbered(count: int, **other: str) -> str:
    """Return `line 1` … `line N`; `l5="…"` puts something in the place of line 5."""
    return "".join(f"{other.get(f'l{at}', f'line {at}')}\n" for at in range(1, count + 1))
