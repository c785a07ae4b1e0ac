"""Seals for what we keep where others can write: an HMAC with a key that they do not have.

https://www.rfc-editor.org/rfc/rfc2104
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import field

from codeflow_action.engine.lazy import dataclass

# A shorter key, such as a local server's `EMPTY`, can be guessed: whoever sees a seal could try
# keys until one fits, and then forge seals. Providers' own keys have 32 characters and more.
LEAST_KEY = 20  # characters
_SALT = b"codeflow"


@dataclass(frozen=True)
class Seal:
    """A key for one purpose. A text with its seal is complete and was written by us.

    `is_secret` is False if every secret given could be guessed. Then a seal still shows damage, but
    does not tell who wrote the text.
    """

    key: bytes = field(repr=False)
    is_secret: bool

    @classmethod
    def of(cls, secrets: Iterable[str], purpose: str) -> "Seal":
        """Derive the key from all these secrets, in any order. Another purpose is another key."""
        # HKDF with one block, so that a seal gives nothing away about the secrets:
        # https://www.rfc-editor.org/rfc/rfc5869#section-2
        long_enough = sorted({secret for secret in secrets if len(secret) >= LEAST_KEY})
        extract = hmac.digest(_SALT, _join(long_enough), hashlib.sha256)
        key = hmac.digest(extract, purpose.encode() + b"\x01", hashlib.sha256)
        return cls(key, is_secret=bool(long_enough))

    def mark(self, *parts: str) -> str:
        """Return 64 hex digits for these parts in this order."""
        return hmac.new(self.key, _join(parts), hashlib.sha256).hexdigest()

    def holds(self, mark: str, *parts: str) -> bool:
        """True when the mark is that of these parts."""
        # Not `==`: its time would tell how many of a forged mark's first digits are right.
        actual = mark.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(actual, self.mark(*parts).encode())


def _join(parts: Iterable[str]) -> bytes:
    """Return bytes that no other list of parts has."""
    return json.dumps(list(parts)).encode()
