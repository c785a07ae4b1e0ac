"""Keys and addresses of the providers that are installed, and what must not be shown of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePath

from codeflow_action.ai.registry import Providers
from codeflow_action.config.identities import JobIdentity, Obstacle
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.model_choice import Access, find_access
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.outcome import Reason
from codeflow_action.integrations.identity_token import IdentityTokens, claims_in
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.secret_values import find_secret_values

_MOST_KEY = 100_000  # bytes of a file with a key: Google's have three thousand


def open_access(
    providers: Providers,
    inputs: Inputs,
    environment: Mapping[str, str],
    redactor: Redactor,
    *,
    outsider: Reason | None = None,
    mask: Callable[[str], None] | None = None,
) -> Access:
    """Return keys and addresses. From now on the redactor blanks these keys, and others like them.

    It blanks each token that comes of the job's identity as well, and `mask` is told it too. Until
    then the redactor knows the values whose variables have the name of a secret. Raises
    `ConfigError` for a form of keys that cannot be read.
    """
    for provider in providers.values():
        try:
            redactor.learn_shapes(provider.profile.key_shapes)
        except ValueError as error:
            raise ConfigError(
                f"the provider {provider.name!r} of {provider.package} has an expression in its "
                f"`key_shapes` that cannot be used: {error}"
            ) from error
    contents = _key_files(providers, environment)
    redactor.hide(find_secret_values(contents))
    environment = {**environment, **contents}
    job = _job_identity(environment, redactor, mask)
    access = find_access(inputs, environment, providers, outsider, job)
    # A provider's variable may have any name, so its value is hidden whatever it is called.
    redactor.hide(filter(None, (*access.keys.values(), access.seal_key)))
    unread = {
        name: Obstacle(
            problem=f"the provider {name!r} is named, and the file of {variable} cannot be read",
            hint="in the Action it has to lie in the workspace, where a container sees it",
        )
        for name, provider in providers.items()
        for variable in provider.profile.key_files
        if name not in access.keys and contents.get(variable) == ""
    }
    return replace(access, obstacles={**access.obstacles, **unread}) if unread else access


def _key_files(providers: Providers, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that name a file with a key, each with what the file holds.

    A step before this one writes such a file into the workspace, and its path is the runner's own:
    in a container that folder lies elsewhere. A file that cannot be read holds nothing.
    """
    contents = {}
    workspace = environment.get("GITHUB_WORKSPACE", "")
    profiles = (provider.profile for provider in providers.values())
    for variable in chain.from_iterable(profile.key_files for profile in profiles):
        if not (given := environment.get(variable, "").strip()):
            continue
        path = Path(workspace, given)
        # RUNNER_WORKSPACE is the folder around the workspace as the runner sees it, in a container
        # too (actions/runner: RunnerContext.cs).
        around = environment.get("RUNNER_WORKSPACE", "")
        if around and not path.exists() and path.is_relative_to(around):
            path = Path(workspace, *path.relative_to(around).parts[1:])
        try:
            contents[variable] = _read_regular_file(path, workspace)
        except (OSError, ValueError):
            contents[variable] = ""
    return contents


def _read_regular_file(path: Path, workspace: str) -> str:
    """Return what a file holds, empty for anything else. Raises `OSError` or `ValueError`.

    In the workspace, where a pull request may have put links, none is followed.
    """
    is_inside = bool(workspace) and path.is_relative_to(workspace)
    folder = Path(workspace) if is_inside else path.resolve().parent
    name = path.relative_to(workspace) if is_inside else path.resolve().name
    raw = SafeFolder(folder).read(PurePath(name), _MOST_KEY)
    return (raw or b"").decode().strip()


def _job_identity(
    environment: Mapping[str, str], redactor: Redactor, mask: Callable[[str], None] | None
) -> JobIdentity | None:
    tokens = IdentityTokens.of(environment)
    if tokens is None:
        return None
    last_claims = ""

    def hide(token: str) -> None:
        redactor.hide((token,))
        if mask:
            mask(token)

    def fetch(audience: str) -> str:
        nonlocal last_claims
        token = tokens.fetch(audience)
        hide(token)
        last_claims = claims_in(token)
        return token

    return JobIdentity(fetch=fetch, hide=hide, describe=lambda: last_claims)


def key_shapes(providers: Providers) -> tuple[str, ...]:
    """Return what the keys of all providers look like."""
    return tuple(
        chain.from_iterable(provider.profile.key_shapes for provider in providers.values())
    )
