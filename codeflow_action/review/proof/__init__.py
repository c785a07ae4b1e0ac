"""Proof in code: claims of known kinds, checked against the repository itself.

A claim is proven, refuted or, wherever the language or what could be read leaves a doubt, unknown.
That it holds is the whole of a defect for few kinds of claims only; `table` says for which.
"""

from codeflow_action.review.proof.claims import (
    Claim,
    ClaimKind,
    NoProof,
    Proof,
    ProofContext,
    ProofResult,
    Refutation,
)
from codeflow_action.review.proof.table import CHECKERS, ClaimCheck, prove_all

__all__ = [
    "CHECKERS",
    "Claim",
    "ClaimCheck",
    "ClaimKind",
    "NoProof",
    "Proof",
    "ProofContext",
    "ProofResult",
    "Refutation",
    "prove_all",
]
