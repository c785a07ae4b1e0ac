"""What is made at its first use is what the standard library would have made."""

import copy
import dataclasses
import pickle
import pkgutil
import re
from dataclasses import FrozenInstanceError, field
from importlib import import_module

import pytest

import codeflow_action
from codeflow_action.engine.lazy import dataclass, regex


@dataclass(frozen=True, kw_only=True)
class Place:
    path: str
    lines: tuple[int, ...] = ()
    words: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Anchor(Place):
    side: str

    def __post_init__(self) -> None:
        if not self.side:
            raise ValueError("no side")


@dataclass
class Count:
    files: int
    lines: int = 0
    total: int = field(init=False, default=7)
    names: set[str] = field(init=False, default_factory=set)


def test_a_value_is_described_compared_and_hashed_by_its_fields() -> None:
    place = Place(path="a.py", lines=(1, 2), words=["x"], note="n")
    assert repr(place) == "Place(path='a.py', lines=(1, 2), words=['x'])"
    assert place == Place(path="a.py", lines=(1, 2), note="n")
    assert hash(place) == hash(Place(path="a.py", lines=(1, 2), note="n"))
    assert place != Place(path="b.py", lines=(1, 2), note="n")
    assert place != ("a.py", (1, 2), "n")
    assert Place(path="a.py") != Anchor(path="a.py", side="RIGHT")


def test_a_frozen_value_cannot_change() -> None:
    place = Place(path="a.py")
    with pytest.raises(FrozenInstanceError):
        place.path = "b.py"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del place.path  # type: ignore[misc]


def test_a_class_that_may_change_has_no_hash() -> None:
    count = Count(1)
    count.lines = 3
    assert count == Count(1, lines=3)
    assert (count.total, count.names) == (7, set())
    with pytest.raises(TypeError):
        hash(count)


@pytest.mark.parametrize("fields", [{}, {"path": "a", "size": 1}])
def test_a_field_that_is_missing_or_unknown_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        Place(**fields)  # type: ignore[arg-type]


def test_fields_that_take_keywords_alone_take_nothing_else() -> None:
    with pytest.raises(TypeError):
        Place("a.py")  # type: ignore[misc]


def test_each_value_has_its_own_default() -> None:
    assert Place(path="a").words is not Place(path="a").words
    assert Count(1).names is not Count(1).names


def test_a_subclass_has_all_fields_and_checks_them() -> None:
    anchor = Anchor(path="a.py", side="LEFT")
    assert [known.name for known in dataclasses.fields(anchor)][-1] == "side"
    assert dataclasses.replace(anchor, side="RIGHT") == Anchor(path="a.py", side="RIGHT")
    with pytest.raises(ValueError, match="no side"):
        dataclasses.replace(anchor, side="")


def test_a_value_goes_to_another_process_and_comes_back() -> None:
    anchor = Anchor(path="a.py", lines=(3,), side="LEFT")
    assert pickle.loads(pickle.dumps(anchor)) == anchor


def test_options_and_methods_that_are_a_class_s_own_are_heeded() -> None:
    @dataclass(frozen=True, order=True)
    class Rank:
        place: int

    @dataclass(frozen=True)
    class Name:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Name) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    @dataclass(eq=False, repr=False)
    class Desk:
        size: int

    assert Rank(1) < Rank(2)
    assert len({Name("A"), Name("a")}) == 1
    assert Desk(1) != Desk(1)
    assert "object at" in repr(Desk(1))


def test_a_pattern_is_compiled_when_it_is_asked() -> None:
    pattern = regex(r"(?P<word>\w+)!", re.ASCII)
    found = pattern.search("well, now!")
    assert found is not None
    assert found["word"] == "now"
    assert pattern.sub("", "now! then!") == " "
    assert pattern.groupindex == {"word": 1}
    assert pattern.pattern == r"(?P<word>\w+)!"
    for other in (copy.deepcopy(pattern), pickle.loads(pickle.dumps(pattern))):
        assert other.sub("", "é! now!") == "é! "  # by the same flags


def test_every_pattern_of_the_package_compiles() -> None:
    names = [
        module.name
        for module in pkgutil.walk_packages(codeflow_action.__path__, "codeflow_action.")
        if not module.name.endswith("__main__") and ".testing" not in module.name
    ]
    patterns = {
        (name, known): value
        for name in names
        for known, value in vars(import_module(name)).items()
        if isinstance(value, type(regex("")))
    }
    assert len(patterns) > 300
    for pattern in patterns.values():
        assert pattern.groups >= 0  # raises where it is no pattern
