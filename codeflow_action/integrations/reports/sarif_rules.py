"""Which rule a SARIF result is of, and what the run's configuration says of that rule."""

from dataclasses import dataclass
from functools import cached_property

from codeflow_action.integrations.reports.sarif_model import (
    Component,
    ComponentReference,
    Configuration,
    Message,
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
        """Return the rule by index or by id, an empty one where the run does not hold it."""
        reference = result.rule or RuleReference()
        identifier = result.rule_id or reference.id
        index = result.rule_index if result.rule_index is not None else reference.index
        component = self._component(reference.tool_component)
        if index is not None and 0 <= index < len(component.rules):
            rule = component.rules[index]
            if rule and not (identifier and rule.id and not _is_of(identifier, rule.id)):
                return rule
        return self._by_id(identifier, component) or _NO_RULE

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

    def global_string(self, identifier: str) -> Message | None:
        """Return a message of the driver that belongs to no rule."""
        return self.driver.global_message_strings.get(identifier)

    def _component(self, reference: ComponentReference | None) -> Component:
        """Return the extension that is meant, the driver where none is."""
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

    def _by_id(self, identifier: str | None, component: Component) -> ReportingDescriptor | None:
        """Return the rule of that id, or of what stands before its last `/` (3.27.5)."""
        name = (identifier or "")[:_MAX_ID]
        while name:
            for owner in (component, *self._all):
                if rule := self._tables[id(owner)].get(name):
                    return rule
            name = name.rpartition("/")[0]
        return None

    @cached_property
    def _all(self) -> tuple[Component, ...]:
        return (self.driver, *(extension for extension in self.extensions if extension))

    @cached_property
    def _tables(self) -> dict[int, dict[str, ReportingDescriptor]]:
        return {
            id(owner): {rule.id: rule for rule in reversed(owner.rules) if rule and rule.id}
            for owner in self._all
        }


def _is_of(identifier: str, rule: str) -> bool:
    return identifier == rule or identifier.startswith(f"{rule}/")
