"""One strict dialect for all four APIs."""

import jsonschema
import pytest
from pydantic import BaseModel, Field

from codeflow_action.actions.pr_reviewer.remarks import Review
from codeflow_action.ai.strict_schema import strict
from codeflow_action.testing.provider.fixtures import Opinion

ALLOWED = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
    "description",
}


def nodes(schema):
    yield schema
    for branch in [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]:
        yield from nodes(branch)
    if "items" in schema:
        yield from nodes(schema["items"])


@pytest.mark.parametrize("model", [Review, Opinion])
def test_every_reply_of_ours_can_be_expressed(model):
    schema = strict(model)
    jsonschema.Draft202012Validator.check_schema(schema)
    for node in nodes(schema):
        assert set(node) <= ALLOWED
        if node.get("type") == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False


def test_limits_that_no_dialect_knows_are_said_in_words():
    class Scored(BaseModel):
        score: float = Field(ge=0, le=1, description="How sure")

    score = strict(Scored)["properties"]["score"]
    assert score["type"] == "number"
    assert "How sure" in score["description"]
    assert "maximum: 1" in score["description"]


class Node(BaseModel):
    children: list["Node"]


class Free(BaseModel):
    by_name: dict[str, int]


class Mixed(BaseModel):
    value: int | str


@pytest.mark.parametrize("model", [Node, Free, Mixed])
def test_what_cannot_be_expressed_is_an_error_and_not_a_guess(model):
    with pytest.raises(TypeError):
        strict(model)
