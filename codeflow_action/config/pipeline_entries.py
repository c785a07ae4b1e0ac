"""The configured pipeline: entries to actions, their options parsed by the actions themselves."""

from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoints, entry_points
from typing import Any

from pydantic import JsonValue, ValidationError

from codeflow_action.ai.registry import package_name
from codeflow_action.config.mistakes import explain, mistakes, written_path
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.policy import Entry
from codeflow_action.engine.action import Action
from codeflow_action.engine.errors import ConfigError
from codeflow_action.manifests.yaml_text import Path

GROUP = "codeflow.actions"
_MAX_QUOTE = 80  # characters of a wrong value
# Named in the contract, of a later version: "not yet" helps more than "no such action".
LATER: frozenset[str] = frozenset()

type Registry = Mapping[str, type[Action]]


def load_registry(installed: EntryPoints | None = None) -> Registry:
    """Return every installed action by name. Raises `ConfigError` when two claim one name."""
    registry: dict[str, type[Action]] = {}
    packages: dict[str, str] = {}
    for point in (installed or entry_points()).select(group=GROUP):
        package = package_name(point)
        if point.name in registry:
            raise ConfigError(
                f"the packages {packages[point.name]} and {package} both bring an action named "
                f"{point.name!r}",
                hint="remove one of them from the image",
            )
        action = point.load()
        if not (isinstance(action, type) and issubclass(action, Action)):
            raise ConfigError(
                f"the entry point {point.value!r} of {GROUP!r} in {package} is no Action"
            )
        registry[point.name], packages[point.name] = action, package
    return registry


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
    for index, entry in enumerate(entries):
        name, options = split_entry(entry, index)
        kind = registry.get(name)
        if kind is None:
            quote = name[:_MAX_QUOTE]
            raise EntryProblem(
                (index,),
                f"the action {name!r} is not in this version"
                if name in LATER
                else f"there is no action {quote!r}{did_you_mean(quote, registry)}",
            )
        if any(action.name == name for action in actions):
            raise EntryProblem((index,), f"{name!r} is in the pipeline twice")
        _refuse_second_giver(kind, actions, index)
        # An input such as `effort` holds for every action that has an option of its name.
        options |= {key: value for key, value in overrides.items() if key in kind.model_fields}
        try:
            actions.append(kind.model_validate(options))
        except ValidationError as error:
            problem = mistakes(error)[0]
            path = written_path(problem, options)
            message = explain(problem, path, kind)
            raise EntryProblem((index, name, *path), message) from None
    return tuple(actions)


def _refuse_second_giver(kind: type[Action], actions: Sequence[Action], index: int) -> None:
    """Refuse a second source of a fact: of two answers those who need it would see the last."""
    for action in actions:
        for fact in kind.gives:
            if fact in action.gives:
                raise EntryProblem(
                    (index,),
                    f"{action.name!r} and {kind.name!r} both give {fact.__name__}: leave one of "
                    "them out",
                )


def split_entry(entry: Entry, index: int = 0) -> tuple[str, dict[str, Any]]:
    """Return an entry's name and options: `name`, or a mapping with the one key `name`."""
    if isinstance(entry, str):
        return entry, {}
    if len(entry) != 1:
        raise EntryProblem(
            (index,), "an entry is a name, or one name with its options indented below"
        )
    ((name, options),) = entry.items()
    # YAML reads `- name:` with nothing below as null.
    return name, dict(options or {})
