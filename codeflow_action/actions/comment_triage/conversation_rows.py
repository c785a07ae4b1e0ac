"""From what was said on a pull request to one row for each thread and comment that is not ours."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from codeflow_action.actions.comment_triage.comment_kinds import kind_of, plain_text
from codeflow_action.engine.commands import parse_command
from codeflow_action.engine.discussion import ApprovalState, Discussion, DiscussionComment, Thread
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.triage import CommentKind, CommentState, TriagedComment
from codeflow_action.security.untrusted import one_line, without_comments

_MAX_EXCERPT = 160  # characters
_SENTENCE_END = regex(r"(?<=[.!?\u3002\uff01\uff1f])\s")
# What ends a matter where its thread is not resolved: thanks, praise, a word of agreement.
_END_KINDS = (CommentKind.NOISE, CommentKind.APPROVAL)
# What a review's text means that no rule knows.
_KINDS_BY_STATE: Mapping[ApprovalState | None, CommentKind] = {
    ApprovalState.APPROVED: CommentKind.APPROVAL,
    ApprovalState.CHANGES_REQUESTED: CommentKind.CHANGE_REQUEST,
}


@dataclass(frozen=True, kw_only=True)
class Background:
    """What a row needs beside the words: whose pull request it is, and what its files hold now.

    `author` is a login as GraphQL writes it. `head_lines` are the lines of files at the head that
    comments were written about, without space around them, by path; a file that could not be read
    is not among them.
    """

    author: str
    head_lines: Mapping[str, frozenset[str]]


def triage(discussion: Discussion, background: Background) -> tuple[TriagedComment, ...]:
    """Return a row for each thread, comment and review's text of others, what needs a person first.

    A review without a text has none: what it says is in its threads. Neither has a command for us.
    """
    threads = [thread for thread in discussion.threads if not thread.comments[0].speaker.is_us]
    rows = [*_joined(_thread_row(thread, background) for thread in threads)]
    talk = sorted((*discussion.comments, *discussion.reviews), key=lambda comment: comment.time)
    comments = [comment for comment in talk if not comment.speaker.is_us]
    rows += [
        _comment_row(comment, comments[index + 1 :], background)
        for index, comment in enumerate(comments)
        if not comment.is_minimized and (comment.body.strip() or comment.review_state is None)
        if not _is_command(comment.body)
    ]
    return tuple(sorted(rows, key=lambda row: row.order))


def _is_command(body: str) -> bool:
    """True for a command alone; what somebody writes below one is for people."""
    return parse_command(body) is not None and len(body.strip().splitlines()) == 1


def paths_of(discussion: Discussion) -> tuple[str, ...]:
    """Return the paths whose content at the head tells what became of a thread's lines."""
    paths = (thread.path for thread in discussion.threads if not thread.comments[0].speaker.is_us)
    return tuple(dict.fromkeys(paths))


def _thread_row(thread: Thread, background: Background) -> TriagedComment:
    first = thread.comments[0]
    kind = kind_of(first.body, is_by_bot=first.speaker.is_bot)
    # A reviewing bot writes on the diff because something is wrong there.
    if kind is CommentKind.UNCLEAR and first.speaker.is_bot:
        kind = CommentKind.CHANGE_REQUEST
    return TriagedComment(
        ids=(first.id,),
        kind=kind,
        state=_thread_state(thread, background),
        logins=(first.speaker.login,),
        is_by_bots=first.speaker.is_bot,
        path=thread.path,
        line=thread.line,
        url=first.url,
        excerpt=_excerpt(first.body),
    )


def _thread_state(thread: Thread, background: Background) -> CommentState:
    """Return what became of a thread; what people have done counts more than what the code says."""
    if thread.is_resolved:
        return CommentState.RESOLVED
    if _is_addressed(thread, background):
        return CommentState.ADDRESSED
    if _is_answered(thread):
        return CommentState.ANSWERED
    return CommentState.OUTDATED if thread.is_outdated else CommentState.OPEN


def _is_addressed(thread: Thread, background: Background) -> bool:
    """True where the lines were changed after the comment: not all of them stand in the file now.

    Lines that were only moved still do; GitHub calls their thread outdated, too.
    """
    head_lines = background.head_lines.get(thread.path)
    lines = {line.strip() for line in thread.code.splitlines()} - {""}
    return head_lines is not None and bool(lines) and not lines <= head_lines


def _is_answered(thread: Thread) -> bool:
    """True where the last word is another person's, or ends the matter."""
    asker = thread.comments[0].speaker.login
    people = [comment for comment in thread.comments[1:] if not comment.speaker.is_bot]
    if not people:
        return False
    last = people[-1]
    return last.speaker.login != asker or kind_of(last.body) in _END_KINDS


def _comment_row(
    comment: DiscussionComment, later_comments: Sequence[DiscussionComment], background: Background
) -> TriagedComment:
    kind = kind_of(comment.body, is_by_bot=comment.speaker.is_bot, is_on_diff=False)
    # Authors report on their own work: what they would change they change. Only a question is for
    # others.
    is_own_work = comment.speaker.login == background.author
    if is_own_work and kind in (CommentKind.UNCLEAR, CommentKind.CHANGE_REQUEST):
        kind = CommentKind.NOISE
    elif kind is CommentKind.UNCLEAR:
        kind = _KINDS_BY_STATE.get(comment.review_state, kind)
    is_answered = any(_answers(later, comment, background.author) for later in later_comments)
    state = CommentState.ANSWERED if is_answered else CommentState.OPEN
    if comment.review_state is ApprovalState.DISMISSED:
        state = CommentState.RESOLVED
    return TriagedComment(
        ids=(comment.id,),
        kind=kind,
        state=state,
        logins=(comment.speaker.login,),
        is_by_bots=comment.speaker.is_bot,
        url=comment.url,
        excerpt=_excerpt(comment.body),
    )


def _answers(later: DiscussionComment, comment: DiscussionComment, author: str) -> bool:
    """True where a later comment speaks to this one: it names its writer, or quotes a line of it.

    Of whoever has opened the pull request any later word will do: they read what is above it. A
    word on the diff, which is a review without a text, answers reviews alone. Whoever has approved
    since asks for nothing any more.
    """
    login = comment.speaker.login
    if later.speaker.login == login:
        return later.review_state is ApprovalState.APPROVED
    if later.speaker.is_bot:
        return False
    if later.speaker.login == author:
        return bool(later.body.strip()) or comment.review_state is not None
    body = later.body.lower()
    quotes = {line.lstrip("> ").strip() for line in later.body.splitlines() if line[:1] == ">"}
    quoted_lines = quotes & {line.strip() for line in comment.body.splitlines()} - {""}
    return bool(quoted_lines) or re.search(rf"@{re.escape(login.lower())}\b", body) is not None


def _joined(rows: Iterable[TriagedComment]) -> Iterator[TriagedComment]:
    """Yield the rows, what several bots say of the same line as one; people's stay as they are."""
    by_place: dict[tuple[str, int], TriagedComment] = {}
    for row in rows:
        if not row.is_by_bots or row.line is None:
            yield row
            continue
        place = row.path, row.line
        by_place[place] = _join(by_place[place], row) if place in by_place else row
    yield from by_place.values()


def _join(first: TriagedComment, second: TriagedComment) -> TriagedComment:
    """Return both as one: the graver kind, and open as long as either is."""
    is_open = CommentState.OPEN in (first.state, second.state)
    return replace(
        first,
        ids=(*first.ids, *second.ids),
        kind=min(first.kind, second.kind, key=lambda kind: kind.rank),
        state=CommentState.OPEN if is_open else first.state,
        logins=tuple(dict.fromkeys((*first.logins, *second.logins))),
    )


def _excerpt(body: str) -> str:
    """Return the first sentence of a comment in its own case, for a table."""
    text = one_line(without_comments(body))
    if not plain_text(body):
        return one_line(text, _MAX_EXCERPT)
    return one_line(_SENTENCE_END.split(text, maxsplit=1)[0], _MAX_EXCERPT)
