"""The table from a claim's kind to what checks it, and the one call that checks a batch."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.proof.calls import check_missing_test, check_never_called
from codeflow_action.review.proof.claims import Claim, ClaimKind, NoProof, ProofContext, ProofResult
from codeflow_action.review.proof.deleted_imports import check_imports_deleted
from codeflow_action.review.proof.duplicates import check_duplicate
from codeflow_action.review.proof.error_handling import check_not_handled
from codeflow_action.review.proof.fact_search import gather
from codeflow_action.review.proof.paths import check_file_missing
from codeflow_action.review.proof.proof_facts import ProofFacts
from codeflow_action.review.proof.removed import check_was_removed
from codeflow_action.review.proof.undefined import check_undefined
from codeflow_action.review.proof.unused import check_unused

type Checker = Callable[[Claim, ProofFacts], ProofResult]
_NO_PROOF = NoProof("nothing that code can check")


@dataclass(frozen=True, kw_only=True)
class ClaimCheck:
    """How claims of one kind are checked.

    `proves` is what is known when the check succeeds. `leaves_open` is what then still decides
    whether that is a defect; empty where nothing does, and only there a finding is `proven`.
    `whole_if` says of which of these claims nothing is left open all the same.
    """

    run: Checker
    proves: str
    leaves_open: str = ""
    whole_if: str = ""


CHECKERS: Mapping[ClaimKind, ClaimCheck] = {
    ClaimKind.UNDEFINED: ClaimCheck(
        run=check_undefined,
        proves="an added line that runs uses a name that nothing in the file defines or imports",
    ),
    ClaimKind.UNUSED: ClaimCheck(
        run=check_unused,
        proves="nothing names the import, variable or private definition",
        leaves_open="code that nobody uses breaks nothing",
        whole_if="it is an import which this change adds, and which can do nothing else",
    ),
    ClaimKind.NEVER_CALLED: ClaimCheck(
        run=check_never_called,
        proves="no file names the function",
        leaves_open="its callers may come later, or live elsewhere",
    ),
    ClaimKind.MISSING_TEST: ClaimCheck(
        run=check_missing_test,
        proves="no test names the function or its file, or ran the lines",
        leaves_open="whether it needs one, and whether it is wrong",
    ),
    ClaimKind.WAS_REMOVED: ClaimCheck(
        run=check_was_removed,
        proves="what stood at the base is named nowhere at the head",
        leaves_open="whether it was rightly removed",
    ),
    ClaimKind.DUPLICATE_OF: ClaimCheck(
        run=check_duplicate,
        proves="two definitions have the same lines, or nearly",
        leaves_open="whether they should be one",
        whole_if="this change adds one of them whole, at the top of a file, both outside of tests",
    ),
    ClaimKind.FILE_MISSING: ClaimCheck(
        run=check_file_missing,
        proves="no path of the tree is the one that the code names",
        leaves_open="whether the code makes the file, or does without it",
        whole_if="an added import, workflow step or link names it, from its own folder on",
    ),
    ClaimKind.IMPORTS_DELETED: ClaimCheck(
        run=check_imports_deleted,
        proves="a file imports what this change deletes, and nothing takes its place",
        leaves_open="whether the import is tried only",
        whole_if="it stands at the margin",
    ),
    ClaimKind.NOT_HANDLED_IN_CALLER: ClaimCheck(
        run=check_not_handled,
        proves="callers do not handle the error",
        leaves_open="whether it can happen there, and who is meant to handle it",
    ),
    ClaimKind.OTHER: ClaimCheck(
        run=lambda _claim, _facts: _NO_PROOF, proves="nothing", leaves_open="all of it"
    ),
}


async def prove_all(claims: Sequence[Claim], context: ProofContext) -> tuple[ProofResult, ...]:
    """Return a verdict for each claim, in their order.

    Asks the trees at most five times, however many claims there are. Raises `RepositoryError` or
    `GitHubError` as the trees do.
    """
    if all(claim.kind is ClaimKind.OTHER for claim in claims):
        return (_NO_PROOF,) * len(claims)
    facts = await gather(claims, context)
    # In a thread: checks parse, and walk files of any size.
    return await asyncio.to_thread(
        lambda: tuple(CHECKERS[claim.kind].run(claim, facts) for claim in claims)
    )
