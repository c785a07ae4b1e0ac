"""What the describer keeps of a model's answer for the next run, and what it means there."""

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.actions.pr_describer.drafts import DrawnTitledDraft
from codeflow_action.engine.kept_answers import MAX_ANSWER, KeptAnswer


class KeptDraft(BaseModel):
    """A draft with what it was made of.

    `title_before` is the title that the model has seen. Where the title `is_settled`, a person has
    replaced one of ours, and we set none again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    draft: DrawnTitledDraft
    read_count: int
    change_count: int
    title_before: str = ""
    is_settled: bool = False

    def as_answer(self, digest: str) -> KeptAnswer | None:
        """Return what is kept, None where it would take too much room."""
        text = self.model_dump_json(exclude_defaults=True)
        return KeptAnswer(digest=digest, text=text) if len(text) <= MAX_ANSWER else None

    @classmethod
    def of(cls, answer: KeptAnswer | None) -> "KeptDraft | None":
        """Return what was kept, None where there is nothing, or an older version kept it."""
        if answer is None:
            return None
        try:
            return cls.model_validate_json(answer.text)
        except ValidationError:
            return None

    def title_seen(self, title: str) -> str:
        """Return the title that a question is about: ours stands for the one that it replaced."""
        return self.title_before if self._is_ours(title) else title

    def is_settled_by(self, title: str) -> bool:
        """True when a person has replaced a title of ours, now or earlier."""
        is_replaced = self.draft.title and title != self.title_before and not self._is_ours(title)
        return self.is_settled or bool(is_replaced)

    def _is_ours(self, title: str) -> bool:
        return bool(self.draft.title) and title == self.draft.title
