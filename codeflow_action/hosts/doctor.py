"""`codeflow doctor`: what a review needs, tried one by one, each told in a line with what to do.

Nothing is asked of a model, and nothing is written: a permission to write is tried with a request
that has no content, which GitHub refuses for that reason alone where the token may write.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Mapping
from enum import StrEnum
from itertools import chain

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.registry import InstalledProvider
from codeflow_action.config.model_choice import ModelChoice
from codeflow_action.config.names import did_you_mean
from codeflow_action.engine.errors import (
    CodeFlowError,
    GitHubError,
    NotFound,
    PermissionDenied,
    ProviderError,
)
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Endpoint
from codeflow_action.hosts.job_environment import api_addresses
from codeflow_action.hosts.laptop import Local, ReviewRequest, open_repository
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.security.untrusted import one_line, terminal

_SECONDS = 20.0  # for each question over the network
_MAX_LINE = 600  # characters
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class Health(StrEnum):
    """How one thing that a review needs is."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was tried and how it is; `advice` says what to do, empty where nothing is."""

    subject: str
    health: Health
    detail: str
    advice: str = ""

    @classmethod
    def of(cls, subject: str, error: CodeFlowError) -> "Diagnosis":
        """Return the diagnosis of what ended in an error."""
        return cls(subject=subject, health=Health.BAD, detail=str(error), advice=error.hint)

    def __str__(self) -> str:
        advice = f" ({self.advice})" if self.advice else ""
        text = terminal(one_line(f"{self.subject}: {self.detail}{advice}", _MAX_LINE))
        return f"{self.health.value:<8}{text}"


async def examine(local: Local, request: ReviewRequest) -> tuple[Diagnosis, ...]:
    """Return what was found of git, the configuration, the models, the network and GitHub."""
    diagnoses = [await _repository(local, request)]
    choice: ModelChoice | None = None
    try:
        configuration = await local.configure(request, with_keys=True)
    except CodeFlowError as error:
        diagnoses.append(Diagnosis.of("configuration", error))
    else:
        choice = configuration.resolution.choice
        layers = {layer for _value, layer in configuration.resolution.effective.origins.values()}
        source = ", ".join(sorted(layers - {"default"})) or "none is there, so the defaults hold"
        notes = (*configuration.shortfalls, *configuration.findings)
        health = Health.BAD if notes else Health.OK
        diagnoses.append(Diagnosis(subject="configuration", health=health, detail=source))
    diagnoses += [diagnosis async for diagnosis in _models(choice, local)]
    diagnoses += _network(local.environment)
    diagnoses += [diagnosis async for diagnosis in _github(local)]
    return tuple(diagnoses)


async def _repository(local: Local, request: ReviewRequest) -> Diagnosis:
    try:
        repository = await open_repository(request.directory, local.environment)
        branch = await repository.default_branch()
    except CodeFlowError as error:
        return Diagnosis.of("git", error)
    if repository.is_shallow:
        detail = f"a shallow clone; changes are compared with {branch}"
        advice = "where a common ancestor is missing, run `git fetch --unshallow`"
        return Diagnosis(subject="git", health=Health.UNKNOWN, detail=detail, advice=advice)
    return Diagnosis(subject="git", health=Health.OK, detail=f"changes are compared with {branch}")


async def _models(choice: ModelChoice | None, local: Local) -> AsyncIterator[Diagnosis]:
    """Yield a diagnosis for each model, by the list of models that its key may ask."""
    if choice is None:
        return
    if choice.default is None:
        # Gates alone are a way to use it, and not an illness.
        detail = choice.notice or "none is wanted (provider: none)"
        yield Diagnosis(subject="model", health=Health.OK, detail=detail)
        return
    refs = (choice.default, *choice.fallback, *chain.from_iterable(choice.roles.values()))
    questions = (
        _model(ref, local.plugins.providers[ref.provider], choice) for ref in dict.fromkeys(refs)
    )
    for diagnosis in await asyncio.gather(*questions):
        yield diagnosis


async def _model(ref: ModelRef, entry: InstalledProvider, choice: ModelChoice) -> Diagnosis:
    subject = f"model {ref}"
    base_url = choice.base_urls.get(ref.provider, "")
    endpoint = Endpoint(
        model=ref.model,
        key=choice.keys.get(ref.provider, ""),
        base_url=base_url,
        timeout=_SECONDS,
        variables=choice.variables.get(ref.provider, {}),
        identity=choice.identities.get(ref.provider),
    )
    provider = entry.create(endpoint)
    try:
        async with asyncio.timeout(_SECONDS):
            names = await provider.model_names()
    except ProviderError as error:
        return Diagnosis.of(subject, error)
    except TimeoutError:
        detail = f"there was no answer within {_SECONDS:.0f} seconds"
        advice = "check the network, HTTPS_PROXY and `base_url`"
        return Diagnosis(subject=subject, health=Health.BAD, detail=detail, advice=advice)
    finally:
        await provider.aclose()
    place = "another address" if base_url else entry.profile.address or "its own address"
    proof = "job's identity" if endpoint.identity else "key"
    if names is None:
        detail = f"{place}: it has no call that costs nothing, so the {proof} was not tried"
        return Diagnosis(subject=subject, health=Health.UNKNOWN, detail=detail)
    if ref.model in names:
        detail = f"{place}: the {proof} is taken, and the model is there"
        return Diagnosis(subject=subject, health=Health.OK, detail=detail)
    # A gateway may take names that it does not list; the makers of models list all of theirs.
    health = Health.UNKNOWN if base_url else Health.BAD
    detail = f"{place}: the {proof} is taken, and the list has no such model"
    nearest = did_you_mean(ref.model, names) if len(names) <= 1_000 else ""
    return Diagnosis(subject=subject, health=health, detail=f"{detail}{nearest}")


def _network(environment: Mapping[str, str]) -> list[Diagnosis]:
    diagnoses = []
    if name := next((name for name in _PROXIES if environment.get(name)), ""):
        detail = f"{name} is set; models and GitHub are asked through it"
        diagnoses.append(Diagnosis(subject="proxy", health=Health.OK, detail=detail))
    if environment.get("SSL_CERT_FILE"):
        detail = "SSL_CERT_FILE is set; its certificates count in the place of the system's"
        diagnoses.append(Diagnosis(subject="certificates", health=Health.OK, detail=detail))
    return diagnoses


async def _github(local: Local) -> AsyncIterator[Diagnosis]:
    """Yield what the token may do in the repository, where there are both."""
    environment = local.environment
    token = environment.get("GITHUB_TOKEN", "") or environment.get("GH_TOKEN", "")
    name = environment.get("GITHUB_REPOSITORY", "")
    if not (token and name):
        detail = "not tried: GITHUB_TOKEN and GITHUB_REPOSITORY are not both set"
        yield Diagnosis(subject="GitHub", health=Health.UNKNOWN, detail=detail)
        return
    api_url, graphql_url = api_addresses(environment)
    api = GitHubApi(
        Connection(token=token, api_url=api_url, graphql_url=graphql_url),
        clock=local.clock,
        rng=random.Random(),  # noqa: S311 - jitter, no secret
        deadline=local.clock.now() + _SECONDS * 6,
    )
    repo = f"/repos/{name}"
    try:
        yield await _tried("contents: read", api.get(f"{repo}/contents/"))
        yield await _tried("pull-requests: read", api.get(f"{repo}/pulls", {"per_page": 1}))
        yield await _may_comment(api, repo)
        yield await _tried(
            "checks: write",
            api.write("POST", f"{repo}/check-runs", {"name": ""}),
            without="only for `workflow_dispatch` and `workflow_run`, and the check of the review",
        )
    finally:
        await api.aclose()


async def _may_comment(api: GitHubApi, repo: str) -> Diagnosis:
    need = "pull-requests: write"
    try:
        pulls = await api.get(f"{repo}/pulls", {"state": "all", "per_page": 1})
    except GitHubError as error:
        return Diagnosis.of(f"GitHub, {need}", error)
    if not (isinstance(pulls, list) and pulls and isinstance(pulls[0], dict)):
        detail = "not tried: there is no pull request yet"
        return Diagnosis(subject=f"GitHub, {need}", health=Health.UNKNOWN, detail=detail)
    number = pulls[0].get("number")
    return await _tried(need, api.write("POST", f"{repo}/issues/{number}/comments", {"body": ""}))


async def _tried(need: str, request: Awaitable[object], *, without: str = "") -> Diagnosis:
    """Return whether GitHub grants what is asked. `without` says what a refusal costs, if little.

    A request without content is refused with 422 once GitHub knows that the token may make it.
    """
    subject = f"GitHub, {need}"
    try:
        await request
    except (PermissionDenied, NotFound) as error:
        health = Health.UNKNOWN if without else Health.BAD
        advice = f"needed {without}" if without else error.hint
        return Diagnosis(subject=subject, health=health, detail=str(error), advice=advice)
    except GitHubError as error:
        if error.status != 422:
            return Diagnosis.of(subject, error)
    return Diagnosis(subject=subject, health=Health.OK, detail="granted")
