"""Which provider is asked with the job's identity in the place of a key, or why it cannot be."""

from collections.abc import Callable, Mapping
from dataclasses import field

from codeflow_action.ai.registry import AUDIENCE, InstalledProvider
from codeflow_action.config.inputs import Inputs
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Identity


@dataclass(frozen=True, kw_only=True)
class JobIdentity:
    """Gives this job's identity tokens: `fetch` takes the audience, `hide` each token that comes.

    See `engine.model.Identity` for these, and for `describe`.
    """

    fetch: Callable[[str], str] = field(repr=False)
    hide: Callable[[str], None] = field(repr=False)
    describe: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why an account that the workflow names cannot be used: what is wrong, and what to do."""

    problem: str
    hint: str


def find_identity(
    provider: InstalledProvider,
    inputs: Inputs,
    environment: Mapping[str, str],
    job: JobIdentity | None,
) -> Identity | Obstacle | None:
    """Return what the provider is asked with; None where nothing asks for that.

    The account comes from the inputs, else from variables of the same names. Variables alone may be
    meant for another program: where they are no whole account, or this is no job, they count as not
    there.
    """
    federation = provider.profile.federation
    if federation is None:
        return None
    names = provider.account_inputs
    account = {
        word: value
        for word, name in names.items()
        if (value := inputs.accounts.get(name) or environment.get(name.upper(), "").strip())
    }
    present = [name for name in names.values() if name in inputs.accounts]
    absent = [names[word] for word in federation.fields if word not in account]
    is_job = environment.get("GITHUB_ACTIONS") == "true"
    if not present and (absent or not (job or is_job)):
        return None
    if absent:
        return Obstacle(
            problem=f"{', '.join(present)} {'is' if len(present) == 1 else 'are'} given, and "
            f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not",
            hint=f"an account of {provider.name} needs them all; a variable that the workflow "
            "passes may be empty",
        )
    if job is None:
        return Obstacle(
            problem=f"{provider.name} is to be asked with the job's identity, and GitHub gives "
            "this job none",
            hint="add `id-token: write` to the `permissions:` of the job",
        )
    audience = account.pop(AUDIENCE, federation.audience)
    return Identity(
        account=account,
        fetch_token=lambda: job.fetch(audience),
        hide=job.hide,
        describe=job.describe,
    )
