"""Routes of check runs: 50 annotations a request, 65,535 characters a text, apps only."""

from dataclasses import replace

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Fields,
    Response,
    json_response,
    malformed,
    not_found,
    route,
)
from codeflow_action.testing.github.values import Annotation, CheckRun, JsonObject

# All from GitHub REST: checks/create.
MAX_ANNOTATIONS = 50
MAX_TEXT = 65_535  # characters of summary and of text
MAX_MESSAGE = 65_536  # bytes of an annotation's message
MAX_TITLE = 255
_CONCLUSIONS = (
    *("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"),
    "",
)
_STATUSES = ("queued", "in_progress", "completed")
_LEVELS = ("notice", "warning", "failure")
_ANNOTATION = (
    *("path", "start_line", "end_line", "start_column", "end_column"),
    *("annotation_level", "message", "title", "raw_details"),
)


def _create(call: ApiCall) -> Response:
    fields, repository = _fields(call), call.repository
    head = fields.text("head_sha")
    if repository.objects.resolve(head) != head:
        raise ApiRefusal(422, f"No commit found for SHA: {head}")
    now = call.hub.now()
    new = CheckRun(
        id=call.hub.next_id(),
        name=fields.text("name"),
        head_sha=head,
        status="queued",
        conclusion="",
        external_id="",
        details_url="",
        title="",
        summary="",
        text="",
        annotations=(),
        started_at=now,
        completed_at="",
    )
    run = _changed(new, fields, now)
    repository.put_check_run(run)
    return json_response(writings.check_run(repository, run), status=201)


def _update(call: ApiCall) -> Response:
    fields, repository = _fields(call), call.repository
    run = _changed(_found(call), fields, call.hub.now())
    repository.put_check_run(run)
    return json_response(writings.check_run(repository, run))


def _fields(call: ApiCall) -> Fields:
    """Return the body. Raises `ApiRefusal`: only apps write check runs."""
    if not call.viewer.is_bot:
        raise ApiRefusal(403, "You must authenticate via a GitHub App.")
    return call.fields()


def _found(call: ApiCall) -> CheckRun:
    wanted = int(call.args["id"])
    found = next((run for run in call.repository.check_runs if run.id == wanted), None)
    if found is None:
        raise not_found()
    return found


def _changed(run: CheckRun, fields: Fields, now: str) -> CheckRun:
    """Return the run with what a request says of it; annotations are added to those it has."""
    conclusion = _member(fields, "conclusion", run.conclusion, _CONCLUSIONS)
    status = _member(fields, "status", "completed" if conclusion else run.status, _STATUSES)
    if status == "completed" and not conclusion:
        raise malformed('"conclusion" wasn\'t supplied.')
    output = fields.object("output")
    if "output" in fields and not ("title" in output or run.title):
        raise malformed('"title" wasn\'t supplied.')
    if "output" in fields and "summary" not in output:
        raise malformed('"summary" wasn\'t supplied.')
    return replace(
        run,
        name=fields.text_or("name", run.name),
        status=status,
        conclusion=conclusion,
        external_id=fields.text_or("external_id", run.external_id),
        details_url=fields.text_or("details_url", run.details_url),
        title=output.text_or("title", run.title),
        summary=_limited(output.text_or("summary", run.summary)),
        text=_limited(output.text_or("text", run.text)),
        annotations=(*run.annotations, *_annotations(output)),
        completed_at=now if conclusion else "",
    )


def _member(fields: Fields, key: str, default: str, allowed: tuple[str, ...]) -> str:
    value = fields.text_or(key, default)
    if value not in allowed:
        raise malformed(f"For 'properties/{key}', {value} is not a member of {list(allowed)}.")
    return value


def _limited(text: str, limit: int = MAX_TEXT) -> str:
    if len(text) > limit:
        raise malformed(f"Only {limit} characters are allowed; {len(text)} were supplied.")
    return text


def _annotations(output: Fields) -> tuple[Annotation, ...]:
    supplied = output.objects("annotations", permitted=_ANNOTATION)
    if len(supplied) > MAX_ANNOTATIONS:
        raise malformed(
            f"No more than {MAX_ANNOTATIONS} items are allowed; {len(supplied)} were supplied."
        )
    return tuple(_annotation(fields) for fields in supplied)


def _annotation(fields: Fields) -> Annotation:
    start, end = fields.number("start_line"), fields.number("end_line")
    if start is None or end is None:
        raise malformed('"start_line" and "end_line" must be supplied.')
    if start < 1 or end < start:
        raise malformed("The end line must not precede the start line.")
    if start != end and ("start_column" in fields or "end_column" in fields):
        raise malformed("Columns need start and end on the same line.")
    message = fields.text("message")
    if len(message.encode("utf-8", "replace")) > MAX_MESSAGE or not message:
        raise malformed(f"The message must have 1 to {MAX_MESSAGE} bytes.")
    return Annotation(
        path=fields.text("path"),
        start_line=start,
        end_line=end,
        level=_member(fields, "annotation_level", "", _LEVELS),
        message=message,
        title=_limited(fields.text_or("title"), MAX_TITLE),
    )


def _get(call: ApiCall) -> Response:
    return json_response(writings.check_run(call.repository, _found(call)))


def _list_annotations(call: ApiCall) -> Response:
    return call.page(_found(call).annotations, _annotation_shape)


def _annotation_shape(one: Annotation) -> JsonObject:
    return {
        "path": one.path,
        "start_line": one.start_line,
        "end_line": one.end_line,
        "annotation_level": one.level,
        "message": one.message,
        "title": one.title or None,
        "raw_details": None,
    }


def _list_for_commit(call: ApiCall) -> Response:
    repository = call.repository
    sha = repository.objects.resolve(call.args["ref"])
    if sha is None:
        raise ApiRefusal(422, f"No commit found for SHA: {call.args['ref']}")
    name = call.request.query.get("check_name")
    found = [
        one for one in repository.check_runs if one.head_sha == sha and name in (None, one.name)
    ]
    taken, links = call.cut(found)
    shapes = [writings.check_run(repository, one) for one in taken]
    return json_response({"total_count": len(found), "check_runs": shapes}, headers=links)


_READ, _WRITE = "checks=read", "checks=write"

ROUTES = (
    route("POST", "/check-runs", _create, _WRITE),
    route("GET", "/check-runs/{id}", _get, _READ),
    route("PATCH", "/check-runs/{id}", _update, _WRITE),
    route("GET", "/check-runs/{id}/annotations", _list_annotations, _READ),
    route("GET", "/commits/{ref}/check-runs", _list_for_commit, _READ),
)
