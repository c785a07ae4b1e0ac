"""The table from a claim's kind to what checks it, and the one call that checks a batch."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from codeflow_action.review.proof.callers import check_not_handled
from codeflow_action.review.proof.calls import check_missing_test, check_never_called
from codeflow_action.review.proof.claims import Claim, ClaimKind, ProofContext, Unknown, Verdict
from codeflow_action.review.proof.duplicates import check_duplicate
from codeflow_action.review.proof.facts import Facts
from codeflow_action.review.proof.gathering import gather
from codeflow_action.review.proof.paths import check_file_missing
from codeflow_action.review.proof.removed import check_was_removed
from codeflow_action.review.proof.undefined import check_undefined
from codeflow_action.review.proof.unused import check_unused

type Checker = Callable[[Claim, Facts], Verdict]
_NO_PROOF = Unknown("nothing that code can check")

CHECKERS: Mapping[ClaimKind, Checker] = {
    ClaimKind.UNDEFINED: check_undefined,
    ClaimKind.UNUSED: check_unused,
    ClaimKind.NEVER_CALLED: check_never_called,
    ClaimKind.MISSING_TEST: check_missing_test,
    ClaimKind.WAS_REMOVED: check_was_removed,
    ClaimKind.DUPLICATE_OF: check_duplicate,
    ClaimKind.FILE_MISSING: check_file_missing,
    ClaimKind.NOT_HANDLED_IN_CALLER: check_not_handled,
    ClaimKind.OTHER: lambda _claim, _facts: _NO_PROOF,
}


async def prove_all(claims: Sequence[Claim], context: ProofContext) -> tuple[Verdict, ...]:
    """Return a verdict for each claim, in their order.

    Asks the trees at most five times, however many claims there are. Raises `RepositoryError` or
    `GitHubError` as the trees do.
    """
    if all(claim.kind is ClaimKind.OTHER for claim in claims):
        return (_NO_PROOF,) * len(claims)
    facts = await gather(claims, context)

    def check() -> tuple[Verdict, ...]:
        return tuple(CHECKERS[claim.kind](claim, facts) for claim in claims)

    return await asyncio.to_thread(check)  # it parses, and walks files of any size
