"""Claims that are planted, true ones and false ones, and how many of either are called proven.

The cases stand in `planted_claims.txt`. Each is a small change in some language, and stands for
ten: `NAME` and `Name` in it are replaced. A false case does not hold, or is no
defect.
"""

import asyncio
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.diff import parse_hunks
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Absent, Content, Hit, Search
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.review.proof import Claim, ClaimKind, Proof, ProofContext, prove_all

_NAMES = (
    *("basket", "discount", "invoice", "ledger", "payout"),
    *("refund", "shipping", "tariff", "tender", "voucher"),
)
_CLAIM_MARK = "  <<"  # ends the line that a claim is about
_HEADING = regex(r"^# (?=\w+ (?:true|false) )", re.MULTILINE)
_FILE = regex(r"^(\+{3}|={3}|-{3}) (\S+)\n((?:(?!\+{3} |={3} |-{3} ).*\n)*)", re.MULTILINE)
_WORD = regex(r"\w+")


@dataclass(frozen=True, kw_only=True)
class PlantedClaim:
    """A claim about a made-up change, and whether it should be called proven."""

    claim: Claim
    is_true: bool
    head: Mapping[str, str]
    base: Mapping[str, str]


class ProofCount(BaseModel):
    """How many claims of one kind were planted, and how many of them were called proven.

    `surprises` are those that came out otherwise than they should.
    """

    model_config = ConfigDict(frozen=True)

    kind: ClaimKind
    true: int
    true_proven: int
    false: int
    false_proven: int
    surprises: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: ClaimKind, results: Sequence[tuple[PlantedClaim, bool]]) -> "ProofCount":
        """Count the claims of that kind, each with whether it was called proven."""
        of_kind = [result for result in results if result[0].claim.kind is kind]
        true_claims = [is_proven for case, is_proven in of_kind if case.is_true]
        false_claims = [is_proven for case, is_proven in of_kind if not case.is_true]
        return cls(
            kind=kind,
            true=len(true_claims),
            true_proven=sum(true_claims),
            false=len(false_claims),
            false_proven=sum(false_claims),
            surprises=tuple(
                f"{case.claim.subject} in {case.claim.path}"
                for case, is_proven in of_kind
                if is_proven is not case.is_true
            ),
        )


def planted_claims() -> Iterator[PlantedClaim]:
    """Yield all of them: at least 40 true and 40 false ones for each kind that can be proven."""
    text = resources.files(__package__).joinpath("planted_claims.txt").read_text("utf-8")
    for case in _HEADING.split(text)[1:]:
        for name in _NAMES:
            yield _plant(case.replace("NAME", name).replace("Name", name.capitalize()))


def _plant(case: str) -> PlantedClaim:
    heading, _, body = case.partition("\n")
    kind, truth, subject, *rest = heading.split()
    texts: dict[str, dict[str, str]] = {"+++": {}, "===": {}, "---": {}}
    claimed_place = ("", 0)
    for mark, path, text in _FILE.findall(body):
        lines = text.rstrip("\n").split("\n")
        line = next(
            (number for number, line in enumerate(lines, start=1) if line.endswith(_CLAIM_MARK)), 0
        )
        claimed_place = (path, line) if line else claimed_place
        texts[mark][path] = "".join(f"{line.removesuffix(_CLAIM_MARK)}\n" for line in lines)
    path, line = claimed_place
    claim = Claim(
        kind=ClaimKind(kind),
        subject=subject,
        other="".join(rest),
        path=path,
        line=line,
        end_line=line,
    )
    return PlantedClaim(
        claim=claim,
        is_true=truth == "true",
        head=texts["==="] | texts["+++"],
        base=texts["==="] | texts["---"],
    )


@cache
def count_proofs() -> tuple[ProofCount, ...]:
    """Return how many of the planted claims are called proven, by kind; no other loop may run.

    The claims are the same each time, so they are tried once in a process.
    """

    async def prove_planted() -> list[tuple[PlantedClaim, bool]]:
        claims = tuple(planted_claims())
        answers = await asyncio.gather(*map(_is_proven, claims))
        return list(zip(claims, answers, strict=True))

    results = asyncio.run(prove_planted())
    kinds = dict.fromkeys(case.claim.kind for case, _is_proven in results)
    return tuple(ProofCount.of(kind, results) for kind in kinds)


async def _is_proven(planted_claim: PlantedClaim) -> bool:
    head, base = planted_claim.head, planted_claim.base
    files = tuple(
        _changed_file(path, base.get(path), head.get(path))
        for path in sorted({*head, *base})
        if head.get(path) != base.get(path)
    )
    context = ProofContext(head=_TextTree(head), base=_TextTree(base), files=files)
    (result,) = await prove_all([planted_claim.claim], context)
    return isinstance(result, Proof) and result.is_whole


def _changed_file(path: str, before: str | None, after: str | None) -> ChangedFile:
    old_lines, new_lines = (before or "").splitlines(), (after or "").splitlines()
    patch = list(difflib.unified_diff(old_lines, new_lines, lineterm=""))[
        2:
    ]  # without the two paths
    status = FileStatus.MODIFIED
    if before is None or after is None:
        status = FileStatus.ADDED if before is None else FileStatus.REMOVED
    return ChangedFile(path=path, status=status, hunks=parse_hunks("\n".join(patch)))


class _TextTree:
    """A tree of a few texts."""

    sha = ""
    reads_singly = False

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        return {
            path: text.encode() if (text := self._texts.get(path)) is not None else Absent.MISSING
            for path in paths
        }

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        return {path: len(self._texts[path].encode()) for path in paths if path in self._texts}

    async def list(self) -> tuple[str, ...] | None:
        return tuple(sorted(self._texts))

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        paths = [path for path in within if path in self._texts]
        hits = tuple(
            Hit(path=path, line=number, text=line, name=word)
            for path in paths
            for number, line in enumerate(self._texts[path].split("\n"), start=1)
            for word in dict.fromkeys(_WORD.findall(line))
            if word in names
        )
        return Search(hits=hits, searched=len(paths), of=len(paths))
