"""Numbers with their nouns, as a sentence has them."""


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 finding` or `2,000 findings`; `plural` is for what an `s` does not make many."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
