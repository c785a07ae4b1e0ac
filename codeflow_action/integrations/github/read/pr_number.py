"""The input `pr_number`: how people write it, and what it makes of an event."""

import re
from dataclasses import replace

from pydantic import JsonValue

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    DispatchEvent,
    Event,
    WorkflowRunEvent,
)

# Whoever causes these may write to the repository: to others, a number gives no right to a review
# that `when` holds back
# (https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows).
_WRITERS_EVENTS = frozenset(
    {"workflow_dispatch", "repository_dispatch", "schedule", "push", "create", "delete", "release"}
)
_ADDRESS = regex(
    # With or without scheme, as browsers show it; an API's address has /api/v3 on a server of one's
    # own (https://docs.github.com/en/enterprise-server/rest/using-the-rest-api).
    r"(?:(?:https?:)?//)?(?:[^/@\s]*@)?(?P<host>[A-Za-z0-9.-]+(?::\d+)?)/(?:api/v3/)?(?:repos/)?"
    r"(?P<repository>[^/\s]+/[^/\s]+)/(?:pulls?|issues)/(?P<number>\d+)(?:\.diff|\.patch)?"
    r"(?:[/?#].*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_PLACE = regex(
    r"(?:(?!refs/|pulls?/)(?P<repository>[\w.-]+/[\w.-]+)(?=[#!/]))?/?"
    r"(?:#|!|GH-|PR[ #-]*|pull request #?|(?:refs/)?pulls?/|issues/)?"
    r"(?P<number>\d+)(?:/(?:merge|head|files|commits|checks|changes)(?:/.*)?)?/?",
    re.ASCII | re.IGNORECASE,
)
_LINK = regex(r"\[[^\[\]]*\]\((?P<target>[^()\s]+)\)")  # of Markdown
_MAX_NUMBER_TEXT = 2_000  # characters; the longest addresses that browsers take


def parse_pr_number(text: str, *, server_url: str, repository: str) -> int:
    """Return the number in any form that people use for a pull request. Raises `ConfigError`.

    They are `12`, `#12`, `owner/name#12`, its pages' and the API's addresses, `pull/12`, and refs
    such as `refs/pull/12/merge`. A number of another repository is refused.
    """
    plain = text.strip().strip("<>\"'`").strip()
    if link := _LINK.fullmatch(plain):
        plain = link["target"]
    match = None
    if len(plain) <= _MAX_NUMBER_TEXT:
        match = _PLACE.fullmatch(plain) or _ADDRESS.fullmatch(plain)
    if match is None or not 0 < int(match["number"][:11]) < 2**31:
        address = f"{server_url.rstrip('/')}/{repository}/pull/12"
        raise ConfigError(
            f"input 'pr_number' cannot be {plain[:80]!r}",
            hint=f"write 12, #12, {repository}#12 or {address}",
        )
    host = match.groupdict().get("host")
    other_server = host is not None and host.lower() not in _hosts(server_url)
    repository_name = (match["repository"] or repository).removesuffix(".git")
    if other_server or repository_name.lower() != repository.lower():
        place = f"{repository_name} on {host}" if other_server else repository_name
        raise ConfigError(
            f"input 'pr_number' names a pull request of {place[:150]}; "
            f"this job reviews {repository}",
            hint="run CodeFlow in a workflow of that repository, or name one of this repository",
        )
    return int(match["number"])


def _hosts(server_url: str) -> frozenset[str]:
    """Return the names under which a server and its API are reached."""
    host = server_url.partition("://")[2].partition("/")[0].lower()
    return frozenset({host, f"www.{host}", f"api.{host}"})


def named_event(
    name: str,
    event: Event,
    payload: dict[str, JsonValue],
    pr_number: str,
    *,
    server_url: str,
    repository: str,
) -> Event:
    """Return the event as one that is about the pull request which the input names, if it does.

    An event of that pull request itself stays what it is: its action says whether there is
    something new. Raises `ConfigError`.
    """
    if not pr_number.strip():
        return event
    number = parse_pr_number(pr_number, server_url=server_url, repository=repository)
    if isinstance(event, DispatchEvent) or (
        isinstance(event, CommandEvent) and event.number == number
    ):
        return event
    # Its job has secrets, and the number may be a stranger's: the rules for forks hold all the
    # same, and the head has to be the one that the other workflow ran for.
    if isinstance(event, WorkflowRunEvent):
        return replace(event, number=number)
    if name == "workflow_run":
        return event
    if name in ("pull_request", "pull_request_target") and payload.get("number") == number:
        return event
    trigger = Trigger.MANUAL if name in _WRITERS_EVENTS else Trigger.CHANGED
    # The pull request itself says which branch is the default; not every payload does.
    return DispatchEvent(ref="", sha="", default_branch="", trigger=trigger)
