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
    keep_names = frozenset(keep)

    def walk(node: Any) -> Any:  # noqa: ANN401 - any value
        names: Iterable[str] = ()  # of fields; what has none stays as it is
        match node:
            case str() if not isinstance(node, Enum):
                return rewrite(node)
            case tuple() | list():
                elements = [walk(element) for element in node]
                if any(new is not old for new, old in zip(elements, node, strict=True)):
                    # A named tuple takes its fields one by one.
                    is_named = hasattr(node, "_fields")
                    return type(node)(*elements) if is_named else type(node)(elements)
            case Mapping():
                pairs = [(walk(key), walk(element)) for key, element in node.items()]
                if any(
                    new_key is not key or new is not node[key]
                    for (new_key, new), key in zip(pairs, node, strict=True)
                ):
                    return dict(pairs)
            case BaseModel():
                names = type(node).model_fields
            case _ if is_dataclass(node) and not isinstance(node, type):
                names = [field.name for field in fields(node) if field.init]
        old_fields = {name: getattr(node, name) for name in names if name not in keep_names}
        new_fields = {name: walk(element) for name, element in old_fields.items()}
        changes = {
            name: element for name, element in new_fields.items() if element is not old_fields[name]
        }
        if changes and isinstance(node, BaseModel):
            # Nothing is validated anew: a text that was blanked need not keep a model's own rules.
            return node.model_copy(update=changes)
        return replace(node, **changes) if changes else node

    new: T = walk(value)
    return new
