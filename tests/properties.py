"""How many examples a property is tried on."""

from hypothesis import settings


def examples(number: int) -> settings:
    """Return settings for so many hundredths of the examples that others get."""
    return settings(max_examples=settings.default.max_examples * number // 100)
