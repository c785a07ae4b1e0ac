"""What a describing model replies with."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]


# Limits of length keep one runaway reply from filling the comment.
class GroupWords(BaseModel):
    """What changes in one group of files, by the number that the prompt gives it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    group: int
    line: _Sentence


class Draft(BaseModel):
    """A description as the model makes it; nothing in it is believed yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    summary: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2_000)
    ]
    groups: tuple[GroupWords, ...] = Field(default=(), max_length=40)


class TitledDraft(Draft):
    """A description with a better title, None where the title says what the change does."""

    title: str | None = Field(default=None, max_length=200)


class DrawnDraft(Draft):
    """A description with a diagram in Mermaid, None where none would help."""

    diagram: str | None = Field(default=None, max_length=4_000)


class DrawnTitledDraft(TitledDraft, DrawnDraft):
    """A description with both."""


class PartNotes(BaseModel):
    """What one part of a large change does."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notes: tuple[_Sentence, ...] = Field(max_length=40)
