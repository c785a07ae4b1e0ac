"""`codeflow backtest`: reviews of what had to be fixed later in the repository around here."""

from pathlib import Path

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.engine.errors import ConfigError
from codeflow_action.evaluation.backtest import (
    DEFAULT_BUDGET,
    DEFAULT_LAST,
    DEFAULT_REVIEWS,
    BacktestRequest,
    backtest,
)
from codeflow_action.evaluation.backtest_report import Backtest, to_text
from codeflow_action.hosts.laptop import Local

_MAX_LAST = 20_000  # changes; so many are read in minutes, and their lines fit into memory
_MAX_REVIEWS = 1_000


def run(call: CommandCall) -> int:
    """Review, and print what came of it; whatever it is, the exit code is 0."""
    options = call.options
    request = BacktestRequest(
        directory=Path.cwd(),
        head=options.head,
        config=Path(options.config) if options.config else None,
        last=_count("--last", options.last, DEFAULT_LAST, _MAX_LAST),
        reviews=_count("--reviews", options.reviews, DEFAULT_REVIEWS, _MAX_REVIEWS),
        budget_usd=DEFAULT_BUDGET if options.budget is None else options.budget,
    )

    async def work(local: Local) -> Backtest:
        return await backtest(request, local)

    def show(outcome: Backtest) -> str:
        as_json = options.format == "json"
        text = f"{outcome.model_dump_json(indent=2)}\n" if as_json else to_text(outcome)
        return call.clean(text, as_json=as_json)

    LocalRun(call=call).run(work, show)
    return 0


def _count(option: str, number: int | None, default: int, limit: int) -> int:
    if number is not None and not 1 <= number <= limit:
        raise ConfigError(f"{option} takes 1 to {limit:,}")
    return default if number is None else number
