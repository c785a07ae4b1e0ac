"""The parts of SARIF 2.1.0 that are used. A part that is missing or wrong is None; the rest stays.

Section numbers are those of the OASIS standard.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any JSON
    try:
        return handler(value)
    except ValidationError:
        return None


def _or_empty(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any JSON
    return handler(value) if isinstance(value, list) else ()


def _or_no_keys(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        return {}
    return handler({key: item for key, item in value.items() if key.isprintable()})


def _text(value: object) -> str | None:
    """Take a number for a text too; half of a surrogate pair, which is no text, is replaced."""
    if isinstance(value, str | int):
        return str(value).encode("utf-8", "replace").decode()
    return None


type Text = Annotated[str | None, BeforeValidator(_text)]
type Maybe[T] = Annotated[T | None, WrapValidator(_or_none)]
type Items[T] = Annotated[tuple[Maybe[T], ...], WrapValidator(_or_empty)]
type Dictionary[T] = Annotated[Mapping[str, Maybe[T]], WrapValidator(_or_no_keys)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Message(_Part):
    """3.11 and 3.12: a text, or the id of one with arguments for its `{0}`."""

    text: Text = None
    markdown: Text = None
    id: Text = None
    arguments: Items[Text] = ()


class Properties(_Part):
    """3.8, of rules and results: what GitHub reads of them."""

    tags: Items[Text] = ()
    security_severity: object = Field(default=None, alias="security-severity")


class Configuration(_Part):
    """3.50."""

    level: object = None


class ReportingDescriptor(_Part):
    """3.49, reportingDescriptor."""

    id: Text = None
    name: Text = None
    short_description: Maybe[Message] = Field(default=None, alias="shortDescription")
    full_description: Maybe[Message] = Field(default=None, alias="fullDescription")
    message_strings: Dictionary[Message] = Field(default={}, alias="messageStrings")
    default_configuration: Maybe[Configuration] = Field(default=None, alias="defaultConfiguration")
    properties: Maybe[Properties] = None


class Component(_Part):
    """3.19: a tool's driver, or an extension of it."""

    name: Text = None
    guid: Text = None
    rules: Items[ReportingDescriptor] = ()
    global_message_strings: Dictionary[Message] = Field(default={}, alias="globalMessageStrings")


class Tool(_Part):
    """3.18."""

    driver: Maybe[Component] = None
    extensions: Items[Component] = ()


class ComponentReference(_Part):
    """3.54."""

    name: Text = None
    guid: Text = None
    index: Maybe[int] = None


class RuleReference(_Part):
    """3.52."""

    id: Text = None
    index: Maybe[int] = None
    tool_component: Maybe[ComponentReference] = Field(default=None, alias="toolComponent")


class Override(_Part):
    """3.51."""

    descriptor: Maybe[RuleReference] = None
    configuration: Maybe[Configuration] = None


class Notification(_Part):
    """3.58: what a tool tells of its own run."""

    level: object = None
    message: Maybe[Message] = None


class ArtifactLocation(_Part):
    """3.4."""

    uri: Text = None
    uri_base_id: Text = Field(default=None, alias="uriBaseId")
    index: Maybe[int] = None


class Invocation(_Part):
    """3.20."""

    execution_successful: Maybe[bool] = Field(default=None, alias="executionSuccessful")
    on_execution: Items[Notification] = Field(default=(), alias="toolExecutionNotifications")
    on_configuration: Items[Notification] = Field(
        default=(), alias="toolConfigurationNotifications"
    )
    rule_configuration_overrides: Items[Override] = Field(
        default=(), alias="ruleConfigurationOverrides"
    )
    working_directory: Maybe[ArtifactLocation] = Field(default=None, alias="workingDirectory")


class Artifact(_Part):
    """3.24."""

    location: Maybe[ArtifactLocation] = None


class Region(_Part):
    """3.30."""

    start_line: Maybe[int] = Field(default=None, alias="startLine")
    end_line: Maybe[int] = Field(default=None, alias="endLine")
    end_column: Maybe[int] = Field(default=None, alias="endColumn")
    char_offset: Maybe[int] = Field(default=None, alias="charOffset")
    char_length: Maybe[int] = Field(default=None, alias="charLength")
    byte_offset: Maybe[int] = Field(default=None, alias="byteOffset")
    byte_length: Maybe[int] = Field(default=None, alias="byteLength")
    snippet: Maybe[Message] = None


class PhysicalLocation(_Part):
    """3.29."""

    artifact_location: Maybe[ArtifactLocation] = Field(default=None, alias="artifactLocation")
    region: Maybe[Region] = None


class Location(_Part):
    """3.28."""

    physical_location: Maybe[PhysicalLocation] = Field(default=None, alias="physicalLocation")


class Suppression(_Part):
    """3.35."""

    status: Text = None


class Provenance(_Part):
    """3.48."""

    invocation_index: Maybe[int] = Field(default=None, alias="invocationIndex")


class Result(_Part):
    """3.27."""

    rule_id: Text = Field(default=None, alias="ruleId")
    rule_index: Maybe[int] = Field(default=None, alias="ruleIndex")
    rule: Maybe[RuleReference] = None
    kind: Text = None
    level: object = None
    message: Maybe[Message] = None
    locations: Items[Location] = ()
    analysis_target: Maybe[ArtifactLocation] = Field(default=None, alias="analysisTarget")
    suppressions: Items[Suppression] = ()
    baseline_state: Text = Field(default=None, alias="baselineState")
    provenance: Maybe[Provenance] = None
    properties: Maybe[Properties] = None


class Run(_Part):
    """3.14; its results are read one by one."""

    tool: Maybe[Tool] = None
    artifacts: Items[Artifact] = ()
    invocations: Items[Invocation] = ()
    original_uri_base_ids: Dictionary[ArtifactLocation] = Field(
        default={}, alias="originalUriBaseIds"
    )
    column_kind: Text = Field(default=None, alias="columnKind")
    results: Annotated[tuple[object, ...], WrapValidator(_or_empty)] = ()
