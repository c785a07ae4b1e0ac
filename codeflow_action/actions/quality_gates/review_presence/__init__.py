"""Who has reviewed this head: a green pull request may be one that nobody has read."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from codeflow_action.actions.quality_gates.gate import Gate, GateLevel, GateResult, GateSubject
from codeflow_action.actions.quality_gates.review_presence.recognition import (
    OURSELVES,
    PEOPLE,
    Presence,
    ReviewerPresence,
    known_reviewers,
    read_presences,
)
from codeflow_action.engine.dependencies import Unavailable
from codeflow_action.engine.findings import Finding
from codeflow_action.security.untrusted import one_line

_WORDS = {
    Presence.REVIEWED: "reviewed it",
    Presence.RUNNING: "is still at it",
    Presence.RATE_LIMITED: "was rate-limited",
    Presence.FAILED: "failed",
    Presence.SKIPPED: "skipped it",
    Presence.OLDER_HEAD: "reviewed an older head",
    Presence.UNCLEAR: "left words that do not tell",
}


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    reviewer_names = (PEOPLE, OURSELVES, *(reviewer.name for reviewer in known_reviewers()))
    for name in names:
        if name not in reviewer_names:
            raise ValueError(f"{name!r} is no reviewer that is known: {', '.join(reviewer_names)}")
    return names


class ReviewPresence(Gate):
    """Nobody who is asked for has reviewed this head: rate-limited, skipped, or an older head."""

    name = "review_presence"
    level: GateLevel = GateLevel.OFF
    require: Annotated[tuple[str, ...], AfterValidator(_known)] = Field(
        default=(),
        description="Reviewers of whom any one has to have reviewed the head, such as `people`, "
        "`codeflow`, `coderabbit`, `copilot`; without one the gate only tells.",
    )

    async def check(self, subject: GateSubject) -> GateResult:
        """Ask GitHub what reviewers have left, and tell what became of each one's review."""
        head_sha = subject.head.sha
        traces = await subject.forge.review_traces(head_sha)
        if traces is None:  # a laptop, or a push
            return GateResult()
        if isinstance(traces, Unavailable):
            reason = one_line(traces.reason, 200)
            return GateResult(unchecked=(f"could not see who has reviewed this: {reason}",))
        presences = read_presences(traces, head_sha)
        parts = [f"{reviewer.title} {_WORDS[reviewer.presence]}" for reviewer in presences]
        note = f"Reviews of this head: {', '.join(parts) or 'none'}"
        return GateResult(findings=tuple(self._absences(presences, head_sha)), notes=(note,))

    def _absences(self, presences: Sequence[ReviewerPresence], head_sha: str) -> Iterator[Finding]:
        states = {reviewer.name: reviewer.presence for reviewer in presences}
        if not self.require or Presence.REVIEWED in map(states.get, self.require):
            return
        parts = (
            f"{name} {_WORDS[states[name]] if name in states else 'left no trace'}"
            for name in self.require
        )
        yield self.finding(
            None,
            title="Nobody who is asked for has reviewed this head",
            message=f"One of {', '.join(self.require)} has to have reviewed it, and none has: "
            f"{'; '.join(parts)}. A green check of theirs does not say that they looked. Ask for a "
            "review, and run this job again when it is there.",
            code=head_sha,
        )
