"""Builds the reviewer's prompts: stable parts first, strangers' text in envelopes."""

from collections.abc import Sequence
from importlib import resources

from codeflow_action.actions.pr_reviewer.reply import Review
from codeflow_action.engine.action import Guidance
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.review.packing import Chunk
from codeflow_action.security.untrusted import for_model

MAX_OUTPUT_TOKENS = 8_000
_MAX_BODY = 4_000  # characters of the description: intent, not a manual
_MAX_GUIDELINE = 12_000
_LAST_WINS = "Where several of these patterns match a file, only the last one's words hold for it."


def instructions(guidance: Guidance) -> str:
    """Return what the model is told to do, the repository's own words included."""
    text = resources.files(__package__).joinpath("find.md").read_text("utf-8")
    if guidance.language.lower() not in ("en", "en-us", "en-gb"):
        fields = "`title`, `message` and `failure_scenario`"
        text += f"\nWrite {fields} in {guidance.language!r} (BCP 47).\n"
    if guidance.instructions:
        text += f"\nThis repository's maintainers add:\n{guidance.instructions}\n"
    return text


def background(pull_request: PullRequest, guidelines: Sequence[tuple[str, str]]) -> str:
    """Return what all prompts of a run share: the guidelines, and what the author says."""
    parts = [
        for_model(f"guidelines of the project: {path}", text[:_MAX_GUIDELINE])
        for path, text in guidelines
    ]
    description = f"{pull_request.title}\n\n{pull_request.body[:_MAX_BODY]}".strip()
    if description:
        parts.append(for_model("title and description by the author", description))
    return "\n\n".join(parts)


def find_prompt(*, guidance: Guidance, shared: str, chunk: Chunk, context: str = "") -> Prompt:
    """Return the prompt for one chunk."""
    request = "Review this part of the change."
    beside = [for_model("code from elsewhere in the repository", context)] if context else []
    change = for_model("change", chunk.text)
    own = "\n".join([*_wishes(guidance, chunk), request, change, *beside])
    parts = (Part(text=shared, stable=True), Part(text=own)) if shared else (Part(text=own),)
    return Prompt(
        role=Role.FIND,
        instructions=instructions(guidance),
        parts=parts,
        reply=Review,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        divisible=bool(chunk.halves()),
    )


def _wishes(guidance: Guidance, chunk: Chunk) -> list[str]:
    """Return what the maintainers add for these files, by pattern: a path is a stranger's text."""
    paths = {unit.path for unit in chunk.units}
    wishes = [
        f"For files that match {rule.match!r}, the maintainers add: {rule.instructions}"
        for rule in guidance.rules
        if rule.instructions and any(any_matches((rule.match,), path) for path in paths)
    ]
    return [*wishes, _LAST_WINS] if len(wishes) > 1 else wishes
