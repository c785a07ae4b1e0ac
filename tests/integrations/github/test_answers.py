"""What GitHub's answers mean."""

import json

import pytest

from codeflow_action.engine.errors import GitHubError
from codeflow_action.integrations.github.answers import Answer, graphql_data


def answer(*paths):
    errors = [{"message": "Resource not accessible by integration", "path": path} for path in paths]
    body = {"data": {"repository": {"rules": None}}, "errors": errors}
    return Answer(status=200, headers={}, body=json.dumps(body))


def test_an_optional_field_may_be_refused():
    data = graphql_data(answer(["repository", "rules"]), ("rules",))
    assert data == {"repository": {"rules": None}}


@pytest.mark.parametrize(
    "paths",
    [
        (["repository", "pullRequest"],),  # what was refused is needed
        (["repository", "rules"], ["repository", "pullRequest"]),
        (None,),  # an error of the whole query
    ],
)
def test_any_other_refusal_is_an_error(paths):
    with pytest.raises(GitHubError, match="not accessible"):
        graphql_data(answer(*paths), ("rules",))


def test_a_query_without_an_optional_field_has_to_succeed():
    with pytest.raises(GitHubError):
        graphql_data(answer(["repository", "rules"]), ())
