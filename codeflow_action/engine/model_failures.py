"""What a failed question to a model means for the run."""

from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
)
from codeflow_action.engine.outcome import Reason


def failure_reason(error: ProviderError) -> tuple[Reason, str]:
    """Return why something was not asked, as a public reason and in words."""
    match error:
        # A window that is too small is a limit, like the budget, and no failure of the model.
        case BudgetExhausted() | PromptTooLong():
            return Reason.BUDGET, error.with_hint
        case OutOfTime():
            return Reason.DEADLINE, error.with_hint
        case _:
            return Reason.MODEL_ERROR, error.with_hint
