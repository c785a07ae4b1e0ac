"""Hands a run's results to the runner: files, outputs, summary, annotations, the closing word."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from codeflow_action.engine.headline import headline
from codeflow_action.engine.omissions import Reviewed
from codeflow_action.engine.report import Report, Shown, Verdict
from codeflow_action.integrations import runner
from codeflow_action.integrations.folder import write_inside
from codeflow_action.integrations.outputs import outputs
from codeflow_action.integrations.sarif import to_sarif
from codeflow_action.run.surroundings import Files
from codeflow_action.security.redaction import Redactor


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What a run has come to. `said` is the one message of a run that did not end well.

    `cassette` is the run on record, empty unless that was asked for.
    """

    report: Report
    summary: str
    comment_url: str = ""
    review_url: str = ""
    annotate: bool = True
    said: str = ""
    cassette: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Where results go. `workspace` is None when it is not known; then no report is written.

    `record_path` is where a cassette goes, when there is one.
    """

    files: Files
    stdout: TextIO
    redactor: Redactor
    workspace: Path | None
    report_path: str
    record_path: str = ""

    def deliver(self, ending: Ending) -> None:
        """Write everything; what cannot be written is said and hinders nothing else."""
        self.stdout.write(f"{headline(ending.report)}\n")
        warnings = list(ending.warnings)
        written = self._write_files(ending.report, warnings)
        if self.record_path:
            self._write_cassette(ending.cassette, warnings)
        if ending.annotate:
            warnings += self._annotate(ending.report)
        self._file_commands(ending, written, warnings)
        for text in dict.fromkeys(warnings):
            self._command("warning", text)
        self._last_word(ending)
        self.stdout.flush()

    def _write_files(self, report: Report, warnings: list[str]) -> tuple[str, str]:
        """Write report and SARIF; return their paths, empty where there is none."""
        if self.workspace is None:
            return "", ""
        path = Path(self.report_path)
        sarif = path.with_suffix(".sarif")
        texts = {
            path: report.model_dump_json(indent=2) + "\n",
            sarif: json.dumps(to_sarif(report), indent=1) + "\n",
        }
        try:
            for relative, text in texts.items():
                write_inside(self.workspace, relative, text)
        except (OSError, ValueError) as error:
            warnings.append(f"the report could not be written to {path}: {error}")
            return "", ""
        return str(path), str(sarif)

    def _write_cassette(self, cassette: str, warnings: list[str]) -> None:
        if not cassette or self.workspace is None:
            warnings.append(f"nothing was recorded to {self.record_path}: no action was run")
            return
        try:
            write_inside(self.workspace, Path(self.record_path), cassette)
        except (OSError, ValueError) as error:
            warnings.append(f"the cassette could not be written to {self.record_path}: {error}")

    def _annotate(self, report: Report) -> list[str]:
        shown = [one.finding for one in report.findings if one.shown is Shown.ANNOTATION]
        lines, over = runner.annotations(shown)
        for line in lines:
            self.stdout.write(self.redactor.text(line) + "\n")
        if over:
            return [f"{over} more findings are in the step summary: a step may annotate ten a kind"]
        return []

    def _file_commands(self, ending: Ending, written: tuple[str, str], warnings: list[str]) -> None:
        values = outputs(
            ending.report,
            report_path=written[0],
            sarif_path=written[1],
            comment_url=ending.comment_url,
            review_url=ending.review_url,
        )
        summary = runner.fit_summary(self.redactor.text(ending.summary))
        for what, path, text in (
            ("the outputs", self.files.output, runner.outputs_text(values)),
            ("the summary", self.files.summary, summary),
        ):
            try:
                if path:
                    runner.append(path, text)
            except OSError as error:
                warnings.append(f"{what} could not be written ({error.strerror})")

    def _last_word(self, ending: Ending) -> None:
        """One `::error` for every run that does not end with 0; a warning for an incomplete one.

        And a notice for one that passed though a model was wanted and could not be asked.
        """
        report = ending.report
        said = ending.said or _explained(report)
        if report.exit_code:
            self._command("error", said)
        elif report.verdict is Verdict.INCOMPLETE:
            self._command("warning", said)
        elif report.verdict is Verdict.SKIPPED:
            self._command("notice", said)
        elif report.reviewed is Reviewed.NONE:
            self._command("notice", headline(report).removeprefix("CodeFlow: "))

    def _command(self, kind: str, text: str) -> None:
        line = runner.command(kind, self.redactor.text(text), {"title": "CodeFlow"})
        self.stdout.write(f"{line}\n")


def _explained(report: Report) -> str:
    """Return in one message what happened and what to do, for a run whose pipeline ran."""
    match report.verdict:
        case Verdict.FAIL if report.blocking_count:
            first = next(one.finding for one in report.findings if one.blocking)
            place = f" in {first.path}:{first.line}" if first.path and first.line else ""
            what = f"{report.blocking_count} blocking: {first.title}{place}"
            return f"{what}; fix what the annotations name, or see `gate.fail_on`"
        case Verdict.FAIL:
            return f"only {report.receipt.share or 0:.0%} of the change was reviewed"
        case Verdict.SKIPPED:
            return f"skipped ({report.reason.value}){_first(report.notices)}"
        case _:
            details = [short.detail for short in report.shortfalls]
            details += [one.detail for one in report.actions if one.status.value == "failed"]
            return f"incomplete ({report.reason.value}){_first(details)}"


def _first(details: Sequence[str]) -> str:
    if not details:
        return ""
    more = f"; and {len(details) - 1} more, see the summary" if len(details) > 1 else ""
    return f": {details[0]}{more}"
