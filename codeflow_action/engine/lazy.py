"""Values and patterns that cost next to nothing until they are used.

The standard library writes the source of six methods for each frozen dataclass and compiles it,
and `re` compiles a pattern where it is defined. A run imports 420 such classes and 900 patterns,
of which it uses a third: that was nearly half of what its imports took.

What is made here behaves as the standard library's. Of a class only `__init__` is written, when
its first value is made; the other methods are one function for all classes.
"""

import dataclasses
import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:  # to all tools these are the standard library's
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - said to be meant for others

    regex = re.compile
else:

    def dataclass(cls: type | None = None, **options: bool) -> type | Callable[[type], type]:
        """Return the class as a dataclass, or, without one, what makes it of a class."""
        if cls is None:
            return lambda cls: _with_methods(cls, **options)
        return _with_methods(cls, **options)

    def regex(pattern: str | bytes, flags: int = 0) -> "_Pattern":
        """Return a pattern that is compiled when it is first asked; what is wrong is told then."""
        return _Pattern(pattern, flags)


class _Pattern:
    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags
        self._delegate: re.Pattern[Any] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _Pattern, (self.pattern, self._flags)

    def __getattr__(self, name: str) -> object:
        if self._delegate is None:
            self._delegate = re.compile(self.pattern, self._flags)
        method = getattr(self._delegate, name)
        setattr(self, name, method)  # found there from now on
        return method


# The original's, by the names of its options.
_OWN_METHODS = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")


def _with_methods(
    cls: type,
    *,
    frozen: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - as the original names it
    **options: bool,
) -> type:
    if options or any(name in vars(cls) for name in _OWN_METHODS):
        return dataclasses.dataclass(frozen=frozen, kw_only=kw_only, eq=eq, repr=repr, **options)(
            cls
        )
    # Without a docstring the original would make one, from a signature that it reads of `__init__`.
    cls.__doc__ = cls.__doc__ or cls.__name__
    dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)

    def init(value: object, /, *arguments: object, **fields: object) -> None:
        # Two threads may both get here; what they write is the same.
        cls.__init__ = _written_init(cls)  # type: ignore[misc]
        cls.__init__(value, *arguments, **fields)  # type: ignore[misc]

    methods: dict[str, object] = {"__init__": init}
    if repr:
        methods["__repr__"] = _described
    if eq:
        methods["__eq__"] = _is_equal
        methods["__hash__"] = _hash if frozen else None
    if frozen:
        methods["__setattr__"] = methods["__delattr__"] = _refuse_change
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _written_init(cls: type) -> Callable[..., None]:
    """Return an `__init__` that takes and sets what the standard library's would."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_Missing": dataclasses.MISSING}
    parameters, body = ["_self", "/"], []
    fields = sorted(dataclasses.fields(cls), key=attrgetter("kw_only"))
    for field in fields:
        name, default, value = field.name, "", field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = field.default_factory
            default, value = "=_Missing", f"_make_{name}() if {name} is _Missing else {name}"
        if not field.init:
            if value != name:
                body.append(f"_set(_self, {name!r}, _make_{name}())")
            continue
        if field.kw_only and "*" not in parameters:
            parameters.append("*")
        parameters.append(name + default)
        body.append(f"_set(_self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("_self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}): {'; '.join(body) or 'pass'}", names)  # noqa: S102 - names of fields alone
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _described(value: object) -> str:
    fields = dataclasses.fields(type(value))  # type: ignore[arg-type]
    names = (field.name for field in fields if field.repr)
    pairs = ", ".join(f"{name}={getattr(value, name)!r}" for name in names)
    return f"{type(value).__qualname__}({pairs})"


def _is_equal(value: object, other: object) -> bool:
    if other.__class__ is not value.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    key = _key(type(value))  # type: ignore[arg-type]
    return bool(key(value) == key(other))


def _hash(value: object) -> int:
    return hash(_key(type(value))(value))  # type: ignore[arg-type]


@cache
def _key(cls: type) -> Callable[[object], object]:
    """Return what takes from a value of this class all that it is compared by."""
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    return attrgetter(*names) if names else lambda _value: ()


def _refuse_change(value: object, name: str, _new: object = None) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r} of a {type(value).__name__}")
