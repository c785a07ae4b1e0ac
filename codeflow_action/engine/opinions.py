"""What people have said of a finding: who has dismissed it, and by which words or gesture.

Pure: who may dismiss is asked elsewhere, and handed in. Nothing here is remembered, so that what is
taken back on GitHub is taken back here by the next run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from codeflow_action.engine.commands import CommandName, parse_command
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Thread
from codeflow_action.engine.dismissal_words import Stance, stance
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import Association

_MAX_REASON = 300  # characters; a reason is a sentence or two
_ID_LENGTH = 16  # hexadecimal digits of a finding's id
# Who is asked about first, where not everybody can be: whoever may dismiss is mostly one of these.
# A member whose membership is not public is told as a stranger, so nobody is left out.
_STANDING = {
    Association.OWNER: 0,
    Association.MEMBER: 1,
    Association.COLLABORATOR: 1,
    Association.CONTRIBUTOR: 3,
}
# Only people with write access, and whoever has opened the pull request, can resolve a thread.
# https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request#resolving-conversations
_RESOLVER_STANDING = 2


@dataclass(frozen=True, kw_only=True)
class PersonOpinion:
    """What one person has made known about one finding: that it is dismissed, or is right.

    Whether this person may decide that is not known here. `standing` is low for those who are most
    likely to.
    """

    finding_id: str
    login: str
    way: DismissalWay
    is_dismissive: bool = True
    reason: str = ""
    url: str = ""
    standing: int = 4

    @property
    def dismissal(self) -> Dismissal:
        """The dismissal that it comes to."""
        return Dismissal(way=self.way, login=self.login, reason=self.reason, url=self.url)


def opinions(discussion: Discussion) -> tuple[PersonOpinion, ...]:
    """Return what people have made known about our findings; of two on one the later counts more.

    A gesture has no time, so that it comes before words. Bots have no opinion here.
    """
    gestures = [opinion for thread in discussion.threads for opinion in _gestures(thread)]
    words = [
        (comment.time, number, opinion)
        for number, (comment, finding_id) in enumerate(_comments(discussion))
        if (opinion := _opinion(comment, finding_id))
    ]
    return (*gestures, *(opinion for _time, _number, opinion in sorted(words, key=_by_time)))


def decisions(
    all_opinions: Iterable[PersonOpinion], may_decide: Callable[[PersonOpinion], bool]
) -> Mapping[str, Dismissal]:
    """Return the dismissals that hold, by the findings' ids: the last word of those who may."""
    dismissals: dict[str, Dismissal] = {}
    for opinion in all_opinions:
        if not may_decide(opinion):
            continue
        if opinion.is_dismissive:
            dismissals[opinion.finding_id] = opinion.dismissal
        else:
            dismissals.pop(opinion.finding_id, None)
    return dismissals


def logins_to_ask(all_opinions: Iterable[PersonOpinion]) -> tuple[str, ...]:
    """Return whose rights have to be known, each once, those most likely to have them first."""
    standing: dict[str, int] = {}
    for opinion in all_opinions:
        standing[opinion.login] = min(opinion.standing, standing.get(opinion.login, 9))
    return tuple(sorted(standing, key=lambda login: standing[login]))


def has_people(thread: Thread) -> bool:
    """True where a person has written in a thread, or may have, in what was not read of it."""
    return thread.is_cut or bool(_people(thread))


def is_talk_of_people(thread: Thread) -> bool:
    """True where two people or more are writing to each other: we stay silent there."""
    return len(_people(thread)) > 1


def _people(thread: Thread) -> frozenset[str]:
    speakers = (comment.speaker for comment in thread.comments)
    return frozenset(speaker.login for speaker in speakers if not (speaker.is_bot or speaker.is_us))


def _gestures(thread: Thread) -> Iterator[PersonOpinion]:
    finding_id, opening = thread.finding_id, thread.comments[0]
    if not finding_id:
        return
    # Lines that have changed since were perhaps put right. So they were where our comment was
    # edited, which we do when a finding is fixed, and when it comes back.
    is_unchanged = not thread.is_outdated and not opening.is_edited
    if thread.is_resolved and thread.resolver and is_unchanged:
        yield PersonOpinion(
            finding_id=finding_id,
            login=thread.resolver,
            way=DismissalWay.RESOLUTION,
            url=opening.url,
            standing=_RESOLVER_STANDING,
        )
    for login in opening.downvoters:
        yield PersonOpinion(
            finding_id=finding_id, login=login, way=DismissalWay.THUMB, url=opening.url
        )


def _comments(discussion: Discussion) -> Iterator[tuple[DiscussionComment, str]]:
    """Yield what people have written, with the finding whose thread it stands in."""
    for thread in discussion.threads:
        for comment in thread.comments[1:]:
            yield comment, thread.finding_id
    for comment in discussion.comments:
        yield comment, ""


def _opinion(comment: DiscussionComment, finding_id: str) -> PersonOpinion | None:
    speaker = comment.speaker
    if speaker.is_bot or speaker.is_us:
        return None
    way, is_dismissive, reason = DismissalWay.REPLY, True, " ".join(comment.body.split())
    command = parse_command(comment.body)
    if command is not None:
        # What a command says must be what was sent when its job has run.
        if command.name is not CommandName.DISMISS or comment.is_edited:
            return None
        way = DismissalWay.COMMAND
        named_id, reason = dismissal_target(command.argument)
        finding_id = named_id or finding_id
    elif finding_id:
        meaning = stance(comment.body)
        if meaning is Stance.NONE:
            return None
        is_dismissive = meaning is Stance.DISMISSES
    if not finding_id:
        return None
    return PersonOpinion(
        finding_id=finding_id,
        login=speaker.login,
        way=way,
        is_dismissive=is_dismissive,
        reason=reason[:_MAX_REASON],
        url=comment.url,
        standing=_STANDING.get(speaker.association, 4),
    )


def dismissal_target(argument: str) -> tuple[str, str]:
    """Return the id and the reason that follow `/codeflow dismiss`; no id where none is named."""
    word, _, rest = argument.strip().partition(" ")
    finding_id = word.strip("`#").lower()
    is_id = len(finding_id) == _ID_LENGTH and not finding_id.strip("0123456789abcdef")
    return (finding_id, rest.strip()) if is_id else ("", argument.strip())


def _by_time(entry: tuple[str, int, PersonOpinion]) -> tuple[str, int]:
    return entry[0], entry[1]
