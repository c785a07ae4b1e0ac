"""Proof in code: claims of known kinds, checked against the repository itself.

A claim is proven, refuted or, wherever the language or what could be read leaves a doubt, unknown.
"""

from codeflow_action.review.proof.claims import (
    Claim,
    ClaimKind,
    ProofContext,
    Proven,
    Refuted,
    Unknown,
    Verdict,
)
from codeflow_action.review.proof.table import CHECKERS, prove_all

__all__ = [
    "CHECKERS",
    "Claim",
    "ClaimKind",
    "ProofContext",
    "Proven",
    "Refuted",
    "Unknown",
    "Verdict",
    "prove_all",
]
