"""What holds strangers off: conditions, read as values.

A condition is a list of ways in which it can hold; each way has the events that it allows and the
guards that stand on it. The way that is guarded least is the one that an attacker takes.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import reduce

from codeflow_action.actions.quality_gates.workflow_risk.expressions import (
    Application,
    Context,
    Expression,
    Literal,
    contexts,
    insertions,
    parse_or_none,
)
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import ALL_EVENTS
from codeflow_action.engine.lazy import dataclass, regex

_MAX_WAYS = 24


class Guard(StrEnum):
    """Who must have agreed, in words that end a sentence."""

    MEMBER = "only people with access pass"
    SAME_REPOSITORY = "forks do not pass"
    MERGED = "only merged pull requests pass"
    LABEL = "somebody with access must set a label"
    APPROVAL = "an environment may ask for approval"
    CHECK = "an earlier step checks who it is"


@dataclass(frozen=True)
class Way:
    """One way in which a condition holds."""

    events: frozenset[str]
    guards: frozenset[Guard] = frozenset()


ANY_WAY = (Way(ALL_EVENTS),)
_SAFE_ASSOCIATIONS = frozenset({"owner", "member", "collaborator"})
_ASSOCIATIONS = regex(r"[A-Za-z_]+")
_LOGIN = regex(
    r"github\.(?:actor|triggering_actor|actor_id)|github\.event(?:\.\w+)*\.(?:sender|user|author)\.(?:login|id)"
    r"|github\.event\.(?:sender|comment\.user|workflow_run\.(?:actor|triggering_actor))\.login"
)
_HEAD_REPOSITORY = regex(
    r".*\.head\.(?:repo\.(?:full_name|id|node_id|owner\.(?:login|id)|name)|user\.(?:login|id))"
    r"|.*\.head_repository\.(?:full_name|id|node_id|owner\.(?:login|id))"
)
_FORK = regex(r".*\.(?:head\.repo|head_repository)\.fork")
_CHECK_NAME = regex(
    r"auth|perm|member|team|allow|trust|collab|access|approv|gate|guard|check|maintain|owner|write"
    r"|admin|fork|safe|valid|trigger|should|can[-_]",
)
# Calls and actions that ask GitHub what somebody may do.
PERMISSION_CHECK = regex(
    r"collaborators/[^\s/]+/permission|getCollaboratorPermissionLevel|author_association"
    r"|checkMembershipForUser|getMembershipForUserInOrg|checkCollaborator|/memberships/"
    r"|permission[-_ ]?(?:check|level)|check[-_][\w-]*permission|team-?s?-membership"
    r"|authorized-user"
    r"|has-permission|slash-command-dispatch|action-repository-permission",
    re.IGNORECASE,
)


def ways_of(condition: str) -> tuple[Way, ...]:
    """Return the ways of an `if:`, which is an expression with or without `${{ }}`.

    With anything beside the braces it is a text, and a text that is not empty is true.
    """
    parts = list(insertions(condition))
    if not parts:
        return _ways(parse_or_none(condition.strip()), is_negated=False)
    if len(parts) == 1 and parts[0].end - parts[0].start == len(condition.strip()):
        return _ways(parts[0].expression, is_negated=False)
    return ANY_WAY


def both(first: Iterable[Way], second: tuple[Way, ...]) -> tuple[Way, ...]:
    """Return the ways in which two conditions hold; those that can never be are left out."""
    ways = {
        Way(way.events & second_way.events, way.guards | second_way.guards)
        for way in first
        for second_way in second
        if way.events & second_way.events
    }
    # Beyond so many the least guarded ones say enough.
    return tuple(sorted(ways, key=lambda way: (len(way.guards), sorted(way.guards))))[:_MAX_WAYS]


def _ways(expression: Expression | None, *, is_negated: bool) -> tuple[Way, ...]:
    match expression:
        case Application(name="&&" | "||" as name, arguments=arguments):
            parts = [_ways(argument, is_negated=is_negated) for argument in arguments]
            # Not both is either not, and the other way round.
            if (name == "&&") is not is_negated:
                return reduce(both, parts)
            ways: tuple[Way, ...] = tuple({way: None for part in parts for way in part})[:_MAX_WAYS]
        case Application(name="!", arguments=(inner,)):
            ways = _ways(inner, is_negated=not is_negated)
        case Application(name="==" | "!=" as name, arguments=(subject, right)):
            ways = _comparison(subject, right, is_equal=(name == "==") is not is_negated)
        case Application(name="contains", arguments=(container, member)):
            ways = _membership(container, member, is_negated=is_negated)
        case Context():
            ways = _comparison(expression, Literal("true"), is_equal=not is_negated)
        case _:
            ways = ANY_WAY
    return ways


def _comparison(subject: Expression, right: Expression, *, is_equal: bool) -> tuple[Way, ...]:
    """Return the ways in which two values are equal, or are not."""
    if isinstance(subject, Literal):
        subject, right = right, subject
    if not isinstance(subject, Context):
        return ANY_WAY
    if subject.name == "github.event_name" and isinstance(right, Literal):
        event_names = frozenset({right.text.lower()})
        return (Way(event_names if is_equal else ALL_EVENTS - event_names),)
    guard = _compared_guard(subject.name, right, is_equal=is_equal)
    return (Way(ALL_EVENTS, frozenset({guard})),) if guard else ANY_WAY


def _compared_guard(name: str, right: Expression, *, is_equal: bool) -> Guard | None:
    text = right.text.lower() if isinstance(right, Literal) else ""
    right_name = right.name if isinstance(right, Context) else ""
    if _FORK.fullmatch(name):
        return Guard.SAME_REPOSITORY if is_equal is (text == "false") else None
    if name.endswith("workflow_run.event"):
        # Forks start nothing but pull requests.
        is_fork = text.startswith("pull_request")
        return Guard.SAME_REPOSITORY if is_equal is not is_fork else None
    if not is_equal:
        return None
    return _equal_guard(name, text, right_name)


def _equal_guard(name: str, text: str, right_name: str) -> Guard | None:
    """Return what it takes that a value is this text, or the same as another one."""
    # Two contexts are the same in either order.
    if _HEAD_REPOSITORY.fullmatch(name) or _HEAD_REPOSITORY.fullmatch(right_name):
        return Guard.SAME_REPOSITORY
    if name.endswith(".author_association"):
        return Guard.MEMBER if text in _SAFE_ASSOCIATIONS else None
    if _LOGIN.fullmatch(name) or _LOGIN.fullmatch(right_name):
        # The author of a comment who is also the author of the issue is anybody.
        is_fixed = bool(text) or right_name.startswith(
            ("github.repository_owner", "vars.", "secrets.")
        )
        return Guard.MEMBER if is_fixed or name.startswith("github.repository_owner") else None
    if name == "github.event.label.name":
        return Guard.LABEL
    if name.endswith("pull_request.merged") and text == "true":
        return Guard.MERGED
    is_result = name.startswith(("steps.", "needs.")) and ".outputs." in name
    return Guard.CHECK if is_result and text != "false" and _CHECK_NAME.search(name) else None


def _membership(container: Expression, member: Expression, *, is_negated: bool) -> tuple[Way, ...]:
    """Return the ways of `contains(where, what)`."""
    guard = None
    names = [context.name for context in contexts(member)]
    texts = _literals(container)
    if any(name.endswith(".author_association") for name in names):
        words = {word.lower() for text in texts for word in _ASSOCIATIONS.findall(text)}
        is_safe = bool(words) and words <= _SAFE_ASSOCIATIONS
        # Whoever contributed once is known, if no member.
        is_known = bool(words) and words <= _SAFE_ASSOCIATIONS | {"contributor"}
        is_refused = is_negated and {"none", "first_time_contributor"} <= words
        if is_refused or (not is_negated and is_safe):
            guard = Guard.MEMBER
        elif not is_negated and is_known:
            guard = Guard.CHECK
    elif not is_negated and any(_LOGIN.fullmatch(name) for name in names):
        guard = Guard.MEMBER
    elif not is_negated and any(".labels" in context.name for context in contexts(container)):
        guard = Guard.LABEL
    return (Way(ALL_EVENTS, frozenset({guard})),) if guard else ANY_WAY


def _literals(expression: Expression) -> list[str]:
    match expression:
        case Literal(text=text):
            return [text]
        case Application(arguments=arguments):
            return [text for argument in arguments for text in _literals(argument)]
    return []
