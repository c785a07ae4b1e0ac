"""Builds the describer's prompts: stable parts first, strangers' text in envelopes."""

from collections.abc import Sequence
from importlib import resources

from codeflow_action.actions.pr_describer.drafts import (
    Draft,
    DrawnDraft,
    DrawnTitledDraft,
    PartNotes,
    TitledDraft,
)
from codeflow_action.actions.pr_describer.walkthrough import FileGroup
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Part, Prompt, Role
from codeflow_action.review.packing import Chunk
from codeflow_action.security.untrusted import for_model, one_line, path

_MAX_DRAFT = 2_000  # tokens of a reply
_MAX_NOTES = 1_000
_MAX_PATHS = 12  # of a group
_TITLE = (
    "- `title`: a better title of at most ten words in the style of the one that it has, if that "
    "one does not say what the change does; else null."
)
_DIAGRAM = (
    "- `diagram`: if the change adds or alters how parts work together, a small Mermaid diagram of "
    "it, else null. Either `flowchart LR` with nodes `a[Words]`, `a(Words)` or `a{Words}` and "
    "edges `a --> b` or `a -->|words| b`, or `sequenceDiagram` with `participant a as Words` and "
    "messages `a->>b: words`. At most twelve nodes; labels of letters, digits and spaces; nothing "
    "else of Mermaid."
)


@dataclass(frozen=True, kw_only=True)
class DraftRequest:
    """What is asked for beside summary and groups."""

    title: bool
    diagram: bool

    @property
    def reply(self) -> type[Draft]:
        """The reply's shape: a model is not asked for what nobody shows."""
        shapes: dict[tuple[bool, bool], type[Draft]] = {
            (False, False): Draft,
            (True, False): TitledDraft,
            (False, True): DrawnDraft,
            (True, True): DrawnTitledDraft,
        }
        return shapes[self.title, self.diagram]


def draft_instructions(guidance: Guidance, request: DraftRequest) -> str:
    """Return what a describing model is told to do."""
    extras = [*([_TITLE] if request.title else []), *([_DIAGRAM] if request.diagram else [])]
    parts = [_page("describe.md").strip(), *extras]
    if guidance.language.lower() not in ("en", "en-us", "en-gb"):
        parts.append(f"Write all sentences in {guidance.language!r} (BCP 47).")
    if guidance.instructions:
        parts.append(f"This repository's maintainers add:\n{guidance.instructions}")
    return "\n\n".join(parts) + "\n"


def notes_instructions() -> str:
    """Return what a model is told to do that reads one part of a large change."""
    return _page("notes.md")


def _page(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def group_list(groups: Sequence[FileGroup], hidden_paths: frozenset[str]) -> str:
    """Return the groups with their numbers; `hidden_paths` are of files no model may be told of."""
    lines = []
    for number, group in enumerate(groups, start=1):
        counts = f"{len(group.files)} files, +{group.added_count} -{group.removed_count} lines"
        paths = [path(file.path) for file in group.files if file.path not in hidden_paths]
        more = f" and {len(paths) - _MAX_PATHS} more" if len(paths) > _MAX_PATHS else ""
        # A title holds a folder's name, which may hold the end of a line.
        title = one_line(group.title)
        lines.append(f"{number}. {title} ({counts}): {', '.join(paths[:_MAX_PATHS])}{more}")
    return for_model("groups of changed files, each with its number", "\n".join(lines))


def draft_prompt(
    guidance: Guidance, request: DraftRequest, preamble: str, material: str, *, divisible: bool
) -> Prompt:
    """Return the prompt for the whole description; `material` is the change, or notes of it."""
    return Prompt(
        role=Role.DESCRIBE,
        instructions=draft_instructions(guidance, request),
        parts=(Part(text=preamble), Part(text=material), Part(text="Describe this change.")),
        reply=request.reply,
        max_output_tokens=_MAX_DRAFT,
        divisible=divisible,
    )


def change_text(chunk: Chunk) -> str:
    """Return the change as a model reads it."""
    return for_model("change", chunk.text)


def notes_text(notes: Sequence[str]) -> str:
    """Return notes on the parts of a change; a model wrote them, so they are a stranger's."""
    return for_model("notes on the parts of the change", "\n".join(f"- {note}" for note in notes))


def notes_prompt(chunk: Chunk) -> Prompt:
    """Return the prompt for one part of a change that is too large for one."""
    return Prompt(
        role=Role.DESCRIBE,
        instructions=notes_instructions(),
        parts=(Part(text=change_text(chunk)), Part(text="Note what this part does.")),
        reply=PartNotes,
        max_output_tokens=_MAX_NOTES,
        divisible=chunk.is_divisible,
    )
