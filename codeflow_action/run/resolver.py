"""From layers of configuration to what holds: one way for every copy that is looked at."""

from collections.abc import Sequence
from dataclasses import replace

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective, Layer, combine, read_layer
from codeflow_action.config.model_choice import Access, ModelChoice, choose_models
from codeflow_action.config.plugins import Plugins
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason
from codeflow_action.manifests.yaml_text import Problem

# Of one error message: a person mends some and runs again, and an annotation has to stay readable.
_MAX_PROBLEMS = 5


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The configuration that holds, and the models that it comes to."""

    effective: Effective
    choice: ModelChoice


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Makes what holds: of the base's copy, of the head's to see what would come of it, of none."""

    inputs: Inputs
    access: Access
    plugins: Plugins

    def resolve(self, layers: Sequence[Layer]) -> Resolution:
        """Return what these files come to with the inputs. Raises `ConfigError`."""
        whole = [*layers, *inline_layers(self.inputs, self.plugins)]
        effective = combine(whole, self.inputs, self.plugins.actions)
        choice = choose_models(effective, self.access, self.plugins.providers)
        return Resolution(effective=effective, choice=choice)

    def without_files(self) -> Resolution:
        """Return the defaults with the inputs, and no models. Raises `ConfigError`."""
        # The file might say `never_send`, or where models are: without it nothing may be sent.
        resolution = self.resolve(())
        is_wanted = resolution.choice.default is not None or resolution.choice.is_named
        choice = ModelChoice(why_not=Reason.INVALID_CONFIG, is_named=is_wanted)
        return replace(resolution, choice=choice)


def inline_layers(inputs: Inputs, plugins: Plugins) -> list[Layer]:
    """Return the layer of the input `config`, none where it is empty. Raises `ConfigError`."""
    if not inputs.config:
        return []
    name = "input 'config'"
    layer, problems = read_layer(name, inputs.config, plugins, is_input=True)
    refuse(name, problems, "see docs/configuration.md")
    return [layer]


def file_layer(name: str, content: bytes, plugins: Plugins) -> Layer:
    """Return the layer of a file that was named. Raises `ConfigError`."""
    layer, problems = read_layer(name, content, plugins)
    refuse(name, problems, "see docs/configuration.md")
    return layer


def refuse(name: str, problems: Sequence[Problem], hint: str) -> None:
    """Raise `ConfigError` for a text that has problems."""
    if not problems:
        return
    reasons = "; ".join(problem.at(name) for problem in problems[:_MAX_PROBLEMS])
    rest = f"; and {len(problems) - _MAX_PROBLEMS} more" if len(problems) > _MAX_PROBLEMS else ""
    raise ConfigError(f"{reasons}{rest}", hint=hint)
