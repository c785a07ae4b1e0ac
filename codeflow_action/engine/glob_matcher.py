"""Matches paths against a pattern in time in proportion to the path, whatever both are.

Backtracking takes polynomial time on a file name that a stranger made for it. Here all ways to
match are followed at once (Thompson, "Regular Expression Search Algorithm", 1968), and each step
that was taken is remembered, so that ordinary paths cost one look-up a character.
"""

from collections.abc import Callable, Iterable
from dataclasses import field

from codeflow_action.engine.lazy import dataclass

_MAX_STATES = 500  # remembered; a path that needs more pays for its steps again

type CharTest = Callable[[str], bool]


def _any(_char: str) -> bool:
    return True


def _inside(char: str) -> bool:
    return char != "/"


@dataclass(eq=False)
class _State:
    """The places in the pattern that some way to read a path has come to."""

    places: frozenset[int]
    next: dict[str, "_State"] = field(default_factory=dict)


class GlobMatcher:
    """A pattern under construction, token by token, then a matcher. `tokens` are its parts."""

    def __init__(self) -> None:
        self._steps: list[list[tuple[CharTest, int]]] = [[]]
        self._free: list[list[int]] = [[]]  # steps that take no character
        self._end = 0
        self._groups: list[tuple[int, list[int]]] = []  # where they begin, where branches end
        self._states: dict[frozenset[int], _State] = {}

    def fullmatch(self, path: str) -> bool:
        """True when the pattern takes all of the path."""
        state = self._state([0])
        for char in path:
            state = state.next.get(char) or self._step(state, char)
            if not state.places:
                return False
        return self._end in state.places

    def text(self, text: str) -> None:
        """Take exactly this text."""
        for char in text:
            self._then(char.__eq__)

    def one(self) -> None:
        """Take one character of a name."""
        self._then(_inside)

    def one_of(self, holds: CharTest) -> None:
        """Take one character for which this is True."""
        self._then(holds)

    def many(self, *, across: bool) -> None:
        """Take any number of characters, of a name or `across` folders."""
        before, self._end = self._end, self._place()
        self._free[before].append(self._end)
        self._steps[self._end].append((_any if across else _inside, self._end))

    def folders(self) -> None:
        """Take any number of whole folders."""
        before = self._end
        self.many(across=True)
        self._then("/".__eq__)
        self._free[before].append(self._end)

    def begin_group(self) -> None:
        """Begin a choice."""
        self._groups.append((self._end, []))

    def begin_branch(self) -> None:
        """End one branch of the choice, and begin the next."""
        start, ends = self._groups[-1]
        ends.append(self._end)
        self._end = self._place()
        self._free[start].append(self._end)

    def end_group(self) -> None:
        """End the choice."""
        _, ends = self._groups.pop()
        ends.append(self._end)
        self._end = self._place()
        for end in ends:
            self._free[end].append(self._end)

    def _then(self, test: CharTest) -> None:
        after = self._place()
        self._steps[self._end].append((test, after))
        self._end = after

    def _place(self) -> int:
        self._steps.append([])
        self._free.append([])
        return len(self._steps) - 1

    def _step(self, state: _State, char: str) -> _State:
        if len(self._states) > _MAX_STATES:
            self._states.clear()
            state.next.clear()
        places = (
            after
            for place in state.places
            for test, after in self._steps[place]
            if test(char) is True
        )
        new_state = self._state(places)
        state.next[char] = new_state
        return new_state

    def _state(self, places: Iterable[int]) -> _State:
        """Return the state of all places that can be reached from these for nothing."""
        closure: set[int] = set()
        open_places = list(places)
        while open_places:
            place = open_places.pop()
            if place not in closure:
                closure.add(place)
                open_places += self._free[place]
        places_reached = frozenset(closure)
        return self._states.setdefault(places_reached, _State(places_reached))
