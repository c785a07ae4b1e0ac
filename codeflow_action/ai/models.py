"""The models of one run: which are asked, in which order, with what around them."""

import asyncio
import math
import random
import threading
from collections.abc import Mapping
from dataclasses import field, replace

from codeflow_action.ai.registry import Providers
from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.ai.wrappers.accounting import Account, AccountingProvider
from codeflow_action.ai.wrappers.budget import BudgetProvider, Purse
from codeflow_action.ai.wrappers.cache import CacheProvider
from codeflow_action.ai.wrappers.fallback import FallbackProvider
from codeflow_action.ai.wrappers.limit import LimitProvider
from codeflow_action.ai.wrappers.prompt_redaction import (
    AnswerRedactionProvider,
    PromptRedactionProvider,
)
from codeflow_action.ai.wrappers.recording import CallSink, RecordingProvider
from codeflow_action.ai.wrappers.repair import RepairProvider
from codeflow_action.ai.wrappers.reply_guard import ReplyCheck, ReplyGuardProvider
from codeflow_action.ai.wrappers.request_spans import TracingProvider
from codeflow_action.ai.wrappers.retry import RetryProvider
from codeflow_action.ai.wrappers.stop import StopProvider
from codeflow_action.ai.wrappers.timeout import TimeoutProvider
from codeflow_action.ai.wrappers.window import Window, WindowProvider
from codeflow_action.engine.errors import ConfigError, ProviderRefused
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import (
    Endpoint,
    Identity,
    LLMProvider,
    ModelProfile,
    Price,
    Role,
)
from codeflow_action.engine.ports import Clock, Store
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.tracing import NoTracer, Tracer
from codeflow_action.security.redaction import Redactor

_MAX_OUTPUT = 8_000  # tokens left for the reply; `Prompt.max_output_tokens`' default
_MAX_PROMPT = 60_000  # tokens: models read long prompts less carefully, and answer later
_HEADROOM = 0.8  # of the window: an estimate may be too low
_MAX_CONCURRENCY = 6
_PATIENCE = 60.0  # seconds that a rate limit is waited out where another model could be asked


@dataclass(frozen=True, kw_only=True)
class ModelRef:
    """A model and whose it is."""

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str) -> "ModelRef":
        """Split `provider:model` at the first colon. Raises `ConfigError`."""
        provider, colon, model = text.strip().partition(":")
        if not (provider and colon and model):
            raise ConfigError(f"{text!r} is no model", hint="write provider:model")
        return cls(provider=provider, model=model)

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """What a run's models are made from.

    `keys`, `identities`, `base_urls` and `variables` are by provider, `prices` by model or
    `provider:model`; these beat what providers say themselves. `deadline` is on the clock: no
    answer is waited for after it. `max_cost_usd` is None where nothing limits it. `seal_key` seals
    kept answers; where it is empty, the provider's key does.
    """

    default: ModelRef
    fallback: tuple[ModelRef, ...] = ()
    roles: Mapping[Role, tuple[ModelRef, ...]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    seal_key: str = field(default="", repr=False)
    max_tokens: int
    max_cost_usd: float | None
    prices: Mapping[str, Price] = field(default_factory=dict)
    deadline: float
    request_timeout: float = 240.0  # seconds that one request may take as a whole


@dataclass(frozen=True, kw_only=True)
class ModelPorts:
    """What a run's models reach the outside through, besides their providers.

    Without `store` no answer is kept; without `sink` nobody is shown what is asked. When `stop` is
    set, every question ends.
    """

    clock: Clock
    rng: random.Random
    redactor: Redactor
    store: Store | None = None
    sink: CallSink | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tracer: Tracer = field(default_factory=NoTracer)


@dataclass
class NoModels:
    """The `Models` of a run without any; `why_not` is a public reason."""

    why_not: str
    available: bool = False
    label: str = ""
    input_tokens_per_prompt: int = 0
    input_tokens_left: int = 0
    spent: Spending = field(default_factory=Spending)

    def for_role(self, role: Role) -> LLMProvider:
        """Refuse: an action that asks a model is not run without one."""
        raise ProviderRefused(f"this run has no model for {role.value} ({self.why_not})")

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        """Refuse, as `for_role` does."""
        return (self.for_role(role),)

    def count_tokens(self, text: str) -> int:
        """Estimate as for an unknown model."""
        return TokenCounter().count(text)

    def warm_up(self) -> None:
        """Nothing is slow."""

    async def aclose(self) -> None:
        """Nothing is open."""


class RunModels:
    """The `Models` of a run that has some. Each model's stack is made when it is first needed."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        providers: Providers,
        ports: ModelPorts,
    ) -> None:
        self.available = True
        self.why_not = ""
        self.label = str(settings.default)
        self._settings = settings
        self._providers = providers
        self._ports = ports
        self._account = Account()
        self._purse = Purse(
            self._account, max_tokens=settings.max_tokens, max_cost_usd=settings.max_cost_usd
        )
        self._reply_check = ReplyCheck(ports.redactor, ports.rng)
        self._counters: dict[str, TokenCounter] = {}
        self._stacks: dict[ModelRef, LLMProvider] = {}
        self._by_role: dict[Role, tuple[LLMProvider, ...]] = {}

    @property
    def spent(self) -> Spending:
        """What all models of this run have used so far."""
        return self._account.spent

    @property
    def input_tokens_per_prompt(self) -> int:
        """Room in the default model's window, reply and a margin taken off."""
        window = self._model_profile(self._settings.default).window
        room = int(window * _HEADROOM) - _MAX_OUTPUT
        return min(max(room, window // 2), _MAX_PROMPT)

    @property
    def input_tokens_left(self) -> int:
        """What the budget pays for when every prompt is full and every reply at its longest."""
        price = self._model_profile(self._settings.default).price
        return self._purse.affords(self.input_tokens_per_prompt, _MAX_OUTPUT, price)

    def count_tokens(self, text: str) -> int:
        """Estimate for the default model."""
        return self._counter(self._settings.default.provider).count(text)

    def for_role(self, role: Role) -> LLMProvider:
        """Return the role's first model, the fallbacks behind it."""
        return self.all_for_role(role)[0]

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        """Return the role's models, each with the fallbacks behind it."""
        if role not in self._by_role:
            firsts = self._settings.roles.get(role, (self._settings.default,))
            self._by_role[role] = tuple(self._chain(first) for first in firsts)
        return self._by_role[role]

    def _chain(self, first: ModelRef) -> LLMProvider:
        """Return the model and its fallbacks as one, with what they share around them."""
        urls, keys = self._settings.base_urls, self._settings.keys
        chain = tuple(dict.fromkeys((first, *self._settings.fallback)))
        provider: LLMProvider = FallbackProvider([self._stack(ref) for ref in chain])
        # Around the fallbacks: what has led one model is said, and no other one is asked instead.
        provider = ReplyGuardProvider(provider, check=self._reply_check)
        if self._ports.store:
            provider = CacheProvider(
                provider,
                store=self._ports.store,
                account=self._account,
                models=" ".join(f"{ref}@{urls.get(ref.provider, '')}" for ref in chain),
                secret=self._settings.seal_key or keys.get(first.provider, ""),
            )
        provider = StopProvider(provider, self._ports.stop)
        provider = AnswerRedactionProvider(provider, self._ports.redactor)
        if self._ports.sink:
            provider = RecordingProvider(provider, self._ports.sink)
        return PromptRedactionProvider(provider, self._ports.redactor)

    def warm_up(self) -> None:
        """Start to import the default model's SDK in a thread: it takes up to three seconds."""
        prepare = self._stack(self._settings.default).prepare
        threading.Thread(target=prepare, name="warm-up", daemon=True).start()

    async def aclose(self) -> None:
        """Close every connection."""
        for stack in self._stacks.values():
            await stack.aclose()

    def _model_profile(self, ref: ModelRef) -> ModelProfile:
        """Return window and price; a configured price beats the one that the provider knows."""
        model_profile = self._known_model(ref) or ModelProfile()
        prices = self._settings.prices
        return replace(
            model_profile,
            price=prices.get(str(ref)) or prices.get(ref.model) or model_profile.price,
        )

    def _known_model(self, ref: ModelRef) -> ModelProfile | None:
        variables = self._settings.variables.get(ref.provider, {})
        return self._providers[ref.provider].profile.model(ref.model, variables)

    def _counter(self, provider: str) -> TokenCounter:
        ratio = self._providers[provider].profile.bytes_per_token
        return self._counters.setdefault(provider, TokenCounter(ratio))

    def _stack(self, ref: ModelRef) -> LLMProvider:
        """Return one model with its own wrappers, innermost first in the code below."""
        if ref not in self._stacks:
            settings, entry = self._settings, self._providers[ref.provider]
            endpoint = Endpoint(
                model=ref.model,
                key=settings.keys.get(ref.provider, ""),
                base_url=settings.base_urls.get(ref.provider, ""),
                timeout=settings.request_timeout,
                variables=settings.variables.get(ref.provider, {}),
                identity=settings.identities.get(ref.provider),
            )
            price = self._model_profile(ref).price
            provider: LLMProvider = entry.create(endpoint)
            provider = TimeoutProvider(provider, settings.request_timeout)
            provider = TracingProvider(
                provider,
                tracer=self._ports.tracer,
                provider=entry.profile.telemetry_name or ref.provider,
                endpoint=endpoint,
            )
            provider = AccountingProvider(
                provider, account=self._account, name=str(ref), price=price, clock=self._ports.clock
            )
            counter = self._counter(ref.provider)
            provider = BudgetProvider(provider, purse=self._purse, price=price, counter=counter)
            is_known = self._known_model(ref) is not None
            # Inside the limit: what waits for a place hears what those before it have met.
            provider = WindowProvider(provider, window=Window(is_known=is_known), counter=counter)
            provider = LimitProvider(provider, _MAX_CONCURRENCY)
            provider = RetryProvider(
                provider,
                clock=self._ports.clock,
                rng=self._ports.rng,
                deadline=settings.deadline,
                patience=math.inf if ref in (settings.fallback or (ref,))[-1:] else _PATIENCE,
            )
            self._stacks[ref] = RepairProvider(provider)
        return self._stacks[ref]
