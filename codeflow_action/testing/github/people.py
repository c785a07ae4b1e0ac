"""Routes of accounts, their permissions, and labels.

https://docs.github.com/en/rest/collaborators/collaborators and
https://docs.github.com/en/rest/issues/labels
"""

import re
from functools import partial

from codeflow_action.testing.github import payloads
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Response,
    invalid,
    json_response,
    not_found,
    route,
)
from codeflow_action.testing.github.values import GitHubAccount, Label

_MAX_LABEL = 50  # characters: https://github.com/github/docs/issues/32156
_COLOR = re.compile(r"[0-9a-fA-F]{6}")
NO_ACCESS = "Resource not accessible by integration"


def viewer(call: ApiCall) -> Response:
    """Return who the token belongs to; the token of an installation may not ask."""
    if call.hub.viewer.is_bot:
        raise ApiRefusal(403, NO_ACCESS)
    return json_response(payloads.user(call.hub, call.hub.viewer))


def _permission(call: ApiCall) -> Response:
    repository, login = call.repository, call.args["login"]
    role = repository.collaborators.get(login)
    if role is None:  # everybody may read what is public
        role = "none" if repository.private else "read"
    # `permission` knows only the four old levels; the newer roles are mapped onto them.
    legacy = {"maintain": "write", "triage": "read"}.get(role, role)
    account = payloads.user(call.hub, GitHubAccount.from_login(login))
    return json_response({"permission": legacy, "role_name": role, "user": account})


def _label_name(text: str) -> str:
    """Return a label's name; one that is too long is refused."""
    name = text.strip()
    if not name or len(name) > _MAX_LABEL:
        raise invalid("Label", "name", "invalid")
    return name


def _create_label(call: ApiCall) -> Response:
    repository, fields = call.repository, call.fields()
    name = _label_name(fields.text("name"))
    color = fields.text("color", "ededed")
    if not _COLOR.fullmatch(color):
        raise invalid("Label", "color", "invalid")
    if any(label.name.lower() == name.lower() for label in repository.labels):
        raise invalid("Label", "name", "already_exists")
    label = Label(
        name=name,
        color=color,
        description=fields.text("description", ""),
    )
    repository.labels = (*repository.labels, label)
    return json_response(payloads.label(repository, label), status=201)


def _get_label(call: ApiCall) -> Response:
    repository, name = call.repository, call.args["label"].lower()
    for label in repository.labels:
        if label.name.lower() == name:
            return json_response(payloads.label(repository, label))
    raise not_found()


def _add_labels(call: ApiCall) -> Response:
    """Add labels; unknown ones come into being, as on GitHub."""
    pull, texts = call.pull, call.fields().texts("labels")
    # A label is found in whatever case it is written, and keeps its own.
    names_by_case = {label.name.lower(): label.name for label in call.repository.labels}
    new = {name.lower(): name for name in map(_label_name, texts)}
    names = [names_by_case.setdefault(key, name) for key, name in new.items()]
    known_names = {label.name for label in call.repository.labels}
    labels = tuple(Label(name=name) for name in names if name not in known_names)
    call.repository.labels = (*call.repository.labels, *labels)
    pull.put_labels(*names, author=call.hub.viewer.login)
    return json_response(payloads.labels(pull))


def _remove_label(call: ApiCall) -> Response:
    pull, name = call.pull, call.args["label"]
    if name not in pull.labels:
        raise ApiRefusal(404, "Label does not exist")
    pull.labels = tuple(label for label in pull.labels if label != name)
    return json_response(payloads.labels(pull))


_READS = ("issues=read", "pull_requests=read")
_WRITES = ("issues=write", "pull_requests=write")

ROUTES = (
    route("GET", "/collaborators/{login}/permission", _permission, "metadata=read"),
    route(
        "GET",
        "/labels",
        lambda call: call.list_response(
            call.repository.labels, partial(payloads.label, call.repository)
        ),
        *_READS,
    ),
    route("POST", "/labels", _create_label, *_WRITES),
    route("GET", "/labels/{label}", _get_label, *_READS),
    route(
        "GET",
        "/issues/{number}/labels",
        lambda call: call.list_response(payloads.labels(call.pull)),
        *_READS,
    ),
    route("POST", "/issues/{number}/labels", _add_labels, *_WRITES),
    route("DELETE", "/issues/{number}/labels/{label}", _remove_label, *_WRITES),
)
