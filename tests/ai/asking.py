"""What the tests of `ai` share."""

from pydantic import BaseModel

KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
MODELS = {
    "openai": "gpt-6.1-sol",
    "anthropic": "claude-sonnet-5-5",
    "mistral": "mistral-medium-latest",
    "groq": "openai/gpt-oss-120b",
}
OPINION = {"verdict": "good", "reasons": ["short"], "note": None}


class Opinion(BaseModel):
    """A small reply."""

    verdict: str
    reasons: list[str]
    note: str | None


class PatientClock:
    """Time that passes only when somebody sleeps; it remembers for how long."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
