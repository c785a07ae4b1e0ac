"""What a model says of unchanged lines beside the diff: it is shown when a second look confirms it.

A change breaks lines that it leaves alone, and finds faults on them that were there before. Only
who has looked for the cause can tell these apart.
"""

from collections.abc import Sequence

from codeflow_action.engine.findings import DroppedFinding, DropStage, Evidence, Finding
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.review.ranking import dropped

_REASON = "about lines outside this change, and not confirmed in a second look"


def drop_unsure_beside(
    findings: Sequence[Finding], pull_request: PullRequest
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Leave out what is about lines that the diff does not show, and nobody has confirmed."""
    sound_findings: list[Finding] = []
    drops: list[DroppedFinding] = []
    for finding in findings:
        file = pull_request.files_by_path.get(finding.path or "")
        is_unsure = finding.evidence is Evidence.QUOTED and finding.line is not None
        if is_unsure and file and not finding.is_on(file.hunks):
            drops.append(dropped(finding, DropStage.SCOPE, _REASON))
        else:
            sound_findings.append(finding)
    return tuple(sound_findings), tuple(drops)
