"""What it costs to search a text for secrets, as a ratio: twice the text against the text."""

import random
import string
import time
from collections.abc import Iterator

from benchmarks.measure import Figure, rule_cache
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.security.redaction import Redactor

_SECRETS = 4_000
_SIZE = 400_000  # characters of a hostile text
_TIMES = 2  # of which the least is taken: what else goes on only adds
_AT_MOST = 3.0  # linear is 2, quadratic 4
_LETTERS = string.ascii_letters + string.digits
# What patterns like the net's would try again from every character.
_HOSTILE = ("-eyJ", "-----BEGIN PRIVATE KEY-----\n", "curl -u a:bcd ", "\\", "password=")


def figures() -> Iterator[Figure]:
    """Yield the ratio for a text full of known values, and the worst one of hostile texts."""
    scanners = BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache())})
    scanners.spans("")  # loads the rules
    rng = random.Random(1)  # noqa: S311 - made up
    values = ["".join(rng.choices(_LETTERS, k=40)) for _ in range(_SECRETS)]
    redactor = Redactor(values, scanners)
    lines = (f"{rng.choice(values)} {''.join(rng.choices(_LETTERS, k=160))}" for _ in range(5_000))
    text = "\n".join(lines)
    yield _figure(f"{_SECRETS:,} known secrets, text of 1 MB", redactor, [text])
    texts = [unit * (_SIZE // len(unit)) for unit in _HOSTILE]
    yield _figure("hostile texts, the worst", redactor, texts)


def _figure(subject: str, redactor: Redactor, texts: list[str]) -> Figure:
    seconds = [(_seconds(redactor, text), _seconds(redactor, text * 2)) for text in texts]
    ratio = max(double / single for single, double in seconds)
    slowest = max(single for single, _ in seconds)
    return Figure(
        subject=f"search for secrets, {subject}: CPU of twice the text over the text",
        target=f"≤ {_AT_MOST} times",
        value=f"{ratio:.2f} times ({slowest:.2f} s)",
        is_met=ratio <= _AT_MOST,
    )


def _seconds(redactor: Redactor, text: str) -> float:
    def once() -> float:
        start = time.process_time()
        redactor.text(text)
        return time.process_time() - start

    return min(once() for _ in range(_TIMES))
