"""Layers of configuration: defaults < file < `config` input < inputs; the later wins, key by key.

Each layer is checked alone first, so that a mistake is reported where it was written.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError

from codeflow_action.config.addresses import is_in_the_clear
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.pipeline_entries import (
    EntryProblem,
    Registry,
    build_pipeline,
    explain,
    split_entry,
)
from codeflow_action.config.plugins import Plugins
from codeflow_action.config.policy import ADDRESSING, LATER, Entry, Policy
from codeflow_action.engine.action import Action
from codeflow_action.engine.errors import ConfigError
from codeflow_action.manifests.yaml_text import (
    Document,
    DocumentError,
    Path,
    Position,
    Problem,
    parse,
)

_MAX_PROBLEMS = 20  # of one text
_TOOL_REPORTS = "tool_reports"
_MAX_MESSAGE = 500  # characters


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One source of configuration: its name for people, and what it says."""

    name: str
    value: Mapping[str, JsonValue]
    places: Mapping[Path, Position] = field(default_factory=dict)

    @property
    def addressing(self) -> "Layer":
        """What it says of models' addresses, providers and prices, and nothing else."""
        models = self._models
        kept = {key: models[key] for key in ADDRESSING if key in models}
        return replace(self, value={"models": kept} if kept else {})

    @property
    def without_addressing(self) -> "Layer":
        """All but what it says of models' addresses, providers and prices."""
        kept = {key: value for key, value in self._models.items() if key not in ADDRESSING}
        return replace(self, value={**self.value, "models": kept} if self._models else self.value)

    @property
    def _models(self) -> Mapping[str, JsonValue]:
        models = self.value.get("models")
        return models if isinstance(models, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Effective:
    """The configuration that holds, its pipeline, and which layer said what.

    `origins` maps each leaf's dotted name to its value and its layer's name.
    """

    policy: Policy
    actions: tuple[Action, ...]
    origins: Mapping[str, tuple[JsonValue, str]]
    provider: str = ""
    model: str = ""


def read_layer(
    name: str, content: bytes | str, installed: Plugins, *, is_input: bool = False
) -> tuple[Layer, tuple[Problem, ...]]:
    """Parse and check one text, with its first 20 problems; with any, it must not be applied.

    What an input says may lead to a server on the job's own network by plain http: whoever writes
    it gives the keys, too. A file may not.
    """
    try:
        document = parse(content)
    except DocumentError as error:
        return Layer(name=name, value={}), (error.problem,)
    layer = Layer(name=name, value=document.value, places=document.places)
    problems = islice(_problems(document, installed, is_input=is_input), _MAX_PROBLEMS)
    return layer, tuple(replace(one, message=one.message[:_MAX_MESSAGE]) for one in problems)


def _problems(document: Document, installed: Plugins, *, is_input: bool) -> Iterator[Problem]:
    yield from _refused(document)
    plain = _without(document.value, [path for path, _ in _later(document)])
    try:
        policy = Policy.model_validate(plain)
    except ValidationError as error:
        for problem in _distinct(error):
            loc = _written_path(problem["loc"], document)
            known = _known_keys(Policy, loc[:-1])
            yield Problem(
                message=explain({**problem, "loc": loc}, known), place=document.place(loc)
            )
        return
    try:
        build_pipeline(policy.pipeline, installed.actions, {})
    except EntryProblem as error:
        yield Problem(message=str(error), place=document.place(("pipeline", *error.path)))
    for path, ref in policy.models.named:
        if wrong := unknown_provider(ref, installed.providers):
            yield Problem(message=wrong, place=document.place(path))
    if not is_input and is_in_the_clear(policy.models.base_url):
        yield Problem(
            message="models.base_url: plain http:// in a file may lead to this machine alone",
            place=document.place(("models", "base_url")),
        )


def unknown_provider(ref: str, providers: Collection[str]) -> str:
    """Return what is wrong with the provider of `provider:model`, empty where it is installed."""
    name = ref.partition(":")[0]
    return (
        "" if name in providers else f"there is no provider {name!r}{did_you_mean(name, providers)}"
    )


def _distinct(error: ValidationError) -> list[Any]:
    """Return the errors, unions' many branches told once for each place."""
    return list({problem["loc"][:2]: problem for problem in reversed(error.errors())}.values())[
        ::-1
    ]


def _written_path(loc: Sequence[str | int], document: Document) -> Path:
    """Drop what pydantic adds to a location for branches of a union."""
    path: Path = ()
    for part in loc:
        if (*path, part) in document.places or part == loc[-1]:
            path = (*path, part)
    return path


def _later(document: Document) -> Iterator[tuple[Path, str]]:
    for dotted, why in LATER.items():
        path: Path = tuple(dotted.split("."))
        if path in document.places:
            yield path, why


def _refused(document: Document) -> Iterator[Problem]:
    for path, why in _later(document):
        name = ".".join(map(str, path))
        yield Problem(message=f"{name}: {why}; leave it out", place=document.place(path))


def _without(value: Mapping[str, JsonValue], paths: Sequence[Path]) -> dict[str, JsonValue]:
    """Return a copy without those keys."""
    copy: dict[str, JsonValue] = {}
    for key, item in value.items():
        if (key,) in paths:
            continue
        deeper = [path[1:] for path in paths if path[0] == key and len(path) > 1]
        copy[key] = _without(item, deeper) if deeper and isinstance(item, dict) else item
    return copy


def _known_keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """Return the keys that are right under `path`."""
    for part in path:
        if isinstance(part, int):
            continue
        inner = model.model_fields.get(part)
        nested = _model_in(inner.annotation) if inner else None
        if nested is None:
            return ()
        model = nested
    return tuple(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model inside `X`, `X | None` or `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None


# Which key of the configuration an input sets.
_INPUT_KEYS: Mapping[str, tuple[str, ...]] = {
    "language": ("language",),
    "fail_on": ("gate", "fail_on"),
    "comment": ("comment",),
    "max_cost_usd": ("budget", "max_cost_usd"),
    "fallback_models": ("models", "fallback"),
    "base_url": ("models", "base_url"),
    "sarif_files": ("sarif", "files"),
}


def inputs_layer(inputs: Inputs) -> Layer:
    """Return what the Action's inputs say of keys that the configuration can set too."""
    value: dict[str, JsonValue] = {}
    plain = inputs.model_dump(mode="json", include=set(_INPUT_KEYS))
    for name, path in _INPUT_KEYS.items():
        if plain[name] not in (None, "", []):
            nested: JsonValue = plain[name]
            for key in reversed(path):
                nested = {key: nested}
            value = _merged(value, nested)  # type: ignore[arg-type] # a path has at least one key
    return Layer(name="inputs", value=value)


def combine(layers: Sequence[Layer], inputs: Inputs, registry: Registry) -> Effective:
    """Return what holds in the end. Raises `ConfigError` when an input's value is impossible."""
    last = inputs_layer(inputs)
    merged: dict[str, JsonValue] = {}
    for layer in (*layers, last):
        merged = _merged(merged, layer.value)
    try:
        policy = Policy.model_validate(merged)
        policy = policy.model_copy(update={"pipeline": _pipeline(policy, inputs)})
        overrides = {"effort": inputs.effort.value} if inputs.effort else {}
        actions = build_pipeline(policy.pipeline, registry, overrides)
    except ValidationError as error:
        raise _impossible(error) from None
    except EntryProblem as error:
        raise ConfigError(f"pipeline: {error}", hint="see docs/configuration.md") from None
    return Effective(
        policy=policy,
        actions=actions,
        origins=_origins(policy, (*layers, last), inputs),
        provider=inputs.provider,
        model=inputs.model,
    )


def _impossible(error: ValidationError) -> ConfigError:
    """Name the input: every other layer was found to be right where it was read."""
    problem = error.errors()[0]
    loc = problem["loc"]
    named = [name for name, path in _INPUT_KEYS.items() if loc[: len(path)] == path]
    said = explain({**problem, "loc": ()}, Policy.model_fields).removeprefix("it: ")
    return ConfigError(
        f"{f'input {named[0]!r}' if named else 'inputs'}: {said}",
        hint="see the table of inputs in the README",
    )


def _pipeline(policy: Policy, inputs: Inputs) -> tuple[Entry, ...]:
    """Return the pipeline; the input picks by name and keeps the options that are configured.

    Other tools' reports are taken in where some are named, whether the pipeline says so or not,
    and nowhere else.
    """
    configured = {split_entry(entry)[0]: entry for entry in policy.pipeline}
    entries = tuple(configured.get(name, name) for name in inputs.pipeline) or policy.pipeline
    names = [split_entry(entry)[0] for entry in entries]
    if not (policy.sarif.files or policy.coverage.files):
        named = zip(names, entries, strict=True)
        kept = tuple(entry for name, entry in named if name != _TOOL_REPORTS)
        if not kept:
            raise EntryProblem(
                (0,), "there is nothing to do: name other tools' reports, or another action"
            )
        return kept
    if _TOOL_REPORTS in names:
        return entries
    return configured.get(_TOOL_REPORTS, _TOOL_REPORTS), *entries


def _merged(under: Mapping[str, JsonValue], over: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[key] = _merged(below, value) if both else value  # type: ignore[arg-type] # both are dicts
    return result


def _origins(
    policy: Policy, layers: Sequence[Layer], inputs: Inputs
) -> dict[str, tuple[JsonValue, str]]:
    """Return each leaf with its value and the last layer that said it."""
    said: dict[str, str] = {}
    for layer in layers:
        said.update(dict.fromkeys(_leaves(layer.value), layer.name))
    origins = {
        name: (value, said.get(name, "default"))
        for name, value in _leaves(policy.model_dump(mode="json")).items()
    }
    for name in ("provider", "model", "effort"):
        if given := getattr(inputs, name):
            origins[name] = (str(given), "inputs")
    if inputs.pipeline:
        origins["pipeline"] = (origins["pipeline"][0], "inputs")
    return origins


def _leaves(value: Mapping[str, JsonValue], prefix: str = "") -> dict[str, JsonValue]:
    leaves: dict[str, JsonValue] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and item:
            leaves.update(_leaves(item, f"{name}."))
        else:
            leaves[name] = item
    return leaves
