"""Which rule a SARIF result is of, and what the run's configuration says of that rule."""

from functools import cached_property

from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.reports.sarif_model import (
    Component,
    ComponentReference,
    Configuration,
    Override,
    ReportingDescriptor,
    Result,
    RuleReference,
)

_NO_RULE = ReportingDescriptor()
_MAX_ID = 500  # characters


@dataclass(frozen=True, kw_only=True)
class RunRules:
    """The rules of one run; `overrides` by invocation."""

    driver: Component
    extensions: tuple[Component | None, ...]
    overrides: tuple[tuple[Override | None, ...], ...]

    def rule_of(self, result: Result) -> ReportingDescriptor:
        """Return the rule by index or by id, or an empty one if the run does not hold it."""
        reference = result.rule or RuleReference()
        identifier = result.rule_id or reference.id
        index = result.rule_index if result.rule_index is not None else reference.index
        component = self._component(reference.tool_component)
        if index is not None and 0 <= index < len(component.rules):
            rule = component.rules[index]
            if rule and not (identifier and rule.id and not _is_of(identifier, rule.id)):
                return rule
        # The id may go on below that of the rule, which then ends before a `/` (3.27.5).
        name = (identifier or "")[:_MAX_ID]
        while name:
            for by_id in (self._by_id[id(component)], *self._by_id.values()):
                if rule := by_id.get(name):
                    return rule
            name = name.rpartition("/")[0]
        return _NO_RULE

    def override_of(self, result: Result) -> Configuration | None:
        """Return what the invocation set for the result's rule (3.27.10, 3.20.5)."""
        index = result.provenance.invocation_index if result.provenance else None
        if index is None and len(self.overrides) == 1:
            index = 0
        if index is None or not 0 <= index < len(self.overrides):
            return None
        rule = self.rule_of(result)
        for override in self.overrides[index]:
            reference = override.descriptor if override else None
            if override is None or reference is None:
                continue
            if reference.id is not None:
                is_meant = _is_of(result.rule_id or rule.id or "", reference.id)
            else:
                rules, number = self._component(reference.tool_component).rules, reference.index
                is_meant = number is not None and 0 <= number < len(rules) and rules[number] is rule
            if is_meant:
                return override.configuration
        return None

    def _component(self, reference: ComponentReference | None) -> Component:
        """Return the extension that is meant, or the driver."""
        if reference is None:
            return self.driver
        index = reference.index
        if index is not None and 0 <= index < len(self.extensions):
            return self.extensions[index] or self.driver
        for extension in self.extensions:
            if extension and reference.guid and reference.guid == extension.guid:
                return extension
            if extension and reference.name and reference.name == extension.name:
                return extension
        return self.driver

    @cached_property
    def _by_id(self) -> dict[int, dict[str, ReportingDescriptor]]:
        """The rules by id, for each component by its identity; the driver comes first."""
        return {
            # Of two rules with the same id, the first is meant.
            id(component): {rule.id: rule for rule in reversed(component.rules) if rule and rule.id}
            for component in (self.driver, *filter(None, self.extensions))
        }


def _is_of(identifier: str, rule: str) -> bool:
    return identifier == rule or identifier.startswith(f"{rule}/")
