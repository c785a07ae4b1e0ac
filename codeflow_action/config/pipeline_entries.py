"""The configured pipeline: entries to actions, their options parsed by the actions themselves."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from pydantic import JsonValue, ValidationError

from codeflow_action.config.names import did_you_mean
from codeflow_action.config.policy import Entry
from codeflow_action.engine.action import Action
from codeflow_action.engine.errors import ConfigError
from codeflow_action.manifests.yaml_text import Path

GROUP = "codeflow.actions"
_SHOWN = 80  # characters of a wrong value
# Named in the contract, of a later version.
LATER = frozenset(["pr_describer", "comment_triage", "issue_creator", "labeler", "responder"])

type Registry = Mapping[str, type[Action]]


def load_registry() -> Registry:
    """Return every installed action by name. Raises `ConfigError` when two claim one name."""
    found: dict[str, type[Action]] = {}
    for point in entry_points(group=GROUP):
        if point.name in found:
            raise ConfigError(
                f"two installed packages bring an action named {point.name!r}",
                hint="remove one of them from the image",
            )
        action = point.load()
        if not (isinstance(action, type) and issubclass(action, Action)):
            raise ConfigError(f"the entry point {point.value!r} of {GROUP!r} is no Action")
        found[point.name] = action
    return found


class EntryProblem(Exception):
    """A pipeline entry that means nothing; `path` is relative to `pipeline`."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


def build_pipeline(
    entries: Sequence[Entry], registry: Registry, overrides: Mapping[str, JsonValue]
) -> tuple[Action, ...]:
    """Return the actions in order. `overrides` replaces options of every action that has them.

    Raises `EntryProblem` for the first entry that is unknown, repeated or has bad options, or that
    gives a fact which another one gives too.
    """
    actions: list[Action] = []
    for at, entry in enumerate(entries):
        name, options = split_entry(entry, at)
        kind = registry.get(name)
        if kind is None:
            raise EntryProblem((at,), _unknown(name, registry))
        if any(action.name == name for action in actions):
            raise EntryProblem((at,), f"{name!r} is in the pipeline twice")
        _refuse_second_giver(kind, actions, at)
        more = {key: value for key, value in overrides.items() if key in kind.model_fields}
        actions.append(_build(kind, {**options, **more}, (at, name)))
    return tuple(actions)


def _refuse_second_giver(kind: type[Action], actions: Sequence[Action], at: int) -> None:
    """Refuse a second source of a fact: of two answers those who need it would see the last."""
    for action in actions:
        for fact in kind.gives:
            if fact in action.gives:
                raise EntryProblem(
                    (at,),
                    f"{action.name!r} and {kind.name!r} both give {fact.__name__}: leave one of "
                    "them out",
                )


def split_entry(entry: Entry, at: int = 0) -> tuple[str, dict[str, Any]]:
    """Return an entry's name and options: `name`, or a mapping with the one key `name`."""
    if isinstance(entry, str):
        return entry, {}
    if len(entry) != 1:
        raise EntryProblem((at,), "an entry is a name, or one name with its options indented below")
    ((name, options),) = entry.items()
    return name, dict(options or {})


def _unknown(name: str, registry: Registry) -> str:
    if name in LATER:
        return f"the action {name!r} is not in this version"
    return f"there is no action {name[:_SHOWN]!r}{did_you_mean(name[:_SHOWN], registry)}"


def _build(kind: type[Action], options: Mapping[str, JsonValue], path: Path) -> Action:
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        problem = error.errors()[0]
        where: Path = (*path, *problem["loc"])
        raise EntryProblem(where, explain(problem, kind.model_fields)) from None


def explain(problem: Mapping[str, Any], known: Iterable[str]) -> str:
    """Return pydantic's complaint in a reader's words."""
    loc = [str(part)[:_SHOWN] for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        return f"there is no key {loc[-1]!r} here{did_you_mean(loc[-1], known)}"
    said = str(problem["msg"]).removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    return f"{'.'.join(loc) or 'it'}: {said}{_shown(problem['input'])}"


def _shown(given: object) -> str:
    """Return the value for people, unless it is large or an address with a password."""
    if not isinstance(given, str | int | float | bool | None):
        return ""
    is_address_with_password = isinstance(given, str) and "://" in given and "@" in given
    return "" if is_address_with_password or len(str(given)) > _SHOWN else f", not {given!r}"
