"""Builds the reviewer's prompts: stable parts first, strangers' text in envelopes.

Stable parts come first because providers cache prompts by how they begin.
"""

from collections.abc import Collection, Mapping, Sequence
from importlib import resources

from pydantic import BaseModel

from codeflow_action.actions.pr_reviewer.lenses import Lens
from codeflow_action.actions.pr_reviewer.remarks import Judgements, Review
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.review.author_words import WordLimits, author_words
from codeflow_action.review.guidelines import ProjectRule, project_rules
from codeflow_action.review.packing import Chunk
from codeflow_action.security.untrusted import for_model

MAX_OUTPUT_TOKENS = 8_000
_MAX_PROMISE_OUTPUT = 1_000
# Intent, not a manual.
INTENT = WordLimits(description=2_000, issue=1_000, issues=2)
_LAST_WINS = "Where several of these patterns match a file, only the last one's words hold for it."


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a chunk is read: through which lenses, and in which pass, from 1.

    `is_shared` where several prompts show the same chunk: then it is worth a place in the
    provider's cache.
    """

    lenses: tuple[Lens, ...]
    pass_number: int = 1
    is_shared: bool = False


def find_instructions(guidance: Guidance, lenses: Sequence[Lens]) -> str:
    """Return what a finding model is told to do.

    What to look for is in it where that are several lenses, which all prompts share. A single one
    comes behind the code, so that the prompts of all lenses begin alike.
    """
    fields = "`trigger`, `effect`, `title` and `message`"
    topics = [] if len(lenses) == 1 else ["Look for:", *(f"- {lens.text}" for lens in lenses)]
    parts = [_page("find.md"), "\n".join(topics), *_repository_wishes(guidance, fields)]
    parts = [part for part in parts if part]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def verify_instructions(guidance: Guidance) -> str:
    """Return what a verifying model is told to do."""
    parts = [_page("verify.md"), *_repository_wishes(guidance, "`reason`")]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _page(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _repository_wishes(guidance: Guidance, fields: str) -> list[str]:
    parts = []
    if guidance.language.lower() not in ("en", "en-us", "en-gb"):
        parts.append(f"Write {fields} in {guidance.language!r} (BCP 47).")
    if guidance.instructions:
        parts.append(f"This repository's maintainers add:\n{guidance.instructions}")
    return parts


def background(stack: str, changes: str) -> str:
    """Return what all prompts of the first round share; empty for nothing.

    `stack` is what the touched components are made with, `changes` the list of changed files. What
    the author says of the change is not in it: told that a change is free of bugs, models find
    fewer of them (arXiv 2603.18740).
    """
    texts = {
        "what this code is made with, by its manifests": stack,
        "all files of the change": changes,
    }
    return "\n\n".join(for_model(label, text) for label, text in texts.items() if text)


def intent(pull_request: PullRequest) -> list[str]:
    """Return what the change is for: title, description and issues, each in an envelope."""
    return [for_model(label, text) for label, text in author_words(pull_request, INTENT)]


def promise_prompt(
    guidance: Guidance,
    words: Sequence[tuple[str, str]],
    changes: str,
    changed_lines: str,
    reply: type[BaseModel],
) -> Prompt:
    """Return the prompt that holds the author's words against the change.

    `words` have their labels; `changes` is the list of changed files, empty for none.
    """
    instructions = [_page("promise.md"), *_repository_wishes(guidance, "all sentences")]
    texts = [*words, ("all files of the change", changes), ("changed lines", changed_lines)]
    material = [for_model(label, text) for label, text in texts if text]
    return Prompt(
        role=Role.DESCRIBE,
        instructions="\n\n".join(part.strip() for part in instructions) + "\n",
        # A part each, as in the second look: parts are searched for secrets one by one, and a key
        # that a limit has cut in one must not end in another.
        parts=tuple(Part(text=text) for text in (*material, "Hold the words against the change.")),
        reply=reply,
        max_output_tokens=_MAX_PROMISE_OUTPUT,
        divisible=False,
    )


def find_prompt(
    *,
    guidance: Guidance,
    reading: Reading,
    demands: Sequence[Lens | ProjectRule],
    preamble: Part | None,
    chunk: Chunk,
    context: str,
    tool_notes: Mapping[str, str],
) -> Prompt:
    """Return the prompt for one chunk. `context` is code from elsewhere that is shown beside it.

    `demands` are the project's checks and rules for the chunk's files; `tool_notes` is what other
    tools say about these, by label.
    """
    rules = [demand for demand in demands if isinstance(demand, ProjectRule)]
    checks = [demand for demand in demands if isinstance(demand, Lens)]
    paths = {unit.path for unit in chunk.units}
    texts = _path_wishes(guidance, paths)
    texts += [project_rules(rules)] if rules else []
    texts.append(for_model("change", chunk.text))
    texts += [for_model("code from elsewhere in the repository", context)] if context else []
    texts += [for_model(label, text) for label, text in tool_notes.items()]
    code = Part(text="\n".join(texts), stable=reading.is_shared)
    question = Part(text="\n".join([*_check_list(checks), _question(reading)]))
    parts = (*((preamble,) if preamble else ()), code, question)
    return Prompt(
        role=Role.FIND,
        instructions=find_instructions(guidance, reading.lenses),
        parts=parts,
        reply=Review,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        divisible=bool(context or tool_notes or rules or chunk.is_divisible),
    )


def _question(reading: Reading) -> str:
    request = "Review this part of the change."
    if (number := reading.pass_number) > 1:
        request += f" You are reader {number}, after others: begin with what stands last."
    match reading.lenses:
        case [lens]:
            return f"{request} Look for this kind of trouble only:\n- {lens.text}"
        case _:
            return request


def verify_prompt(
    *,
    guidance: Guidance,
    paths: Collection[str],
    material: Sequence[str],
    request: str,
    divisible: bool,
) -> Prompt:
    """Return the prompt that tries to refute remarks; `material` is each remark with its code.

    `paths` are the files that the remarks are about. `divisible` where fewer remarks could be asked
    about at a time, or less code shown.
    """
    texts = (*_path_wishes(guidance, paths), *material, request)
    return Prompt(
        role=Role.VERIFY,
        instructions=verify_instructions(guidance),
        parts=tuple(Part(text=text) for text in texts),
        reply=Judgements,
        max_output_tokens=MAX_OUTPUT_TOKENS // 2,
        divisible=divisible,
    )


def _path_wishes(guidance: Guidance, paths: Collection[str]) -> list[str]:
    """Return what the maintainers add for these files."""
    # By pattern, which the maintainers wrote: a path is a stranger's text.
    wishes = [
        f"For files that match {rule.match!r}, the maintainers add: {rule.instructions}"
        for rule in guidance.rules
        if rule.instructions and any(any_matches((rule.match,), path) for path in paths)
    ]
    return [*wishes, _LAST_WINS] if len(wishes) > 1 else wishes


def _check_list(checks: Sequence[Lens]) -> list[str]:
    if not checks:
        return []
    lines = ["The project checks these too; cite the rule in `rule`:"]
    for check in checks:
        patterns = ", ".join(map(repr, check.paths))
        scope = f" (for files that match {patterns})" if patterns else ""
        lines.append(f"- rule `{check.rule}`{scope}: {check.text}")
    return lines
