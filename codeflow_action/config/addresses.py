"""Addresses of models: which forms are taken, and which would be asked without encryption."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from codeflow_action.engine.lazy import regex

# A scheme, a host with or without a port, and a path or query.
ADDRESS = regex(r"https?://[^\s/?#@\\]+(?:[/?][^\s#\\]*)?")
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def check_address(text: str) -> str:
    """Return the address. Raises `ValueError` that says what is wrong with it."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("write an address that begins with https:// or http://")
    if re.match(r"[a-z]+://[^/?#]*@", text):
        raise ValueError("leave name and password out of an address: a key is an input of its own")
    if "#" in text:
        raise ValueError("leave out what begins with '#'")
    if not ADDRESS.fullmatch(text) or not _host(text):
        raise ValueError("write https://, a host, and a path if there is one")
    return text


def is_in_the_clear(address: str) -> bool:
    """True for plain http to anything but this machine: 127.0.0.0/8, ::1 and `localhost`.

    Only the plain spellings are this machine: `127.1` or `localhost.` may be something else to
    whoever connects.
    """
    if not address.startswith("http://"):
        return False
    host = _host(address)
    if host == "localhost":
        return False
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return True
    return not any(ip in network for network in _LOOPBACK)


def _host(address: str) -> str:
    """Return the host, empty where it or the port is none."""
    try:
        parts: SplitResult = urlsplit(address)
        _ = parts.port
    except ValueError:
        return ""
    return parts.hostname or ""
