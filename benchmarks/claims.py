"""How many planted claims are called proven: `make bench-claims`.

Ends with 1 when a false one is, or less than 80 % of the true ones of a kind are.
"""

import asyncio
import sys

from codeflow_action.evaluation.planted_claims import count_proofs, planted_claims

_LEAST_TRUE = 0.8


def main() -> int:
    """Print the table, and what came out otherwise."""
    counts = asyncio.run(count_proofs(tuple(planted_claims())))
    print("| claim | true | of them proven | false | of them proven |")
    print("| --- | --- | --- | --- | --- |")
    for kind, count in counts.items():
        cells = (f"`{kind}`", count.true, count.true_proven, count.false, count.false_proven)
        print(f"| {' | '.join(map(str, cells))} |")
    for kind, count in counts.items():
        for case in count.surprises:
            sys.stderr.write(f"{kind}: {case}\n")
    return int(
        any(
            count.false_proven or count.true_proven < _LEAST_TRUE * count.true
            for count in counts.values()
        )
    )


if __name__ == "__main__":
    sys.exit(main())
