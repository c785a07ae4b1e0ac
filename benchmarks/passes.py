"""What `effort` and `passes` cost, new tokens and cached ones: `python -m benchmarks.passes`.

Each way reviews one made-up pull request of 12 files and 400 lines with a description, in the
Action's own process, against the local model server, which remarks on one line and confirms it. No
provider's cache takes part: of a prompt, that counts as *cached* which an earlier prompt of the run
begins with, where that are at least 1,024 tokens, as OpenAI has it. Tokens are estimates.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from benchmarks.measure import run_on_made_up
from benchmarks.run import REMARK, build_modules
from codeflow_action.config.pages import markdown_table
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.models.replies import ModelRequest
from codeflow_action.testing.reviewer_replies import is_second_round, reviewer_reply

_FILES, _LINES = 12, 400
_LEAST_CACHED = 1_024  # tokens; what OpenAI's cache begins with
_CHARACTERS_PER_TOKEN = 4
_WAYS = tuple((effort, passes) for effort in ("low", "medium", "high") for passes in (1, 2, 3))


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """Requests of one kind with their tokens of input; `cached` are part of `tokens`."""

    requests: int
    tokens: int
    cached: int


def main() -> int:
    """Print a row for each way."""
    rows = []
    for effort, passes in _WAYS:
        costs = _costs(_requests(effort, passes))
        first, second, promise = (costs[kind] for kind in ("first", "second", "promise"))
        total, cached = (
            sum(getattr(cost, name) for cost in costs.values()) for name in ("tokens", "cached")
        )
        rows.append(
            (
                f"`{effort}`",
                str(passes),
                str(first.requests),
                f"{first.tokens - first.cached:,}",
                f"{first.cached:,}",
                f"{second.tokens:,}",
                f"{promise.tokens:,}",
                f"{(total - cached) / _LINES:.1f}",
                f"{cached / _LINES:.1f}",
            )
        )
    head = (
        *("effort", "passes", "prompts of the first round", "new tokens", "cached"),
        *("second look", "promise and change", "new, a line", "cached, a line"),
    )
    sys.stdout.write(f"{markdown_table(head, rows)}\n")
    return 0


def _requests(effort: str, passes: int) -> Sequence[ModelRequest]:
    """Return what the model was asked, in the order in which it came."""
    with ModelServer(answer=partial(reviewer_reply, remarks=[REMARK])) as model:
        config = f"pipeline: [{{pr_reviewer: {{effort: {effort}, passes: {passes}}}}}]"
        run_on_made_up(
            partial(build_modules, files=_FILES, lines=_LINES),
            {
                "provider": "openai",
                "openai_api_key": "sk-bench",
                "base_url": model.base_url("openai"),
                "config": config,
            },
            body="Every module of the shop counts its items again, and says so in its log.",
        )
        return tuple(model.requests)


def _costs(requests: Iterable[ModelRequest]) -> Mapping[str, _Cost]:
    """Return what each kind of request costs."""
    costs = dict.fromkeys(("first", "second", "promise"), _Cost(requests=0, tokens=0, cached=0))
    earlier: list[str] = []
    for request in requests:
        text = request.system + request.text
        # A cache knows a prompt by how it begins.
        shared = max((_shared(text, other) for other in earlier), default=0)
        earlier.append(text)
        kind = _kind(request)
        cost = costs[kind]
        tokens = shared // _CHARACTERS_PER_TOKEN
        costs[kind] = _Cost(
            requests=cost.requests + 1,
            tokens=cost.tokens + len(text) // _CHARACTERS_PER_TOKEN,
            cached=cost.cached + (tokens if tokens >= _LEAST_CACHED else 0),
        )
    return costs


def _kind(request: ModelRequest) -> str:
    if is_second_round(request):
        return "second"
    properties = (request.schema or {}).get("properties")
    return "promise" if isinstance(properties, dict) and "not_done" in properties else "first"


def _shared(text: str, other: str) -> int:
    pairs = zip(text, other, strict=False)
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))


if __name__ == "__main__":
    sys.exit(main())
