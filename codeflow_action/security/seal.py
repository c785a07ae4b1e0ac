"""Seals on what we keep where others can write: an HMAC with a key that they do not have."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

# A shorter key, such as a local server's `EMPTY`, can be guessed; a seal that everybody sees would
# then give it away, and with it could be forged. Providers' own keys have 32 characters and more.
LEAST_KEY = 20  # characters
_SALT = b"codeflow"


@dataclass(frozen=True)
class Seal:
    """A key for one purpose. Texts that are sealed with it are whole, and were written by us.

    `is_secret` is False where no secret was given that could not be guessed: then a seal shows
    damage, and says nothing about who wrote it.
    """

    key: bytes = field(repr=False)
    is_secret: bool

    @classmethod
    def of(cls, secrets: Iterable[str], purpose: str) -> "Seal":
        """Derive the key from all these secrets, in any order; another purpose is another key.

        HKDF with one block (RFC 5869), so that a seal says nothing about the secrets.
        """
        long_enough = sorted({secret for secret in secrets if len(secret) >= LEAST_KEY})
        drawn = hmac.digest(_SALT, _joined(long_enough), hashlib.sha256)
        key = hmac.digest(drawn, purpose.encode() + b"\x01", hashlib.sha256)
        return cls(key, is_secret=bool(long_enough))

    def mark(self, *parts: str) -> str:
        """Return 64 hex digits for these parts in this order."""
        return hmac.new(self.key, _joined(parts), hashlib.sha256).hexdigest()

    def holds(self, mark: str, *parts: str) -> bool:
        """True when the mark is of these parts; takes the same time wherever it differs."""
        given = mark.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(given, self.mark(*parts).encode())


def _joined(parts: Iterable[str]) -> bytes:
    """Return bytes from which each part can be told: no two lists have the same."""
    return json.dumps(list(parts)).encode()
