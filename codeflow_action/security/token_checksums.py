"""Which tokens prove by a checksum of their own that a maker has issued them.

A made-up token of the same form fails in all but one of four thousand million cases.
"""

import base64
import binascii

from codeflow_action.engine.lazy import regex

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# GitHub's tokens, and npm's: after the last underscore, six signs are the CRC32 of the others.
# https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
# https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
_GITHUB = regex(r"(?:gh[pousr]|npm|github_pat_[A-Za-z0-9]{22})_([A-Za-z0-9]{30,246})")
# What documents and tests of others hold: its checksum is right, and nobody was given it.
_EXAMPLES = frozenset({"xz7yzju2SZjGPa0dUNMAx0SH4xDOCS31LXQW"})
# GitLab's routable tokens: a payload, its length, and the CRC32 of all before it in seven signs.
# https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/
_GITLAB = regex(r"(gl[a-z]{2,5}-[A-Za-z0-9_-]{27,300}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{2})([0-9a-z]{7})")
# An age identity is Bech32: https://github.com/C2SP/C2SP/blob/main/age.md
_AGE = regex(r"(?i:(AGE-SECRET-KEY-)1([02-9AC-HJ-NP-Z]{58}))")
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# A JSON Web Token's claims: https://www.rfc-editor.org/rfc/rfc7519#section-3
_WEB_TOKEN = regex(r"eyJ[\w-]{5,2000}\.(eyJ[\w-]{5,8000})\.[\w-]*")


def checksum_holds(token: str) -> bool:
    """True for a token of a known form whose checksum is right."""
    if match := _GITHUB.fullmatch(token):
        rest, checksum = match[1][:-6], match[1][-6:]
        return _base62(binascii.crc32(rest.encode())) == checksum and match[1] not in _EXAMPLES
    if match := _GITLAB.fullmatch(token):
        return binascii.crc32(match[1].encode()) == int(match[2], 36)
    if match := _AGE.fullmatch(token):
        return _is_bech32(match[1].lower(), match[2].lower())
    return False


def _base62(number: int) -> str:
    signs = ""
    while len(signs) < 6:
        number, digit = divmod(number, 62)
        signs = _BASE62[digit] + signs
    return signs


def _is_bech32(prefix: str, signs: str) -> bool:
    """True where the checksum of Bech32 holds.

    https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki#checksum
    """
    high, low = [ord(sign) >> 5 for sign in prefix], [ord(sign) & 31 for sign in prefix]
    checksum = 1
    for value in [*high, 0, *low, *map(_BECH32.index, signs)]:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(_GENERATOR):
            checksum ^= factor if top >> bit & 1 else 0
    return checksum == 1


def claims_of(token: str) -> str:
    """Return the claims of a JSON Web Token as JSON text, empty for what is none."""
    match = _WEB_TOKEN.fullmatch(token)
    if match is None:
        return ""
    try:
        return base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
