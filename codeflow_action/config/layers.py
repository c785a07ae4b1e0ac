"""Layers of configuration: defaults < file < `config` input < inputs; the later wins, key by key.

Each layer is checked alone first, so that a mistake is reported where it was written.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import islice

from pydantic import JsonValue, ValidationError

from codeflow_action.config.addresses import is_in_the_clear
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.mistakes import explain, mistakes, written_path
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.pipeline_entries import (
    EntryProblem,
    Registry,
    build_pipeline,
    split_entry,
)
from codeflow_action.config.plugins import Plugins
from codeflow_action.config.policy import ADDRESSING_KEYS, Entry, Policy
from codeflow_action.engine.action import Action
from codeflow_action.engine.effective_values import EffectiveValue
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass
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
        section = {key: models[key] for key in ADDRESSING_KEYS if key in models}
        return replace(self, value={"models": section} if section else {})

    @property
    def without_addressing(self) -> "Layer":
        """All but what it says of models' addresses, providers and prices."""
        models = self._models
        section = {key: value for key, value in models.items() if key not in ADDRESSING_KEYS}
        return replace(self, value={**self.value, "models": section} if models else self.value)

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

    @property
    def values(self) -> tuple[EffectiveValue, ...]:
        """All of it for people, by name."""
        return tuple(
            EffectiveValue(key=key, value=json.dumps(value, ensure_ascii=False), layer=layer)
            for key, (value, layer) in sorted(self.origins.items())
        )


def read_layer(
    name: str, content: bytes | str, plugins: Plugins, *, is_input: bool = False
) -> tuple[Layer, tuple[Problem, ...]]:
    """Parse and check one text, with its first 20 problems; with any, it must not be applied.

    What an input says may lead to a server on the job's own network by plain http: whoever writes
    it gives the keys, too. A file may not.
    """
    # Strangers write these texts: `parse` bounds size, depth and aliases, and knows each line.
    try:
        document = parse(content)
    except DocumentError as error:
        return Layer(name=name, value={}), (error.problem,)
    layer = Layer(name=name, value=document.value, places=document.places)
    problems = islice(_problems(document, plugins, is_input=is_input), _MAX_PROBLEMS)
    return layer, tuple(
        replace(problem, message=problem.message[:_MAX_MESSAGE]) for problem in problems
    )


def _problems(document: Document, plugins: Plugins, *, is_input: bool) -> Iterator[Problem]:
    try:
        policy = Policy.model_validate(document.value)
    except ValidationError as error:
        # A union complains once for each of its branches: one problem for each place is enough.
        by_place = {problem["loc"][:2]: problem for problem in reversed(mistakes(error))}
        for problem in reversed(by_place.values()):
            path = written_path(problem, document.value)
            yield Problem(message=explain(problem, path, Policy), place=document.place(path))
        return
    # Built and thrown away: only an action knows what its options may be.
    try:
        build_pipeline(policy.pipeline, plugins.actions, {})
    except EntryProblem as error:
        yield Problem(message=str(error), place=document.place(("pipeline", *error.path)))
    # Two entries of a list may name the same provider; each is told of in its own place.
    for path, ref in policy.models.refs:
        if wrong := unknown_provider(ref, plugins.providers):
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
        # An input that is not set arrives empty, and must not blank what a file says.
        if plain[name] not in (None, "", []):
            section: JsonValue = plain[name]
            for key in reversed(path):
                section = {key: section}
            value = _merge(value, section)  # type: ignore[arg-type] # a path has at least one key
    return Layer(name="inputs", value=value)


def combine(layers: Sequence[Layer], inputs: Inputs, registry: Registry) -> Effective:
    """Return what holds in the end. Raises `ConfigError` when an input's value is impossible."""
    # Inputs come last: whoever writes the workflow has the final word over its repository's file.
    last = inputs_layer(inputs)
    value: dict[str, JsonValue] = {}
    for layer in (*layers, last):
        value = _merge(value, layer.value)
    try:
        policy = Policy.model_validate(value)
        policy = policy.model_copy(update={"pipeline": _pipeline(policy, inputs)})
        overrides = {"effort": inputs.effort.value} if inputs.effort else {}
        actions = build_pipeline(policy.pipeline, registry, overrides)
    except ValidationError as error:
        # Every other layer was found to be right where it was read: it is an input.
        problem = error.errors()[0]
        loc = problem["loc"]
        names = [name for name, path in _INPUT_KEYS.items() if loc[: len(path)] == path]
        message = explain(problem, (), Policy)
        raise ConfigError(
            f"{f'input {names[0]!r}' if names else 'inputs'}: {message}",
            hint="see the table of inputs in the README",
        ) from None
    except EntryProblem as error:
        raise ConfigError(f"pipeline: {error}", hint="see docs/configuration.md") from None
    return Effective(
        policy=policy,
        actions=actions,
        origins=_origins(policy, (*layers, last), inputs),
        provider=inputs.provider,
        model=inputs.model,
    )


def _pipeline(policy: Policy, inputs: Inputs) -> tuple[Entry, ...]:
    """Return the pipeline; the input picks by name and keeps the options that are configured.

    Other tools' reports are taken in where some are named, whether the pipeline says so or not,
    and nowhere else.
    """
    by_name = {split_entry(entry)[0]: entry for entry in policy.pipeline}
    entries = tuple(by_name.get(name, name) for name in inputs.pipeline) or policy.pipeline
    names = [split_entry(entry)[0] for entry in entries]
    if not (policy.sarif.files or policy.coverage.files):
        pairs = zip(names, entries, strict=True)
        entries = tuple(entry for name, entry in pairs if name != _TOOL_REPORTS)
        if not entries:
            raise EntryProblem(
                (0,), "there is nothing to do: name other tools' reports, or another action"
            )
        return entries
    if _TOOL_REPORTS in names:
        return entries
    return by_name.get(_TOOL_REPORTS, _TOOL_REPORTS), *entries


def _merge(base: Mapping[str, JsonValue], layer: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the base with what the layer says in its place; lists are replaced, not joined."""
    result = dict(base)
    for key, value in layer.items():
        section = result.get(key)
        if isinstance(section, dict) and isinstance(value, dict):
            result[key] = _merge(section, value)
        else:
            result[key] = value
    return result


def _origins(
    policy: Policy, layers: Sequence[Layer], inputs: Inputs
) -> dict[str, tuple[JsonValue, str]]:
    """Return each leaf with its value and the last layer that said it."""
    layer_names: dict[str, str] = {}
    for layer in layers:
        layer_names.update(dict.fromkeys(_leaves(layer.value), layer.name))
    origins = {
        name: (value, layer_names.get(name, "default"))
        for name, value in _leaves(policy.model_dump(mode="json")).items()
    }
    for name in ("provider", "model", "effort"):
        if value := getattr(inputs, name):
            origins[name] = (str(value), "inputs")
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
