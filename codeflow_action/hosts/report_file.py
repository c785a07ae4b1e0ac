"""A report that another process has written, read as a stranger's text.

Between the two processes lies a file, and whoever could write it is not known here. So nothing is
taken over that this process can work out itself: names of findings, what blocks, what is known, the
verdict. Its prose is cleaned as a model's is, and nothing in it reaches a ledger.
"""

import re
from collections.abc import Callable

from pydantic import ValidationError

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import identify
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.report import Report
from codeflow_action.engine.verdict import GateRules, judge
from codeflow_action.run.clean import clean_report
from codeflow_action.run.conclude import as_reported

_MAX_REPORT = 64_000_000  # characters; a report of 5,000 findings has 8 million
# What is shown without being written anew has to be a plain word.
_WORD = re.compile(r"[A-Za-z0-9_.+-]{0,80}")


def read_report(text: str) -> Report:
    """Return the report in the text of a file. Raises `ConfigError` where there is none."""
    if len(text) > _MAX_REPORT:
        raise ConfigError("the report is larger than any that CodeFlow writes")
    try:
        report = Report.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))[:80] or "its start"
        raise ConfigError(
            f"the report cannot be read: it is broken at {place}",
            hint="let the same version of CodeFlow write and publish it",
        ) from None
    words = [report.version, report.name]
    words += [word for action in report.actions for word in (action.name, action.reason)]
    if not all(map(_WORD.fullmatch, words)):
        raise ConfigError("the report names a version or an action as CodeFlow never does")
    return report


def judge_anew(
    report: Report, rules: GateRules, previous: Ledger | None, clean: Callable[[str], str]
) -> Report:
    """Return the report as this process would have concluded it from the same findings.

    `previous` is the ledger that an earlier run has sealed; `clean` takes secrets out.
    """
    report = clean_report(report, clean)  # before fingerprints are taken of its words
    # Names follow from the findings: a forged one could take another finding's place.
    line_hashes = {
        reported_finding.id: reported_finding.line_hash for reported_finding in report.findings
    }
    by_id = identify(reported_finding.finding for reported_finding in report.findings)
    findings = as_reported(by_id, rules, previous, line_hashes)
    return judge(report.model_copy(update={"findings": findings}), rules)
