"""What holds in a run: the configuration of a branch that is kept, and the inputs.

The change under review configures nothing. Where it touches a configuration that is broken, the
run goes on without that one, so that it can be mended.
"""

from collections.abc import Iterator
from dataclasses import replace

from codeflow_action.config.dismissed_file import read_dismissed
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Layer, read_layer
from codeflow_action.config.plugins import Plugins
from codeflow_action.config.policy import ADDRESSING_KEYS
from codeflow_action.config.workflow_keys import PassedKey
from codeflow_action.engine.errors import ConfigError, GitHubError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Absent, Tree
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.standing_dismissals import (
    DISMISSED_PATH,
    NONE_STANDING,
    StandingDismissals,
)
from codeflow_action.run.head_policy import check_head
from codeflow_action.run.resolver import Resolution, Resolver, refuse


@dataclass(frozen=True, kw_only=True)
class RunConfiguration:
    """What holds, and what is to be said about it.

    `lost_keys` are those that the workflow passes and that arrived empty. `standing_dismissals` are
    what the repository has dismissed for good.
    """

    resolution: Resolution
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()
    lost_keys: tuple[PassedKey, ...] = ()
    standing_dismissals: StandingDismissals = NONE_STANDING


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The layers of files, and what is to be said of them."""

    layers: tuple[Layer, ...] = ()
    notices: tuple[str, ...] = ()


async def read_configuration(
    *,
    resolver: Resolver,
    pull_request: PullRequest,
    trees: PolicyTrees,
    head: Tree,
    today: str,
    own: Layer | None = None,
) -> RunConfiguration:
    """Return what holds on this day of UTC, with the head's copies checked where they were changed.

    `own` stands in the place of the repository's configuration. Raises `ConfigError` for what is
    broken and not touched by this change, `GitHubError` or `RepositoryError` where the policy
    cannot be read.
    """
    path = resolver.inputs.config_path
    is_changed = any(path in (file.path, file.previous_path) for file in pull_request.files)
    shortfalls: tuple[Shortfall, ...] = ()
    try:
        files = (
            _Files(layers=(own,))
            if own
            else await _read_files(path, trees, resolver.plugins, is_changed=is_changed)
        )
        resolution = resolver.resolve(files.layers)
    except ConfigError as error:
        if own or not is_changed:
            raise
        resolution, files = resolver.without_files(), _Files()
        # The pull request that mends a broken configuration must be able to run.
        detail = (
            f"{path} at {trees.policy} is invalid, and this pull request changes it: the defaults "
            f"were used, and no model was asked ({error})"
        )
        shortfalls = (Shortfall(reason=Reason.INVALID_CONFIG, detail=detail),)
    standing_dismissals, shortfall = await _read_standing_dismissals(trees.policy, pull_request)
    head_check = await check_head(head, pull_request, trees.policy.branch, resolver)
    return RunConfiguration(
        resolution=resolution,
        findings=head_check.findings,
        shortfalls=(*shortfalls, *filter(None, [shortfall])),
        standing_dismissals=standing_dismissals,
        notices=(
            *filter(None, (trees.note,)),
            *files.notices,
            *resolution.effective.policy.ended_allowances(today),
            *head_check.notices,
        ),
    )


async def _read_standing_dismissals(
    source: NamedTree, pull_request: PullRequest
) -> tuple[StandingDismissals, Shortfall | None]:
    """Return what the repository has dismissed for good; with a shortfall, nothing is.

    Raises as `read_configuration` does.
    """
    path = DISMISSED_PATH
    match (await source.tree.read_many([path]))[path]:
        case bytes(content):
            standing_dismissals, problems = read_dismissed(content)
        case Absent.MISSING | Absent.NOT_A_FILE:
            return NONE_STANDING, None
        case Absent.TOO_LARGE:
            raise ConfigError(f"{path} is too large", hint="it takes a line for each finding")
        case Absent.UNAVAILABLE:
            raise GitHubError(f"{path} could not be read at {source}", hint="run the job again")
    is_changed = any(path in (file.path, file.previous_path) for file in pull_request.files)
    try:
        refuse(path, problems, f"fix it on {source.branch}")
    except ConfigError as error:
        if not is_changed:
            raise
        detail = f"{path} at {source} is invalid, and this pull request changes it ({error})"
        return NONE_STANDING, Shortfall(reason=Reason.INVALID_CONFIG, detail=detail)
    return standing_dismissals, None


async def _read_files(
    path: str, trees: PolicyTrees, plugins: Plugins, *, is_changed: bool
) -> _Files:
    """Return the policy's file, and the default branch's for what can move a key or an address.

    Raises `ConfigError`, `GitHubError` or `RepositoryError`.
    """
    policy = await _read(path, trees.policy, plugins)
    place = trees.policy if trees.note else f"the base {trees.policy}"
    # Only who names a path of their own expects a file: most repositories have none at the usual.
    is_missed = policy is None and not is_changed and path != Inputs().config_path
    notices = [f"there is no {path} at {place}, so the defaults apply"] if is_missed else []
    if trees.are_one:
        return _Files(layers=(policy,) if policy else (), notices=tuple(notices))
    try:
        default = await _read(path, trees.default, plugins) if trees.default else None
    except (GitHubError, RepositoryError):
        default = None  # then no file moves a key or an address
    layers = [
        policy.without_addressing if policy else None,
        default.addressing if default else None,
    ]
    notices += _ignored_addressing(policy, trees)
    return _Files(layers=tuple(layer for layer in layers if layer), notices=tuple(notices))


def _ignored_addressing(policy: Layer | None, trees: PolicyTrees) -> Iterator[str]:
    """Yield which of a file's settings of models are ignored, and why."""
    settings = policy.addressing.value.get("models") if policy else None
    if not isinstance(settings, dict):
        return
    names = ", ".join(f"models.{key}" for key in ADDRESSING_KEYS if key in settings)
    source = trees.default or "the default branch, which was not found,"
    yield (
        f"{names} of {trees.policy} {'is' if len(settings) == 1 else 'are'} ignored: "
        f"only {source} decides who gets the models' keys"
    )


async def _read(path: str, source: NamedTree, plugins: Plugins) -> Layer | None:
    """Return a file's layer, None where there is no such file.

    Raises `ConfigError`, `GitHubError` or `RepositoryError`.
    """
    match (await source.tree.read_many([path]))[path]:
        case bytes(content):
            layer, problems = read_layer(path, content, plugins)
            refuse(path, problems, f"fix it on {source.branch}")
            return replace(layer, name=f"{path} at {source}")
        case Absent.MISSING | Absent.NOT_A_FILE:
            return None
        case Absent.TOO_LARGE:
            raise ConfigError(f"{path} is too large", hint="a configuration is a few kilobytes")
        case Absent.UNAVAILABLE:
            raise GitHubError(f"{path} could not be read at {source}", hint="run the job again")
