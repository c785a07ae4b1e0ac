"""Rewrites every text in a frozen value, however deep, so that no new field is forgotten."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from pydantic import BaseModel


def rewrite_texts[T](value: T, rewrite: Callable[[str], str], keep: Collection[str] = ()) -> T:
    """Return the value with each text in it rewritten; fields named in `keep` stay as they are.

    It goes through pydantic models, dataclasses, tuples, lists, and mappings with their keys.
    A value in which no text changes comes back as the same object.
    """
    new: T = _Walk(rewrite, frozenset(keep)).of(value)
    return new


class _Walk:
    def __init__(self, rewrite: Callable[[str], str], keep: frozenset[str]) -> None:
        self._rewrite = rewrite
        self._keep = keep

    def of(self, value: Any) -> Any:  # noqa: ANN401 - any value
        match value:
            case str():
                return value if isinstance(value, Enum) else self._rewrite(value)
            case tuple() | list():
                return self._sequence(value)
            case Mapping():
                return {self.of(key): self.of(element) for key, element in value.items()}
            case BaseModel():
                changes = self._changes(value, type(value).model_fields)
                return value.model_copy(update=changes) if changes else value
            case _ if is_dataclass(value) and not isinstance(value, type):
                names = [field.name for field in fields(value) if field.init]
                changes = self._changes(value, names)
                return replace(value, **changes) if changes else value
            case _:
                return value

    def _sequence(self, value: tuple[Any, ...] | list[Any]) -> tuple[Any, ...] | list[Any]:
        elements = [self.of(element) for element in value]
        if all(new is old for new, old in zip(elements, value, strict=True)):
            return value
        # A named tuple takes its fields one by one.
        is_named = hasattr(value, "_fields")
        return type(value)(*elements) if is_named else type(value)(elements)

    def _changes(self, value: object, names: Iterable[str]) -> dict[str, Any]:
        old = {name: getattr(value, name) for name in names if name not in self._keep}
        new = {name: self.of(element) for name, element in old.items()}
        return {name: element for name, element in new.items() if element is not old[name]}
