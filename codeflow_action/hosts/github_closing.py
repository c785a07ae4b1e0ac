"""The run when a pull request is closed: no model, no gate; it counts what became of each finding.

It never fails the job: nobody can act on a pull request that is over.
"""

from collections.abc import Iterable
from dataclasses import replace

from codeflow_action.ai.models import NoModels
from codeflow_action.config.inputs import Stage
from codeflow_action.engine.final_count import FinalCount, final_count
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.life import advance
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.report import Report
from codeflow_action.hosts.delivery import Ending
from codeflow_action.hosts.github_review import GitHubReview
from codeflow_action.hosts.venue import Venue
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.write.plan import Publication
from codeflow_action.integrations.github.write.publish import PublicationResult, publish
from codeflow_action.run.conclude import digest
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.security import untrusted

_MAX_ROWS = 200  # findings that the summary names; the report has all of them


@dataclass(frozen=True, kw_only=True)
class ClosingRun:
    """The end of one pull request."""

    review: GitHubReview

    async def run(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        """Count, run the actions that answer to this, and leave the ledger that stays behind."""
        review, job = self.review, self.review.job
        if job.inputs.shard or job.inputs.stage is Stage.ANALYZE:
            return review.end_early(Reason.UNSUPPORTED_EVENT, "another job counts what was closed")
        effective = configuration.resolution.effective
        ledger = venue.marks.read_ledger(venue.sticky_body)
        run_digest = digest(effective, configuration.resolution.choice.label)
        memory = await review.recall(venue, ledger, run_digest)
        actions = tuple(action for action in effective.actions if action.answers_to(Trigger.CLOSED))
        start = replace(
            review.start(venue, configuration),
            effective=replace(effective, actions=actions),
            memory=memory,
            digest=run_digest,
            no_model="",
            # A review says these; here they are no news any more.
            findings=(),
            shortfalls=(),
            notices=(),
        )
        models = NoModels(Reason.UNSUPPORTED_EVENT.value)
        round_, _recorder = await review.carry_out(start, models, venue)
        report = await review.conclude(round_, venue)
        if ledger is None:
            return self._ending(_harmless(report), self._why_unknown(venue))
        # Whatever else the ledger says is of the last review, and stays.
        entries = advance(memory, report, venue.dismissals).ledger.entries
        count = final_count(
            entries,
            is_merged=venue.target.pull_request.is_merged,
            resolved_ids={
                thread.finding_id for thread in venue.discussion.threads if thread.resolver
            },
        )
        report = _harmless(report).model_copy(update={"final_count": count})
        job.begin("writing to GitHub")
        result = await self._publish(venue, report, ledger.model_copy(update={"entries": entries}))
        return replace(
            self._ending(report, count.sentence, (*result.notes, *result.notices)),
            comment_url=result.sticky_url,
            warnings=(*job.warnings, *result.notes),
        )

    @staticmethod
    def _why_unknown(venue: Venue) -> str:
        """Return why nothing can be counted."""
        subject = "what became of its findings is not known"
        if venue.conversation is None:
            return f"{subject}: our comment could not be read"
        if flaw := venue.marks.ledger_flaw(venue.sticky_body):
            return f"{subject}: what earlier runs have left was not used, because {flaw.value}"
        if not venue.marks.seal.is_secret:
            return f"{subject}: without a model's key no run leaves a record that can be believed"
        return f"{subject}: no earlier run has left a record on this pull request"

    async def _publish(self, venue: Venue, report: Report, ledger: Ledger) -> PublicationResult:
        publication = Publication(
            report=report,
            pull_request=venue.target.pull_request,
            audience=venue.audience,
            conversation=venue.conversation or Conversation(),
            marks=venue.marks,
            links=venue.links,
            ledger=ledger,
            is_closing=True,
        )
        job = self.review.job
        return await publish(publication, job.api, dry_run=job.inputs.dry_run)

    def _ending(self, report: Report, sentence: str, notes: Iterable[str] = ()) -> Ending:
        lines = [f"**CodeFlow: {untrusted.inline(sentence)}**", _table(report.final_count)]
        lines += [f"> {untrusted.inline(note, 600)}" for note in (*notes, *report.notices)]
        return Ending(
            report=report.model_copy(update={"notices": (sentence, *report.notices)}),
            summary="\n\n".join(line for line in lines if line) + "\n",
            annotate=False,
            last_word=sentence,
            warnings=tuple(self.review.job.warnings),
        )


def _harmless(report: Report) -> Report:
    """Return the report with a verdict that fails no job, whatever an action has run into.

    What is still open is counted, and found by nobody anew.
    """
    verdict = {"verdict": Verdict.SKIPPED, "reason": Reason.OK, "exit_code": 0, "findings": ()}
    return report.model_copy(update=verdict)


def _table(count: FinalCount | None) -> str:
    if count is None or not count.findings:
        return ""
    rows = ["| finding | in | became |", "| --- | --- | --- |"]
    for finding in count.findings[:_MAX_ROWS]:
        path = untrusted.code_span(untrusted.path(finding.path or ""), 160, in_table=True)
        rule = untrusted.code_span(finding.rule, 80, in_table=True)
        issue = f", issue #{finding.issue}" if finding.issue else ""
        rows.append(f"| {rule} | {path} | {finding.fate.value}{issue} |")
    if rest := len(count.findings[_MAX_ROWS:]):
        rows.append(f"\n{rest} more in the report.")
    return "\n".join(rows)
