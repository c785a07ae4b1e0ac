"""Claims about made-up repositories, and what comes of them."""

import asyncio
import re

from codeflow_action.engine.diff import Side
from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.ports import Absent, Hit, Search
from codeflow_action.review.proof import (
    Claim,
    ClaimKind,
    NoProof,
    Proof,
    ProofContext,
    Refutation,
    prove_all,
)
from tests.review.changes import changed


class Files:
    """A tree of texts by path. `seen` is the share of files that a search looks at."""

    sha = ""

    def __init__(self, files, *, searches=True, lists=True, seen=1.0):
        self.files = {
            path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()
        }
        self.searches, self.lists, self.seen = searches, lists, seen
        self.asked = []

    async def read_many(self, paths):
        self.asked.append("read_many")
        return {path: self.files.get(path, Absent.MISSING) for path in paths}

    async def list(self):
        self.asked.append("list")
        return tuple(sorted(self.files)) if self.lists else None

    async def search(self, names, within):
        self.asked.append("search")
        if not self.searches:
            return None
        looked = [path for path in within if path in self.files]
        looked = looked[: int(len(looked) * self.seen)]
        hits = [
            Hit(path=path, line=at, text=line, name=name)
            for path in looked
            for at, line in enumerate(
                self.files[path].decode("utf-8", "replace").split("\n"), start=1
            )
            for name in dict.fromkeys(re.findall(r"\w+", line))
            if name in names
        ]
        return Search(hits=tuple(hits), searched=len(looked), of=len(within))


def _text(content):
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def context(head, base=None, not_run=(), **limits):
    """Return a change from `base` to `head`; without a base, all files stay as they are.

    `not_run` are lines of the first file that tests did not run.
    """
    first = UncoveredLines(path=next(iter(head)), lines=tuple(not_run), reachable=len(not_run))
    base = head if base is None else base
    files = tuple(
        changed(_text(base.get(path, "")), _text(head.get(path, "")), path)
        for path in sorted({*head, *base})
        if head.get(path) != base.get(path)
    )
    coverage = LineCoverage(files=(first,))
    return ProofContext(
        head=Files(head, **limits), base=Files(base), files=files, coverage=coverage
    )


def verdict(
    kind, subject, line, head, base=None, *, path="", other="", side=Side.RIGHT, last=0, **limits
):
    """Return what comes of a claim about a line of `path`, or of the first file."""
    claim = Claim(
        kind=ClaimKind(kind),
        subject=subject,
        other=other,
        path=path or next(iter(head)),
        line=line,
        end_line=last or line,
        side=side,
    )
    (result,) = asyncio.run(prove_all([claim], context(head, base, **limits)))
    return result


def outcome(*arguments, **options):
    """Return `proven`, `refuted` or why it is unknown."""
    match verdict(*arguments, **options):
        case Proof():
            return "proven"
        case Refutation():
            return "refuted"
        case NoProof(why):
            return why
