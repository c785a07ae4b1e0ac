"""What other tools know of a chunk's files, in envelopes of their own: facts, not remarks."""

from collections.abc import Mapping

from codeflow_action.engine.facts import Facts, LineCoverage, ToolFindings
from codeflow_action.review.packing import Chunk
from codeflow_action.review.tool_briefs import brief_coverage, brief_findings

_FOUND = "what other tools report here; it is shown to the author, so never report it again"
_NOT_RUN = "added lines that the project's tests did not run"


def known_of(chunk: Chunk, facts: Facts) -> Mapping[str, str]:
    """Return what is known of the chunk's files, by what to call it; empty where nothing is."""
    paths = {unit.path for unit in chunk.units}
    found = brief_findings(facts.get(ToolFindings) or ToolFindings(), paths)
    not_run = brief_coverage(facts.get(LineCoverage) or LineCoverage(), paths)
    return {label: text for label, text in ((_FOUND, found), (_NOT_RUN, not_run)) if text}
