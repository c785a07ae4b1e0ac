"""Checksums of tokens: those of makers hold, a changed sign breaks them."""

import binascii

import pytest

from codeflow_action.security.token_checksums import checksum_holds, claims_of


def base36(number: int) -> str:
    signs = ""
    for _ in range(7):
        number, digit = divmod(number, 36)
        signs = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + signs
    return signs


ROUTABLE = "gl" + "pat-" + "aB3" * 9 + ".01.0q"
TOKENS = [
    # the CRC32 of all before it, in seven signs
    ROUTABLE + base36(binascii.crc32(ROUTABLE.encode())),
    # of the specification's kind, drawn for a test of another project
    "AGE-SECRET" + "-KEY-1XYQSNDSZ8E8GJRK2W5ATE5U58M6VQMC0Y0NVVA3RKQ9FUXEKTP9QR4Q3Z5",
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:6])
def test_a_checksum_holds_until_a_sign_is_changed(token):
    assert checksum_holds(token)
    other = "2" if token[20] != "2" else "3"
    assert not checksum_holds(token[:20] + other + token[21:])


def test_an_example_of_documents_proves_nothing():
    assert not checksum_holds("gh" + "p_" + "xz7yzju2SZjGPa0dUNMAx0SH4xDOCS31LXQW")


def test_what_is_no_web_token_has_no_claims():
    assert claims_of("eyJ" + "a" * 10 + ".eyJ!.x") == claims_of("") == ""
