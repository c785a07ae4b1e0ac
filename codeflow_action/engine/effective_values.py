"""What holds of the configuration, for people: each key with its value and who says so."""

from codeflow_action.engine.lazy import dataclass


@dataclass(frozen=True, kw_only=True)
class EffectiveValue:
    """One key by its dotted name, its value as JSON, and the name of the layer that it is from."""

    key: str
    value: str
    layer: str
