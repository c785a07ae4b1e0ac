"""Renders what a run has come to as what the runner is told, and hands it over as messages."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path

from codeflow_action.config.inputs import plan_path, read_report_path
from codeflow_action.config.pages import rule_pages
from codeflow_action.config.pipeline_entries import Registry, load_registry
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.hand_off import HAND_OFF_FILE
from codeflow_action.engine.headline import headline
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.receipt import ReviewExtent
from codeflow_action.engine.report import ActionStatus, FindingPlace, Report, ReportedFinding
from codeflow_action.hosts.messages import Bundle, Lines, Send
from codeflow_action.integrations.annotations import MAX_PER_TYPE, annotations
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.hand_off_lines import hand_off_file
from codeflow_action.integrations.outputs import outputs
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.integrations.sarif_output import RulePage, to_sarif
from codeflow_action.run.clean import clean_report
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import log_line

# Annotations of a severity before the run's end: the runner shows ten of a kind for a step, and two
# of them are kept back for what a review finds after the gates.
_EARLY = MAX_PER_TYPE - 2


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What a run has come to. `last_word` ends its log; it is empty where the report tells all.

    `annotated_ids` are of findings that the job's log shows already. `cassette` is the run on
    record, empty unless that was asked for. `plan` is the text of a plan of shards, empty where
    none was made, and `shards` are the labels of its shards.
    """

    report: Report
    summary: str
    comment_url: str = ""
    review_url: str = ""
    annotate: bool = True
    annotated_ids: frozenset[str] = frozenset()
    last_word: str = ""
    cassette: str = ""
    plan: str = ""
    shards: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Hands results over. `workspace` is None when it is not known; then nothing is recorded.

    `record_path` is where a cassette goes, when there is one; `annotated_ids` are of findings
    that the job's log shows already. `docs_url` is where the action's own `docs/` can be read,
    `server_url` the address of GitHub's pages. `load_actions` is asked once there are findings.
    """

    send: Send
    redactor: Redactor
    workspace: Path | None
    report_path: str
    record_path: str = ""
    docs_url: str = ""
    server_url: str = ""
    load_actions: Callable[[], Registry] = load_registry
    annotated_ids: set[str] = field(default_factory=set)

    def annotate(self, findings: Sequence[ReportedFinding]) -> None:
        """Show findings in the job's log now, as far as a step may; none is shown again."""
        lines, _rest = annotations(findings, self.annotated_ids, _EARLY)
        self.annotated_ids.update(lines)
        self.send(Lines(lines=tuple(map(self.redactor.text, lines.values()))))

    def keep(self, ending: Ending) -> None:
        """Hand over what is to be delivered if the run ends here without a word."""
        warnings = list(ending.warnings)
        if self.record_path:
            warnings.append(f"nothing was recorded to {self.record_path}: the run was cut short")
        self.send(self._bundle(ending, warnings, final=False))

    def deliver(self, ending: Ending) -> None:
        """Hand over the run's end."""
        # The last net: most reports are clean already, but not that of a run that never began.
        ending = replace(ending, report=clean_report(ending.report, self.redactor.text))
        warnings = list(ending.warnings)
        if self.record_path:
            self._write_cassette(ending.cassette, warnings)
        self.send(self._bundle(ending, warnings, final=True))

    def _bundle(self, ending: Ending, warnings: list[str], *, final: bool) -> Bundle:
        report = ending.report
        # A bundle of any moment says everything: the run may be killed before there is another.
        lines: dict[str, str] = {}
        if ending.annotate:
            findings = [
                finding for finding in report.findings if finding.shown is FindingPlace.ANNOTATION
            ]
            lines, rest = annotations(findings, self.annotated_ids | ending.annotated_ids)
            if rest:
                remainder = f"{rest} more findings are in the step summary"
                warnings.append(f"{remainder}: a step may annotate ten a kind")
        kind = _last_kind(report)
        sarif_path = str(Path(self.report_path).with_suffix(".sarif"))
        sarif = to_sarif(report, self._rule_pages if report.findings else {})
        links = Links(server_url=self.server_url, repository=report.repository)
        redact = self.redactor.text
        # By the outputs that name them, which are set only when the files are written.
        files = {
            "report_path": (self.report_path, report.model_dump_json(indent=2) + "\n"),
            "sarif_path": (sarif_path, json.dumps(sarif, indent=1) + "\n"),
            "findings_path": (
                str(Path(self.report_path).with_name(HAND_OFF_FILE)),
                hand_off_file(report, links),
            ),
        }
        if ending.plan:
            files = {"report_path": (plan_path(self.report_path), ending.plan)}
        return Bundle(
            final=final,
            exit_code=report.exit_code,
            outputs=outputs(
                report,
                comment_url=ending.comment_url,
                review_url=ending.review_url,
                shards=ending.shards,
            ),
            files=files,
            summary=redact(ending.summary),
            annotations=tuple(map(redact, (headline(report), *lines.values()))),
            warnings=tuple(map(redact, warnings)),
            kind=kind,
            closing_line=redact(_closing_line(ending)) if final else "",
            last_word=redact(ending.last_word or _last_word(report)) if kind else "",
        )

    @cached_property
    def _rule_pages(self) -> Mapping[str, RulePage]:
        """What the installed actions say of their rules; a registry that is broken costs it."""
        try:
            return rule_pages(self.load_actions(), self.docs_url)
        except ConfigError:
            return {}

    def _write_cassette(self, cassette: str, warnings: list[str]) -> None:
        """Write it here and not by message: it holds all code that was looked at."""
        if not cassette or self.workspace is None:
            warnings.append(f"nothing was recorded to {self.record_path}: no action was run")
            return
        try:
            SafeFolder(self.workspace).write(Path(self.record_path), cassette)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            warnings.append(f"the cassette could not be written to {self.record_path}: {reason}")


def make_delivery(
    environment: Mapping[str, str],
    redactor: Redactor,
    send: Send,
    load_actions: Callable[[], Registry] = load_registry,
) -> Delivery:
    """Return the delivery of the job that runs in this environment.

    It is read by itself and not from `Inputs`: a run whose inputs are wrong has to tell so, too.
    """
    workspace = environment.get("GITHUB_WORKSPACE", "")
    # Which action runs, and by which tag, branch or commit it was asked for; not set for `./`.
    action, version = (
        environment.get(f"GITHUB_ACTION_{word}", "") for word in ("REPOSITORY", "REF")
    )
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/")
    has_address = action and version and server
    return Delivery(
        send=send,
        redactor=redactor,
        workspace=Path(workspace) if workspace else None,
        report_path=read_report_path(environment),
        record_path=environment.get("INPUT_RECORD", "").strip(),
        docs_url=f"{server}/{action}/blob/{version}/docs" if has_address else "",
        server_url=server,
        load_actions=load_actions,
    )


def _last_kind(report: Report) -> str:
    """Return the command of the last word: one `::error` for every run that does not end with 0."""
    if report.exit_code:
        return "error"
    match report.verdict:
        case Verdict.INCOMPLETE:
            return "warning"
        case Verdict.SKIPPED:
            return "notice"
        case _:  # it passed, though a model was wanted and could not be asked
            return "notice" if report.reviewed is ReviewExtent.NONE else ""


def _last_word(report: Report) -> str:
    """Return in one message what happened and what to do, for a run whose pipeline ran."""
    match report.verdict:
        case Verdict.FAIL if report.blocking_count:
            first = next(
                reported_finding.finding
                for reported_finding in report.findings
                if reported_finding.blocking
            )
            place = f" in {first.path}:{first.line}" if first.path and first.line else ""
            subject = f"{report.blocking_count} blocking: {first.title}{place}"
            return f"{subject}; fix what the annotations name, or see `gate.fail_on`"
        case Verdict.FAIL if not report.receipt.lacks_part:
            return f"only {report.receipt.share or 0:.0%} of the change was reviewed"
        case Verdict.SKIPPED:
            return f"skipped ({report.reason.value}){_first(report.notices)}"
        case Verdict.FAIL | Verdict.PASS:
            return headline(report).removeprefix("CodeFlow: ")
        case _:
            details = [short.detail for short in report.shortfalls]
            details += [
                action.detail for action in report.actions if action.status is ActionStatus.FAILED
            ]
            return f"incomplete ({report.reason.value}){_first(details)}"


def _closing_line(ending: Ending) -> str:
    """Return the log's last line: the verdict, the seconds, and where the comment is."""
    report = ending.report
    address = f": {log_line(ending.comment_url)}" if ending.comment_url else ""
    return f"CodeFlow: {report.verdict.value} in {report.seconds:.1f} s{address}"


def _first(details: Sequence[str]) -> str:
    if not details:
        return ""
    remainder = f"; and {len(details) - 1} more, see the summary" if len(details) > 1 else ""
    return f": {details[0]}{remainder}"
