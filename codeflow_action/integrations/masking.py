"""How a secret is shown."""

_MAX_VISIBLE = 4  # characters of a secret that may be seen


def mask(secret: str) -> str:
    """Return the secret's first characters and its length; less of a short one."""
    start = secret[: min(_MAX_VISIBLE, len(secret) // 4)].replace("\n", " ")
    return f"{start}…, {len(secret)} characters"
