"""Writes our section of a pull request's description, and its title where that was asked for.

Both are a person's: they are read again just before, and what was changed in between stays. Between
that read and the write GitHub offers no condition (its `PATCH` takes no `If-Match`), so an edit of
the same second can be lost.
"""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.description_parts import DescriptionParts, MarkProblem, read_description
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import ActionProposal, Description, Section
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.sections import write_section
from codeflow_action.security import untrusted

_MAX_TITLE = 256  # characters that GitHub takes
_MAX_SECTION = 12_000  # characters of one section: who opens the pull request reads it first
_LEAST_ROOM = 500  # characters: less says nothing


class _Pull(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    title: str
    body: str | None = None

    @property
    def text(self) -> str:
        """The description; GitHub has none where it is empty."""
        return self.body or ""


@dataclass(frozen=True, kw_only=True)
class DescriptionEdit:
    """Bring the section, and the title, to what was proposed."""

    proposal: Description
    head_sha: str
    links: Links

    async def carry_out(self, desk: Desk) -> None:
        """Edit with one request at most; none where all of it stands there already."""
        try:
            pull = parse_as(_Pull, await desk.api.get(desk.pull_path))
            changes = dict(self._changes(pull, desk))
            if not changes:
                return
            if not desk.has_time("the description"):
                desk.unwritten_sections += self.proposal.sections
                return

            async def has_changes() -> bool:
                current = parse_as(_Pull, await desk.api.get(desk.pull_path))
                title, body = changes.get("title"), changes.get("body")
                return (title in (None, current.title)) and (
                    body is None or _plain(current.text) == _plain(body)
                )

            await desk.write_once("PATCH", desk.pull_path, {**changes}, has_changes)
        except GitHubError as error:
            desk.note_refusal("the description", error)
            desk.unwritten_sections += self.proposal.sections

    def _changes(self, pull: _Pull, desk: Desk) -> Iterator[tuple[str, str]]:
        """Yield the fields that are to change, with what they are to hold."""
        title = untrusted.one_line(self.proposal.title, _MAX_TITLE)
        if title and title != pull.title == self.proposal.title_before:
            yield "title", title
        if self.proposal.sections:
            body = self._body(pull.text, desk)
            if body is not None:
                yield "body", body

    def _body(self, body: str, desk: Desk) -> str | None:
        """Return the description with our section, None where it needs no edit or allows none."""
        name = desk.marks.name
        match read_description(body, name):
            case MarkProblem() as problem:
                desk.notes.append(
                    f"the description was left alone: {problem.value}. Take them out, and the next "
                    "run writes its section at the end"
                )
                desk.unwritten_sections += self.proposal.sections
                return None
            case DescriptionParts() as parts:
                text = self._text(parts.room(name))
        if not text:
            desk.notes.append("the description has no room left for CodeFlow's section")
            desk.unwritten_sections += self.proposal.sections
            return None
        return None if parts.holds(text) else parts.with_section(name, text)

    def _text(self, room: int) -> str:
        texts: list[str] = []
        for section in self.proposal.sections:
            limit = min(room, _MAX_SECTION)
            text = self._section(section, limit) if limit >= _LEAST_ROOM else ""
            # What is written anew may be longer than what it was made of.
            if text and len(text) + 2 <= room:
                texts.append(text)
                room -= len(text) + 2
        return "\n\n".join(texts)

    def _section(self, section: Section, limit: int) -> str:
        return write_section(section, self.head_sha, self.links, limit)


def plan_description(
    proposals: Iterable[ActionProposal], head_sha: str, links: Links
) -> Iterator[DescriptionEdit]:
    """Yield one edit for all that is proposed: there is one description."""
    descriptions = [
        action_proposal.proposal
        for action_proposal in proposals
        if isinstance(action_proposal.proposal, Description)
    ]
    if descriptions:
        first = next((entry for entry in descriptions if entry.title), descriptions[0])
        sections = tuple(section for entry in descriptions for section in entry.sections)
        proposal = first.model_copy(update={"sections": sections})
        yield DescriptionEdit(proposal=proposal, head_sha=head_sha, links=links)


def _plain(text: str) -> str:
    # GitHub may give line ends back as a browser sends them.
    return text.replace("\r\n", "\n").strip()
