"""What the provider abstraction costs: at the start of a process, and in each call."""

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from benchmarks.measure import Figure
from codeflow_action.testing.models import Json, ModelServer

_SDKS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "mistral": "mistralai.client",
    "groq": "groq",
}
_STARTS = 7  # of which the median is taken
_CALLS = 300  # of each way
_COUNT_MODULES = "; import sys; print(len(sys.modules))"
_REMARK: dict[str, JsonValue] = {
    "path": "package0/module0.py",
    "quote": "    total += price_of(0, currency)",
    "side": "new",
    "severity": "warning",
    "category": "correctness",
    "title": "The total of several currencies is added up",
    "message": "Amounts of different currencies are added as if they were one. Convert them first.",
    "trigger": "An order of 10 EUR and 10 JPY.",
    "effect": "It is charged with 20.",
    "suggestion": None,
    "confidence": 0.9,
}


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Seconds of CPU of one call: by the SDK alone, by our provider, with a run's wrappers.

    CPU of the event loop's thread, and not wall time: nothing that we add waits, and a busy machine
    does not count. `wall` is the median of the SDK's calls.
    """

    sdk: list[float]
    bare: list[float]
    full: list[float]
    wall: float

    def beyond_sdk(self, own_times: list[float]) -> float:
        """Return milliseconds: the median of each call beyond the SDK's call beside it."""
        return 1000 * statistics.median(
            mine - alone for mine, alone in zip(own_times, self.sdk, strict=True)
        )


def figures() -> Iterator[Figure]:
    """Yield each provider's figures as soon as they are measured."""
    for provider in _SDKS:
        yield start_up(provider)
    for provider in _SDKS:
        yield overhead(provider)


def start_up(provider: str) -> Figure:
    """Measure processes that make a provider ready against such that import its SDK."""
    alone, own = f"import {_SDKS[provider]}", _ready_script(provider)
    seconds: dict[str, list[float]] = {alone: [], own: []}
    modules: dict[str, int] = {}
    for _ in range(_STARTS):
        for script, times in seconds.items():
            start = time.perf_counter()
            process = subprocess.run(
                [sys.executable, "-P", "-c", script + _COUNT_MODULES],
                check=True,
                capture_output=True,
            )
            times.append(time.perf_counter() - start)
            modules[script] = int(process.stdout)
    ratio = statistics.median(seconds[own]) / statistics.median(seconds[alone])
    return Figure(
        subject=f"start-up with {provider} ready, against importing its SDK",
        target="≤ 1.3 times",
        value=f"{ratio:.2f} times ({statistics.median(seconds[own]):.2f} s); "
        f"{modules[own]:,} modules, of the SDK {modules[alone]:,}",
        is_met=ratio <= 1.3,
    )


def _ready_script(provider: str) -> str:
    return (
        "from codeflow_action.ai.registry import load_providers; "
        "from codeflow_action.engine.model import Endpoint; "
        f"load_providers()[{provider!r}].create(Endpoint(model='some', key='some')).prepare()"
    )


# What a run's prompts have and a bare call has not: a line of text, or a part of its own.
_MARK = re.compile(r'(?:\{"text": ")?Mark of this prompt: [^"\\]*(?:\\n\\n|", "type": "text"\}, )')


def overhead(provider: str, lines: int = 400) -> Figure:
    """Measure what a call takes beyond the SDK's own."""
    calls = measured_calls(provider, lines)
    bare, full = calls.beyond_sdk(calls.bare), calls.beyond_sdk(calls.full)
    sdk = 1000 * statistics.median(calls.sdk)
    return Figure(
        subject=f"a call of {provider} beyond its SDK's: the provider / with all wrappers",
        target="≤ 2 ms",
        value=f"{bare:.2f} ms / {full:.2f} ms of CPU, {full / sdk:.2f} times the SDK's "
        f"(the SDK: {sdk:.1f} ms, {1000 * calls.wall:.1f} ms wall)",
        is_met=full <= 2,
    )


def measured_calls(provider: str, lines: int) -> Calls:
    """Time calls in a process of their own, so that only one event loop and no server is in it.

    Raises `RuntimeError` when not all of them sent the same request, but for our mark in it.
    """
    with ModelServer(answer=lambda _request: Json({"remarks": [_REMARK] * 5})) as server:
        command = [sys.executable, "-m", "benchmarks.calls"]
        arguments = [provider, server.base_url(provider), str(lines), str(_CALLS)]
        process = subprocess.run([*command, *arguments], check=True, capture_output=True)
        bodies = (json.dumps(request.body, sort_keys=True) for request in server.requests)
        if len({_MARK.sub("", body) for body in bodies}) != 1:
            raise RuntimeError(f"the SDK of {provider} was not asked the same as our provider")
    return Calls(**json.loads(process.stdout))
