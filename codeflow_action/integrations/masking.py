"""How a secret is shown."""

_SHOWN = 4  # characters of a secret that may be seen


def mask(secret: str) -> str:
    """Return the secret's first characters and its length; less of a short one."""
    shown = secret[: min(_SHOWN, len(secret) // 4)].replace("\n", " ")
    return f"{shown}…, {len(secret)} characters"
