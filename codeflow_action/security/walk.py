"""Rewrites every text in a frozen value, however deep: what is new in it is not forgotten."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from pydantic import BaseModel


def rewritten[T](value: T, rewrite: Callable[[str], str], keep: Collection[str] = ()) -> T:
    """Return the value with each text in it rewritten; fields named in `keep` stay as they are.

    It goes through pydantic models, dataclasses, tuples, lists and mappings, keys too. What has no
    text in it, or none that changes, comes back as the same object.
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
                return self._items(value)
            case Mapping():
                return {self.of(key): self.of(item) for key, item in value.items()}
            case _:
                return self._record(value)

    def _record(self, value: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(value, BaseModel):
            changed = self._changed(value, type(value).model_fields)
            return value.model_copy(update=changed) if changed else value
        if not is_dataclass(value) or isinstance(value, type):
            return value
        changed = self._changed(value, [one.name for one in fields(value) if one.init])
        return replace(value, **changed) if changed else value

    def _changed(self, value: object, names: Iterable[str]) -> dict[str, Any]:
        old = {name: getattr(value, name) for name in names if name not in self._keep}
        new = {name: self.of(item) for name, item in old.items()}
        return {name: item for name, item in new.items() if item is not old[name]}

    def _items(self, value: tuple[Any, ...] | list[Any]) -> tuple[Any, ...] | list[Any]:
        items = [self.of(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        # A named tuple takes its fields one by one.
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
