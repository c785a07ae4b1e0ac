"""Routes of check runs: 50 annotations a request, 65,535 characters a text, apps only."""

from dataclasses import replace

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Fields,
    Response,
    json_response,
    malformed_body,
    not_found,
    route,
)
from codeflow_action.testing.github.values import Annotation, JsonObject, ServedCheckRun

# The limits and words of this file: https://docs.github.com/en/rest/checks/runs
MAX_ANNOTATIONS = 50  # of one request; later requests add to them
MAX_TEXT = 65_535  # characters of summary and of text
MAX_MESSAGE = 65_536  # bytes of an annotation's message
MAX_TITLE = 255  # characters
_CONCLUSIONS = (
    *("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"),
    "",
)
_STATUSES = ("queued", "in_progress", "completed")
_LEVELS = ("notice", "warning", "failure")
_ANNOTATION_KEYS = (
    *("path", "start_line", "end_line", "start_column", "end_column"),
    *("annotation_level", "message", "title", "raw_details"),
)


def _create(call: ApiCall) -> Response:
    fields, repository = _app_fields(call), call.repository
    head = fields.text("head_sha")
    if repository.objects.resolve(head) != head:
        raise ApiRefusal(422, f"No commit found for SHA: {head}")
    time = call.hub.now()
    new = ServedCheckRun(
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
        started_at=time,
        completed_at="",
    )
    run = _apply(fields, new, time)
    repository.check_runs = (*repository.check_runs, run)
    return json_response(writings.check_run(repository, run), status=201)


def _update(call: ApiCall) -> Response:
    fields, repository = _app_fields(call), call.repository
    run = _apply(fields, _find(call), call.hub.now())
    repository.check_runs = tuple(run if old.id == run.id else old for old in repository.check_runs)
    return json_response(writings.check_run(repository, run))


def _app_fields(call: ApiCall) -> Fields:
    """Return the body. Raises `ApiRefusal`: only apps write check runs, and the job's token is one.

    Personal access tokens are refused, whatever their permissions.
    """
    if not call.hub.viewer.is_bot:
        raise ApiRefusal(403, "You must authenticate via a GitHub App.")
    return call.fields()


def _find(call: ApiCall) -> ServedCheckRun:
    wanted_id = int(call.args["id"])
    for run in call.repository.check_runs:
        if run.id == wanted_id:
            return run
    raise not_found()


def _apply(fields: Fields, run: ServedCheckRun, time: str) -> ServedCheckRun:
    """Return the run with what a request says of it; annotations are added to those it has."""
    conclusion = fields.member("conclusion", _CONCLUSIONS, run.conclusion)
    # A conclusion completes the run, even if the request does not say so.
    status = fields.member("status", _STATUSES, "completed" if conclusion else run.status)
    if status == "completed" and not conclusion:
        raise malformed_body('"conclusion" wasn\'t supplied.')
    output = fields.object("output")
    # The title can be left out once the run has one, the summary cannot.
    if "output" in fields and not ("title" in output or run.title):
        raise malformed_body('"title" wasn\'t supplied.')
    if "output" in fields and "summary" not in output:
        raise malformed_body('"summary" wasn\'t supplied.')
    annotations = output.objects("annotations", permitted_keys=_ANNOTATION_KEYS)
    if len(annotations) > MAX_ANNOTATIONS:
        raise malformed_body(
            f"No more than {MAX_ANNOTATIONS} items are allowed; {len(annotations)} were supplied."
        )
    return replace(
        run,
        name=fields.text("name", run.name),
        status=status,
        conclusion=conclusion,
        external_id=fields.text("external_id", run.external_id),
        details_url=fields.text("details_url", run.details_url),
        title=output.text("title", run.title),
        summary=_limited_text(output.text("summary", run.summary)),
        text=_limited_text(output.text("text", run.text)),
        annotations=(*run.annotations, *(_annotation(fields) for fields in annotations)),
        completed_at=time if conclusion else "",
    )


def _limited_text(text: str, limit: int = MAX_TEXT) -> str:
    # Word for word as reviewdog met it:
    # https://github.com/reviewdog/reviewdog/blob/master/service/github/check.go
    if len(text) > limit:
        raise malformed_body(f"Only {limit} characters are allowed; {len(text)} were supplied.")
    return text


def _annotation(fields: Fields) -> Annotation:
    start, end = fields.number("start_line"), fields.number("end_line")
    if start is None or end is None:
        raise malformed_body('"start_line" and "end_line" must be supplied.')
    if start < 1 or end < start:
        raise malformed_body("The end line must not precede the start line.")
    if start != end and ("start_column" in fields or "end_column" in fields):
        raise malformed_body("Columns need start and end on the same line.")
    message = fields.text("message")
    # This limit is 64 KB and counts bytes; those of summary and text count characters.
    if len(message.encode("utf-8", "replace")) > MAX_MESSAGE or not message:
        raise malformed_body(f"The message must have 1 to {MAX_MESSAGE} bytes.")
    return Annotation(
        path=fields.text("path"),
        start_line=start,
        end_line=end,
        level=fields.member("annotation_level", _LEVELS, ""),
        message=message,
        title=_limited_text(fields.text("title", ""), MAX_TITLE),
    )


def _annotation_shape(annotation: Annotation) -> JsonObject:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "message": annotation.message,
        "title": annotation.title or None,
        "raw_details": None,
    }


def _list_for_commit(call: ApiCall) -> Response:
    repository = call.repository
    sha = repository.objects.resolve(call.args["ref"])
    if sha is None:
        raise ApiRefusal(422, f"No commit found for SHA: {call.args['ref']}")
    name = call.request.query.get("check_name")
    runs = [
        run for run in repository.check_runs if run.head_sha == sha and name in (None, run.name)
    ]
    page, headers = call.page(runs)
    shapes = [writings.check_run(repository, run) for run in page]
    return json_response({"total_count": len(runs), "check_runs": shapes}, headers=headers)


_READ, _WRITE = "checks=read", "checks=write"

ROUTES = (
    route("POST", "/check-runs", _create, _WRITE),
    route(
        "GET",
        "/check-runs/{id}",
        lambda call: json_response(writings.check_run(call.repository, _find(call))),
        _READ,
    ),
    route("PATCH", "/check-runs/{id}", _update, _WRITE),
    route(
        "GET",
        "/check-runs/{id}/annotations",
        lambda call: call.list_response(_find(call).annotations, _annotation_shape),
        _READ,
    ),
    route("GET", "/commits/{ref}/check-runs", _list_for_commit, _READ),
)
