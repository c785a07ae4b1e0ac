"""JSON Schemas for people's editors and scripts, made from the models they describe."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from codeflow_action.config.pipeline_entries import Registry
from codeflow_action.config.policy import Policy
from codeflow_action.engine.findings import FINDINGS_SCHEMA_VERSION, Category, Evidence, Severity
from codeflow_action.engine.hand_off import HAND_OFF_FILE, HandOffFinding, HandOffReview

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Where editors and the catalogue of schemastore.org find the schema of the newest version.
CONFIGURATION_SCHEMA_URL = "https://raw.githubusercontent.com/org/codeflow/v1/codeflow.schema.json"


def configuration_schema(registry: Registry) -> dict[str, JsonValue]:
    """Return the schema of `.github/codeflow.yml`, with every installed action's options."""
    schema = Policy.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    options = {}
    for name, action in sorted(registry.items()):
        # Each action brings the definitions that its options refer to; all stand side by side.
        own = action.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(own.pop("$defs", {}))
        definitions[name] = own
        options[name] = {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}
    entry = {
        "anyOf": [
            {"enum": sorted(registry)},
            {
                "type": "object",
                "properties": options,
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }
    schema["properties"]["pipeline"] |= {"items": entry, "type": "array", "minItems": 1}
    _describe(schema, definitions)
    head = {"$schema": _DIALECT, "$id": CONFIGURATION_SCHEMA_URL}
    return {**head, **schema, "title": "CodeFlow configuration"}


def _describe(node: JsonValue, definitions: Mapping[str, JsonValue]) -> None:
    """Give each property below `node` that has no description its type's: its first paragraph."""
    if isinstance(node, list):
        for element in node:
            _describe(element, definitions)
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    for definition in properties.values() if isinstance(properties, dict) else ():
        if isinstance(definition, dict) and not definition.get("description"):
            definition["description"] = _meaning(definition, definitions)
    for value in node.values():
        _describe(value, definitions)


def _meaning(node: JsonValue, definitions: Mapping[str, JsonValue]) -> str:
    """Return the description of a type, or of the first of its branches that has one."""
    if not isinstance(node, dict):
        return ""
    if description := node.get("description"):
        return " ".join(str(description).partition("\n\n")[0].split())
    if "$ref" in node:
        return _meaning(definitions[str(node["$ref"]).removeprefix("#/$defs/")], definitions)
    branches = node.get("anyOf")
    meanings = (
        (_meaning(branch, definitions) for branch in branches) if isinstance(branches, list) else ()
    )
    return next(filter(None, meanings), "")


def hand_off_schema() -> dict[str, JsonValue]:
    """Return the schema of a line of the hand-off."""
    line = Annotated[HandOffReview | HandOffFinding, Field(discriminator="kind")]
    schema = TypeAdapter(line).json_schema(mode="serialization")
    return {"$schema": _DIALECT, **schema, "title": f"A line of {HAND_OFF_FILE}"}


def findings_schema() -> dict[str, JsonValue]:
    """Return the schema of the output `findings`."""
    line: JsonValue = {"type": ["integer", "null"], "minimum": 1}
    text: JsonValue = {"type": "string"}
    properties: dict[str, JsonValue] = {
        "id": text,
        "severity": {"enum": [severity.value for severity in Severity]},
        "category": {"enum": [category.value for category in Category]},
        "path": {"type": ["string", "null"]},
        "line": line,
        "end_line": line,
        "side": {"enum": ["LEFT", "RIGHT"]},
        "title": text,
        "message": text,
        "evidence": {"enum": [evidence.value for evidence in Evidence]},
        "sources": {"type": "array", "items": text},
        "blocking": {"type": "boolean"},
        "rule": text,
        "suggestion": {"type": ["string", "null"]},
        "url": text,
    }
    return {
        "$schema": _DIALECT,
        "$comment": f"schema version {FINDINGS_SCHEMA_VERSION}",
        "title": "CodeFlow findings",
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    }
