"""Answers of models that are used again in later runs, as long as the question is the same."""

from pydantic import BaseModel, ConfigDict, Field

MAX_ANSWER = 8_000  # characters: it stands beside the findings in our comment's first line


class KeptAnswer(BaseModel):
    """What a model has answered an action, for the next run.

    `digest` is of all that the question was made of, as the action works it out; `text` is what the
    action needs to say the same again. A model wrote it, so it is a stranger's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str = Field(max_length=64)
    text: str = Field(max_length=MAX_ANSWER)
