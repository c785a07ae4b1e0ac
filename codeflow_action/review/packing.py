"""Packs units into as few prompts as the token budget asks, riskiest files first."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from codeflow_action.engine.files import is_data, is_documentation, is_test
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.units import Unit


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Units that are read together, in one prompt."""

    units: tuple[Unit, ...]

    @property
    def text(self) -> str:
        """All units, each file under its path, in the form that the instructions describe."""
        parts = []
        for path, units in groupby(self.units, key=lambda unit: unit.path):
            parts.append(f"=== {path}\n" + "\n...\n".join(unit.text for unit in units))
        return "\n\n".join(parts)

    @property
    def is_divisible(self) -> bool:
        """True when it can be read in several prompts instead."""
        return len(self.units) > 1 or any(unit.is_divisible for unit in self.units)


def risk(path: str) -> int:
    """0 for program code, 1 for configuration and data, 2 for tests, 3 for prose."""
    if is_documentation(path):
        return 3
    if is_test(path):
        return 2
    return 1 if is_data(path) else 0


def pack(units: Iterable[Unit], room: int, count: Callable[[str], int]) -> tuple[Chunk, ...]:
    """Return chunks of at most `room` tokens each, riskiest first, a file's units together.

    A unit that alone takes more than `room` is cut, though not into a few lines each. One that
    still takes more becomes a chunk of its own: whether the model takes it is known only when it
    is asked.
    """
    # Readers, models too, attend most to what stands first.
    riskiest_first = sorted(units, key=lambda unit: (risk(unit.path), unit.path))
    chunks: list[Chunk] = []
    chunk_units: list[Unit] = []
    tokens = 0
    for unit, size in _cut(riskiest_first, room, count):
        if chunk_units and tokens + size > room:
            chunks.append(Chunk(units=tuple(chunk_units)))
            chunk_units, tokens = [], 0
        chunk_units.append(unit)
        tokens += size
    if chunk_units:
        chunks.append(Chunk(units=tuple(chunk_units)))
    return tuple(chunks)


def shuffle(chunk: Chunk, seed: str) -> Chunk:
    """Return the chunk with its files in another order, the same for the same seed."""
    order = {
        unit.path: hashlib.sha256(f"{seed}\n{unit.path}".encode()).digest() for unit in chunk.units
    }
    # Within a file the order stays: sorting is stable.
    return Chunk(units=tuple(sorted(chunk.units, key=lambda unit: order[unit.path])))


def _cut(
    units: Iterable[Unit], room: int, count: Callable[[str], int]
) -> Iterator[tuple[Unit, int]]:
    """Yield the units with their tokens, in pieces where they would not fit."""
    for unit in units:
        size = count(unit.text) + count(unit.path) + 4
        if size > room and unit.is_divisible:
            piece_count = -(-size // max(1, room))
            yield from _cut(unit.pieces(max(2, piece_count)), room, count)
        else:
            yield unit, size


def changed_lines(units: Sequence[Unit]) -> dict[str, int]:
    """Return how many changed lines the units hold, by path."""
    lines: dict[str, int] = {}
    for unit in units:
        lines[unit.path] = lines.get(unit.path, 0) + unit.changed_count
    return lines
