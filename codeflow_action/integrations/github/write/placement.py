"""Where each finding is shown: decided before the writes, settled after them. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import CommentMode, InlineComments
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import FindingPlace, Report, ReportedFinding
from codeflow_action.integrations.github.read.threads import StandingComments

MAX_REVIEW_COMMENTS = 30  # one review; more trips GitHub's abuse detection (reviewdog's measure)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Where a run may speak. `number` is None for a range without a pull request.

    `is_check` is False for jobs that the pull request does not list among its checks: those that
    are dispatched, follow another workflow's run or a comment. Their verdict goes into a check run
    of its own. A run that `is_silent` leaves nothing else on the pull request.
    """

    number: int | None
    comment: CommentMode = CommentMode.AUTO
    is_check: bool = True
    is_silent: bool = False

    @property
    def has_comment(self) -> bool:
        """True where there can be a sticky comment."""
        is_allowed = self.comment is not CommentMode.NEVER and not self.is_silent
        return self.number is not None and is_allowed


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the findings of one report belong.

    `inline` are the ids of those that are to stand on the diff, with the address of a comment that
    stands there already, else an empty one. The rest of what models found is shown `elsewhere`.
    """

    inline: Mapping[str, str] = field(default_factory=dict)
    elsewhere: FindingPlace = FindingPlace.ANNOTATION

    @property
    def standing_urls(self) -> Mapping[str, str]:
        """Addresses of the comments that stand there already, by their findings' ids."""
        return {finding: url for finding, url in self.inline.items() if url}


def place(
    report: Report, pull_request: PullRequest, audience: Audience, comments: StandingComments
) -> Placement:
    """Decide where the findings of a report belong; each is met once besides the table.

    Gates annotate; models comment inline, if the action proposed it, the finding is new, GitHub
    takes a comment there, and no people are writing to each other there. The rest of what models
    found is in the comment's table, or annotated where there is no comment. What stands on the diff
    stays there; where the ledger knows nothing of it, it takes room, so that a lost ledger brings
    no more comments.
    """
    # Findings come gravest first, so that room runs out for the least grave.
    room = _Room(report, audience)
    inline: dict[str, str] = {}
    for reported_finding in report.findings:
        if reported_finding.finding.is_deterministic:
            continue
        is_old = reported_finding.known or reported_finding.id in comments.doubtful
        if reported_finding.id in comments.urls:
            inline[reported_finding.id] = comments.urls[reported_finding.id]
            if not reported_finding.known:
                room.take(reported_finding)
        elif (
            not is_old
            and can_comment(reported_finding, pull_request)
            and not _is_talked_about(reported_finding, comments)
            and room.take(reported_finding)
        ):
            inline[reported_finding.id] = ""
    elsewhere = FindingPlace.TABLE if audience.has_comment else FindingPlace.ANNOTATION
    return Placement(inline=inline, elsewhere=elsewhere)


def can_comment(reported_finding: ReportedFinding, pull_request: PullRequest) -> bool:
    """True when GitHub takes a review comment on the finding's lines."""
    finding = reported_finding.finding
    file = pull_request.files_by_path.get(finding.path or "")
    return file is not None and finding.is_on(file.hunks)


def _is_talked_about(reported_finding: ReportedFinding, comments: StandingComments) -> bool:
    finding = reported_finding.finding
    first = finding.line or 0
    lines = range(first, (finding.last_line or first) + 1)
    return comments.has_talk_on(finding.path or "", finding.side, lines)


def settle(report: Report, comment_urls: Mapping[str, str], elsewhere: FindingPlace) -> Report:
    """Return the report as it is shown: the one place where `shown` and `url` are filled in.

    `comment_urls` are of our comments that are on the diff now, by their findings' ids. The rest of
    what models found is shown `elsewhere`.
    """
    findings = tuple(
        reported_finding.model_copy(
            update={
                "shown": place_of(reported_finding, comment_urls, elsewhere),
                "url": comment_urls.get(reported_finding.id, ""),
            }
        )
        for reported_finding in report.findings
    )
    return report.model_copy(update={"findings": findings})


def place_of(
    reported_finding: ReportedFinding, comment_urls: Mapping[str, str], elsewhere: FindingPlace
) -> FindingPlace:
    """Return where one finding is shown: gates annotate, models comment."""
    if reported_finding.finding.is_deterministic:
        return FindingPlace.ANNOTATION
    return FindingPlace.INLINE if reported_finding.id in comment_urls else elsewhere


class _Room:
    """How many comments each action may still have on the diff."""

    def __init__(self, report: Report, audience: Audience) -> None:
        # Several actions together still make one review.
        self._total = 0 if audience.is_silent or audience.number is None else MAX_REVIEW_COMMENTS
        self._by_action: Counter[str] = Counter()
        for action_proposal in report.proposals:
            action, proposal = action_proposal.action, action_proposal.proposal
            if isinstance(proposal, InlineComments):
                # Two shards of one review propose the same: their numbers do not add up.
                self._by_action[action] = max(self._by_action[action], proposal.at_most)

    def take(self, reported_finding: ReportedFinding) -> bool:
        """Take room for one more comment; False when none is left for any action that found it."""
        sources = [name for name in reported_finding.finding.sources if self._by_action[name] > 0]
        if not sources or self._total <= 0:
            return False
        self._by_action[sources[0]] -= 1  # of several that found it, the first one pays
        self._total -= 1
        return True
