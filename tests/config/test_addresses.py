"""Which addresses models may have, and which of them a key may travel to."""

import pytest

from codeflow_action.config.addresses import check_address, is_in_the_clear

PASSWORD = "hunter2-of-these-tests"


@pytest.mark.parametrize(
    "address",
    [
        "https://models.example/v1",
        "https://models.example:8443/v1?api-version=1",
        "http://localhost:11434/v1",
        "http://127.0.0.1/v1",
        "http://127.8.9.10:1",
        "http://[::1]:8000/v1",
    ],
)
def test_a_key_may_go_to_https_and_to_this_machine(address):
    """Fault 6: plain http leads to loopback alone."""
    assert check_address(address) == address
    assert not is_in_the_clear(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://models.example/v1",
        "http://ollama:11434/v1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://localhost.",
        "http://evil.example/localhost",
        "http://127.1",  # to some it is 127.0.0.1, to others a name
        "http://2130706433",
        "http://0x7f.1",
        "http://[::ffff:127.0.0.1]",
        "http://localhost%2eevil.example",
        "http://\uff4cocalhost",
    ],
)
def test_what_only_looks_like_this_machine_is_not(address):
    """Fault 6: only the plain spellings of loopback count."""
    assert is_in_the_clear(address)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://models.example", "https://"),
        ("models.example/v1", "https://"),
        ("//models.example", "https://"),
        ("HTTPS://models.example", "https://"),
        ("javascript:alert(1)", "https://"),
        (f"https://user:{PASSWORD}@models.example", "name and password"),
        ("https://models.example@evil.example", "name and password"),
        ("http://localhost\\@evil.example", "name and password"),
        ("https://models.example/#/evil", "'#'"),
        ("https://models.example#@evil", "'#'"),
        ("https://", "a host"),
        ("https:///v1", "a host"),
        ("https://a b", "a host"),
        ("https://a\nb", "a host"),
        ("https://a:99999", "a host"),
        ("https://a:b", "a host"),
        ("https://[::1", "a host"),
        ("https://a\\b", "a host"),
    ],
)
def test_other_forms_are_refused_without_being_quoted(address, words):
    """Fault 6: user names, other schemes and fragments are no part of an address."""
    with pytest.raises(ValueError, match=words) as caught:
        check_address(address)
    assert PASSWORD not in str(caught.value)
