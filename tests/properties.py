"""How many examples a property is tried on."""

from hypothesis import settings


def examples(number: int) -> settings:
    """Return settings for so many examples where others get 100, and for more in a soak."""
    return settings(max_examples=settings.default.max_examples * number // 100)
