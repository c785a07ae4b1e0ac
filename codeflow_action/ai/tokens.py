"""Estimates tokens without a tokenizer, and corrects itself from what providers count.

Bytes over a ratio. The ratios are the 5th percentile of bytes a token, measured over chunks of
source code and diffs with o200k (OpenAI; used for Groq too), tekken (Mistral) and a reconstruction
of Claude's newer vocabulary, so that about one chunk in twenty takes more than was estimated.
"""

import math
from collections.abc import Mapping

_BYTES_PER_TOKEN: Mapping[str, float] = {
    "openai": 3.3,
    "groq": 3.3,
    "mistral": 3.1,
    "anthropic": 2.0,
}
_UNKNOWN = 2.0
_FLOOR, _CEILING = 1.6, 5.0  # what any vocabulary comes to on text and code
_WEIGHT = 0.3  # of a new measurement against what was known


class TokenCounter:
    """Counts for one provider."""

    def __init__(self, provider: str) -> None:
        self._ratio = _BYTES_PER_TOKEN.get(provider, _UNKNOWN)

    def count(self, text: str) -> int:
        """Return about how many tokens the text takes, rather too many than too few."""
        return math.ceil(len(text.encode("utf-8", "replace")) / self._ratio)

    def learn(self, text_bytes: int, tokens: int) -> None:
        """Correct the ratio by what a provider counted for a prompt of so many bytes."""
        if tokens < 100:
            return  # too short to say anything
        measured = min(max(text_bytes / tokens, _FLOOR), _CEILING)
        self._ratio = (1 - _WEIGHT) * self._ratio + _WEIGHT * measured
