"""Times one provider's calls, for `benchmarks.providers`: `python -m benchmarks.calls ...`.

Arguments: provider, its base URL, lines of the change that is asked about, calls of each way.
Prints seconds of CPU as JSON, by way, and the median wall time of the SDK's calls.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from codeflow_action.actions.pr_reviewer.lenses import built_in
from codeflow_action.actions.pr_reviewer.prompts import Reading, find_prompt
from codeflow_action.ai.models import (
    ModelPorts,
    ModelRef,
    ModelSettings,
    RunModels,
)
from codeflow_action.ai.registry import load_providers
from codeflow_action.ai.strict_schema import strict
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.model import Endpoint, LLMProvider, Prompt, Role
from codeflow_action.hosts.clock import RealClock
from codeflow_action.review.packing import Chunk
from codeflow_action.review.units import Unit, UnitRow
from codeflow_action.security.redaction import Redactor

type Call = Callable[[], Awaitable[object]]

_KEY = "sk-" + "bench" * 6
_WARM_UP = 30  # calls of each way that are not counted


async def main(provider: str, base_url: str, lines: int, calls: int) -> int:
    """Print the times."""
    prompt = _prompt(lines)
    entry = load_providers()[provider]
    endpoint = Endpoint(model=entry.profile.default_model, key=_KEY, base_url=base_url)
    bare = entry.create(endpoint)
    full = _stack(provider, endpoint)
    ways: Mapping[str, Call] = {
        "sdk": _SDKS[provider](endpoint, prompt),
        "bare": lambda: bare.generate(prompt),
        "full": lambda: full.generate(prompt),
    }
    times, wall = await _time_calls(ways, calls)
    print(json.dumps({**times, "wall": wall}))
    await bare.aclose()
    await full.aclose()
    return 0


async def _time_calls(ways: Mapping[str, Call], calls: int) -> tuple[dict[str, list[float]], float]:
    """Return the seconds of each call, the ways interleaved in a new order each time."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    wall: list[float] = []
    # In one order, each way would always run in the caches that the same other way left behind.
    order, rng = list(ways), random.Random(1)  # noqa: S311 - an order
    for number in range(-_WARM_UP, calls):
        rng.shuffle(order)
        for way in order:
            wall_start, cpu_start = time.perf_counter(), time.thread_time()
            await ways[way]()
            if number < 0:  # the SDK's first calls build its models
                continue
            times[way].append(time.thread_time() - cpu_start)
            if way == "sdk":
                wall.append(time.perf_counter() - wall_start)
    return times, statistics.median(wall)


def _prompt(lines: int) -> Prompt:
    """Return a reviewer's prompt about so many changed lines, in files of forty."""
    units = [
        Unit(
            path=f"package{first % 9}/module{first}.py",
            rows=tuple(
                UnitRow(
                    mark="+",
                    code=f"    total += price_of({number}, currency)",
                    counts=True,
                    number=number,
                )
                for number in range(first, min(first + 40, lines))
            ),
        )
        for first in range(0, lines, 40)
    ]
    return find_prompt(
        guidance=Guidance(),
        reading=Reading(lenses=built_in()),
        demands=(),
        preamble=None,
        chunk=Chunk(units=tuple(units)),
        context="",
        tool_notes={},
    )


def _stack(provider: str, endpoint: Endpoint) -> LLMProvider:
    """Return the model as the reviewer gets it in a run."""
    clock = RealClock()
    settings = ModelSettings(
        default=ModelRef(provider=provider, model=endpoint.model),
        keys={provider: endpoint.key},
        base_urls={provider: endpoint.base_url},
        max_tokens=1_000_000_000,
        max_cost_usd=1_000_000.0,
        deadline=clock.now() + 3_600,
    )
    ports = ModelPorts(
        clock=clock,
        rng=random.Random(1),  # noqa: S311 - jitter
        redactor=Redactor([_KEY]),
    )
    models = RunModels(settings, providers=load_providers(), ports=ports)
    return models.for_role(Role.FIND)


def _openai(endpoint: Endpoint, prompt: Prompt) -> Call:
    import openai  # noqa: PLC0415 - only what is measured

    create: Any = openai.AsyncOpenAI(
        api_key=endpoint.key, base_url=endpoint.base_url, max_retries=0
    ).chat.completions.create
    request = _chat(endpoint, prompt, "max_tokens")
    return lambda: create(**request)


def _groq(endpoint: Endpoint, prompt: Prompt) -> Call:
    import groq  # noqa: PLC0415 - as above

    create: Any = groq.AsyncGroq(
        api_key=endpoint.key, base_url=endpoint.base_url, max_retries=0
    ).chat.completions.create
    request = _chat(endpoint, prompt, "max_completion_tokens")
    return lambda: create(**request)


def _mistral(endpoint: Endpoint, prompt: Prompt) -> Call:
    import mistralai.client  # noqa: PLC0415 - as above

    client = mistralai.client.Mistral(api_key=endpoint.key, server_url=endpoint.base_url)
    complete: Any = client.chat.complete_async
    request = _chat(endpoint, prompt, "max_tokens")
    return lambda: complete(**request)


def _anthropic(endpoint: Endpoint, prompt: Prompt) -> Call:
    import anthropic  # noqa: PLC0415 - as above

    create: Any = anthropic.AsyncAnthropic(
        api_key=endpoint.key, base_url=endpoint.base_url, max_retries=0
    ).messages.create
    assert prompt.reply is not None  # noqa: S101 - for the type checker
    request = {
        "model": endpoint.model,
        "max_tokens": prompt.max_output_tokens,
        "system": prompt.instructions,
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": part.text} for part in prompt.parts],
            }
        ],
        "output_config": {
            "format": {"type": "json_schema", "schema": strict(prompt.reply)},
        },
    }
    return lambda: create(**request)


def _chat(endpoint: Endpoint, prompt: Prompt, length_key: str) -> dict[str, Any]:
    assert prompt.reply is not None  # noqa: S101 - for the type checker
    text = "\n\n".join(part.text for part in prompt.parts)
    name = prompt.reply.__name__.lower()
    schema = {"name": name, "schema": strict(prompt.reply), "strict": True}
    return {
        "model": endpoint.model,
        "messages": [
            {"role": "system", "content": prompt.instructions},
            {"role": "user", "content": text},
        ],
        length_key: prompt.max_output_tokens,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }


_SDKS: Mapping[str, Callable[[Endpoint, Prompt], Call]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "mistral": _mistral,
    "groq": _groq,
}

if __name__ == "__main__":
    raise SystemExit(
        asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    )
