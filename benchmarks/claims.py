"""How many planted claims are called proven: `make bench-claims`.

Ends with 1 when a false one is, or less than 80 % of the true ones of a kind are.
"""

import sys

from codeflow_action.evaluation.planted_claims import count_proofs
from codeflow_action.evaluation.tables import proof_table

_LEAST_TRUE = 0.8


def main() -> int:
    """Print the table, and what came out otherwise."""
    counts = count_proofs()
    print(proof_table(counts))
    for count in counts:
        for case in count.surprises:
            sys.stderr.write(f"{count.kind}: {case}\n")
    return int(
        any(count.false_proven or count.true_proven < _LEAST_TRUE * count.true for count in counts)
    )


if __name__ == "__main__":
    sys.exit(main())
