"""Routes of issues, among which GitHub counts pull requests.

https://docs.github.com/en/rest/issues/issues
"""

from dataclasses import replace

from codeflow_action.testing.github import payloads
from codeflow_action.testing.github.comments import TOO_LONG
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Fields,
    Response,
    invalid,
    json_response,
    not_found,
    route,
)
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import (
    BODY_LIMIT,
    GitHubAccount,
    JsonObject,
    Label,
    ServedIssue,
)

_MAX_TITLE = 256  # characters: "title is too long (maximum is 256 characters)"
_STATES = ("open", "closed")
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def _list(call: ApiCall) -> Response:
    repository, query = call.repository, call.request.query
    # Pull requests are issues too, and a list of issues has them.
    things: list[ServedIssue | Pull] = [*repository.own_issues, *repository.pulls.values()]
    state, creator = query.get("state", "open"), query.get("creator", "").lower()
    labels = set(filter(None, query.get("labels", "").split(",")))
    hits = [
        thing
        for thing in sorted(things, key=lambda thing: -thing.number)
        if state in ("all", thing.state)
        and (not creator or thing.author.login.lower() == creator)
        and labels <= set(thing.labels)
    ]
    return call.list_response(
        hits,
        lambda thing: (
            payloads.issue(thing) if isinstance(thing, Pull) else _shape(repository, thing)
        ),
    )


def _shape(repository: RepositoryState, issue: ServedIssue) -> JsonObject:
    hub = repository.hub
    return {
        "id": 40_000 + issue.number,
        "node_id": f"I_{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason or None,
        "user": payloads.user(hub, issue.author),
        "labels": [payloads.label(repository, Label(name=name)) for name in issue.labels],
        "assignees": [
            payloads.user(hub, GitHubAccount.from_login(login)) for login in issue.assignees
        ],
        "url": f"{repository.api_url}/issues/{issue.number}",
        "html_url": f"{repository.html_url}/issues/{issue.number}",
    }


def _create(call: ApiCall) -> Response:
    repository, fields = call.repository, call.fields()
    if not repository.has_issues:
        raise ApiRefusal(410, "Issues are disabled for this repo")
    title, body = fields.text("title"), fields.text("body", "")
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title) > _MAX_TITLE:
        message = f"title is too long (maximum is {_MAX_TITLE} characters)"
        raise invalid("Issue", "title", "custom", message)
    if len(body) > BODY_LIMIT:
        raise invalid("Issue", "body", "custom", TOO_LONG)
    issue = ServedIssue(
        repository=repository.full_name,
        number=repository.next_number,
        title=title,
        body=body,
        author=call.hub.viewer,
        labels=tuple(dict.fromkeys(fields.texts("labels"))),
        assignees=_assignees(repository, fields),
    )
    repository.issues = (*repository.issues, issue)
    known_names = {label.name for label in repository.labels}
    # A label that the repository lacks comes into being, as when it is added to a pull request.
    new = tuple(Label(name=name) for name in issue.labels if name not in known_names)
    repository.labels = (*repository.labels, *new)
    return json_response(_shape(repository, issue), status=201)


def _assignees(repository: RepositoryState, fields: Fields) -> tuple[str, ...]:
    assignees = fields.texts("assignees")
    strangers = [login for login in assignees if login not in repository.collaborators]
    # Word for word from https://github.com/JasonEtco/create-an-issue/issues/41
    if strangers:
        error = {"value": strangers[0], "resource": "Issue", "field": "assignees"}
        raise ApiRefusal(422, "Validation Failed", errors=[error | {"code": "invalid"}])
    return assignees


def _update(call: ApiCall) -> Response:
    repository, fields, number = call.repository, call.fields(), int(call.args["number"])
    issue = next((issue for issue in repository.own_issues if issue.number == number), None)
    if issue is None:
        raise not_found()
    new = replace(
        issue,
        state=fields.member("state", _STATES, issue.state),
        state_reason=fields.member("state_reason", (*_REASONS, ""), issue.state_reason),
    )
    repository.issues = tuple(new if old == issue else old for old in repository.issues)
    return json_response(_shape(repository, new))


def search(call: ApiCall) -> Response:
    """Find issues of one repository by a word of their text, as far as it is asked for here."""
    words = call.request.query.get("q", "").split()
    qualifiers = dict(word.split(":", 1) for word in words if ":" in word)
    if qualifiers.keys() - {"repo", "is", "in"} or qualifiers.get("is") != "issue":
        raise invalid("Search", "q", "invalid")
    repository = call.hub.repositories.get(qualifiers["repo"].lower())
    plain = [word.lower() for word in words if ":" not in word]
    hits = [
        issue
        for issue in (repository.own_issues if repository else ())
        if all(word in issue.body.lower() for word in plain)
    ]
    shapes = [_shape(repository, issue) for issue in hits if repository]
    answer = {"total_count": len(hits), "incomplete_results": False, "items": shapes}
    return json_response(answer)


_READS = ("issues=read", "pull_requests=read")

ROUTES = (
    route("GET", "/issues", _list, *_READS),
    # Unlike a comment on a pull request, an issue takes the permission of its own.
    route("POST", "/issues", _create, "issues=write"),
    route("PATCH", "/issues/{number}", _update, "issues=write"),
)
