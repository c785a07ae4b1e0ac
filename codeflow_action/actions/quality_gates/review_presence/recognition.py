"""Tells from the traces on a pull request who has reviewed its head, and who only spoke.

In doubt nobody has reviewed. An app is known by its account, never by a text: who pastes a bot's
words is not the bot. What the bots say is data (`reviewers.json`), each row with the place where it
was seen. An expression has to match at the start of a line, after signs and tags alone, so that a
review that quotes a notice is none; where a text says both, the notice counts.

That somebody reviewed is told by the words of that reviewer, or by a thread on the diff, and by the
commit. That somebody did not is also told by the form of a notice (`notices` in the data): a short
text whose first line says so, whatever its words. A bot words its notices anew more often than its
reviews, and a notice taken for a review is the one mistake that must not happen.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.review_traces import ReviewTrace, TraceKind
from codeflow_action.security.linear import compile_linear

PEOPLE = "people"
OURSELVES = "codeflow"
# Lines begin with marks of quotes, headings, bold and pictures, and with tags. None is a word.
_LINE_START = r"(?im)^(?:[^\w\n]|<[^>\n]{0,300}>)*"
_BLOCK_END = r"(?i)</(?:p|h[1-6]|li|div|summary|details|td)>|<br ?/?>"  # ends a line that is shown
_INVISIBLE = r"(?s)<!--.*?-->|<[^>]{0,300}>"
_NOTICE_LENGTH = 900  # characters that are shown of the longest notice that was seen
_SHORTEST_SHA = 7  # digits of an abbreviated commit, as git shows it


class Presence(StrEnum):
    """What became of one reviewer's review of this head, the most telling first."""

    REVIEWED = "reviewed"
    RUNNING = "running"
    RATE_LIMITED = "rate_limited"
    FAILED = "failed"
    SKIPPED = "skipped"
    OLDER_HEAD = "older_head"
    UNCLEAR = "unclear"  # it left something that does not tell


# Of one text: a notice beats what stands beside it, which is of an earlier review.
_NOTICES = (Presence.RATE_LIMITED, Presence.FAILED, Presence.SKIPPED, Presence.RUNNING)
# How GitHub says that a check or status is not over, and that it came to nothing.
_OPEN_STATES = frozenset({"pending", "expected", "queued", "in_progress", "waiting", "requested"})
_FAILURE_STATES = frozenset({"failure", "error", "timed_out", "cancelled", "startup_failure"})
_REVIEW_STATES = frozenset({"approved", "changes_requested", "commented"})


class KnownText(BaseModel):
    """A text that a reviewer leaves, what it means, and where it was seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    meaning: Presence
    source: str


class KnownReviewer(BaseModel):
    """An app that reviews. `logins` are its accounts without `[bot]`.

    `commits` are expressions with one group: the commit that a comment says it is about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    logins: tuple[str, ...]
    commits: tuple[str, ...] = ()
    texts: tuple[KnownText, ...] = ()


class _Reviewers(BaseModel):
    """The file: apps, and `notices` by which any app says that it has not reviewed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reviewers: tuple[KnownReviewer, ...]
    notices: tuple[KnownText, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewerPresence:
    """One reviewer and what became of the review; `title` is for people to read."""

    name: str
    title: str
    presence: Presence


@cache
def _data() -> _Reviewers:
    text = resources.files(__package__).joinpath("reviewers.json").read_text("utf-8")
    return _Reviewers.model_validate_json(text)


def known_reviewers() -> tuple[KnownReviewer, ...]:
    """Return the apps that are known to review."""
    return _data().reviewers


def read_presences(traces: Sequence[ReviewTrace], head_sha: str) -> tuple[ReviewerPresence, ...]:
    """Return each reviewer that left a trace once, with the most telling of its traces."""
    reviewers = {
        login.lower(): reviewer for reviewer in known_reviewers() for login in reviewer.logins
    }
    presences: dict[str, ReviewerPresence] = {}
    presence: Presence | None
    for trace in traces:
        if trace.is_ours:
            name, title = OURSELVES, "CodeFlow"
            presence = _at_head(trace, head_sha)
        elif not trace.is_app:
            name, title = PEOPLE, "people"
            presence = _persons_presence(trace, head_sha)
        elif reviewer := reviewers.get(trace.login.lower()):
            name, title = reviewer.name, reviewer.title
            presence = trace_presence(reviewer, trace, head_sha)
        else:
            continue
        if presence is not None:
            candidate = ReviewerPresence(name=name, title=title, presence=presence)
            presences[name] = min(presences.get(name, candidate), candidate, key=_rank)
    return tuple(sorted(presences.values(), key=lambda reviewer: (_rank(reviewer), reviewer.name)))


def _rank(reviewer: ReviewerPresence) -> int:
    return list(Presence).index(reviewer.presence)


def trace_presence(reviewer: KnownReviewer, trace: ReviewTrace, head_sha: str) -> Presence:
    """Return what one trace of a known app says about the review of that head."""
    text = _with_lines(trace.text)
    meanings = frozenset(_meanings(reviewer.texts, text))
    for notice in _NOTICES:
        if notice in meanings:
            return notice
    is_positive = Presence.REVIEWED in meanings
    match trace.kind:
        case TraceKind.REVIEW:
            # Without a known word it has to have begun a thread on the diff.
            if is_positive or trace.has_findings:
                return _at_head(trace, head_sha)
        case TraceKind.COMMENT:
            if is_positive:
                return _about_head(reviewer, text, head_sha)
        case TraceKind.CHECK | TraceKind.STATUS:
            presence = _check_presence(trace.state, is_positive=is_positive)
            if presence is not Presence.UNCLEAR:
                return presence
    return _notice(text)


def _check_presence(state: str, *, is_positive: bool) -> Presence:
    """Return what a check or status says. A green one proves nothing: bots leave it unread, too."""
    if state in _OPEN_STATES:
        return Presence.RUNNING
    if state == "skipped":
        return Presence.SKIPPED
    # A red one with a result is a review that found something, and a check never counts as one.
    is_failure = state in _FAILURE_STATES and not is_positive
    return Presence.FAILED if is_failure else Presence.UNCLEAR


def _with_lines(text: str) -> str:
    """Return the text with each block that is shown as a line of its own, as one."""
    return compile_linear(_BLOCK_END, has_groups=False).sub("\n", text)


def _notice(text: str) -> Presence:
    """Return what a short text says with its first line, `UNCLEAR` without the form of a notice."""
    visible_text = compile_linear(_INVISIBLE, has_groups=False).sub("", text).strip()
    lines = (line for line in visible_text.splitlines() if any(map(str.isalpha, line)))
    # `[!NOTE]` is how GitHub marks a box, and says nothing.
    first = next((line for line in lines if "[!" not in line), "")
    meanings = (
        frozenset(_meanings(_data().notices, first)) if len(visible_text) <= _NOTICE_LENGTH else ()
    )
    return next((notice for notice in _NOTICES if notice in meanings), Presence.UNCLEAR)


def _meanings(texts: Iterable[KnownText], text: str) -> Iterator[Presence]:
    for known_text in texts:
        if compile_linear(f"{_LINE_START}(?:{known_text.pattern})", has_groups=False).search(text):
            yield known_text.meaning


def _about_head(reviewer: KnownReviewer, text: str, head_sha: str) -> Presence:
    """Return whether a comment that tells of a review names the head as what was reviewed."""
    commits = [commit for pattern in reviewer.commits for commit in _commits(pattern, text)]
    if not commits:
        return Presence.UNCLEAR
    # Of several that it names one may be an earlier round's.
    is_head = all(_names(commit, head_sha) for commit in commits)
    return Presence.REVIEWED if is_head else Presence.OLDER_HEAD


def _commits(pattern: str, text: str) -> Iterable[str]:
    return (match[1] or "" for match in compile_linear(f"(?i){pattern}").finditer(text))


def _names(commit: str, sha: str) -> bool:
    return len(commit) >= _SHORTEST_SHA and sha.lower().startswith(commit.lower())


def _at_head(trace: ReviewTrace, head_sha: str) -> Presence:
    return Presence.REVIEWED if trace.commit == head_sha else Presence.OLDER_HEAD


def _persons_presence(trace: ReviewTrace, head_sha: str) -> Presence | None:
    """Return what a person's trace says: a review counts of those who belong to the repository.

    Anybody can approve a public repository's pull request, the author's second account too.
    """
    is_review = trace.kind is TraceKind.REVIEW and trace.state in _REVIEW_STATES
    # An answer in a thread is a review without a word of its own.
    has_content = trace.state != "commented" or trace.has_findings or trace.text.strip()
    if not (is_review and trace.is_trusted and has_content):
        return None
    return _at_head(trace, head_sha)
