"""What holds in a run: the configuration of a branch that is kept, and the inputs.

The change under review configures nothing. Where it touches a configuration that is broken, the
run goes on without that one, so that it can be mended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Layer, read_layer
from codeflow_action.config.plugins import Plugins
from codeflow_action.config.policy import ADDRESSING_KEYS
from codeflow_action.engine.errors import ConfigError, GitHubError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Absent, Tree
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.run.head_policy import check_head
from codeflow_action.run.resolver import Resolution, Resolver, refuse


@dataclass(frozen=True, kw_only=True)
class RunConfiguration:
    """What holds, and what is to be said about it."""

    resolved: Resolution
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()


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
    own: Layer | None = None,
) -> RunConfiguration:
    """Return what holds, with the head's copies checked where they were changed.

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
            else await _read_files(path, trees, resolver.installed, is_changed=is_changed)
        )
        resolved = resolver.resolve(files.layers)
    except ConfigError as error:
        if own or not is_changed:
            raise
        resolved, files = resolver.without_files(), _Files()
        shortfalls = (_broken_file(path, trees.policy, error),)
    checked = await check_head(head, pull_request, trees.policy.branch, resolver)
    where = (trees.note,) if trees.note else ()
    return RunConfiguration(
        resolved=resolved,
        findings=checked.findings,
        shortfalls=shortfalls,
        notices=(*where, *files.notices, *checked.notices),
    )


def _broken_file(path: str, policy: NamedTree, error: ConfigError) -> Shortfall:
    detail = (
        f"{path} is invalid at {policy} and this pull request changes it: the defaults were used, "
        f"and no model was asked ({error})"
    )
    return Shortfall(reason=Reason.INVALID_CONFIG, detail=detail)


async def _read_files(
    path: str, trees: PolicyTrees, installed: Plugins, *, is_changed: bool
) -> _Files:
    """Return the policy's file, and the default branch's for what can move a key or an address.

    Raises `ConfigError`, `GitHubError` or `RepositoryError`.
    """
    policy = await _read(path, trees.policy, installed)
    missed = policy is None and not is_changed and path != Inputs().config_path
    where = trees.policy if trees.note else f"the base {trees.policy}"
    notices = [f"there is no {path} at {where}, so the defaults hold"] if missed else []
    if trees.are_one:
        return _Files(layers=(policy,) if policy else (), notices=tuple(notices))
    default = await _read_default(path, trees.default, installed)
    layers = [
        policy.without_addressing if policy else None,
        default.addressing if default else None,
    ]
    notices += _not_taken(policy, trees)
    return _Files(layers=tuple(layer for layer in layers if layer), notices=tuple(notices))


async def _read_default(path: str, default: NamedTree | None, installed: Plugins) -> Layer | None:
    """Return the default branch's file, None where it cannot be read: then no file moves a key."""
    if default is None:
        return None
    try:
        return await _read(path, default, installed)
    except (GitHubError, RepositoryError):
        return None


def _not_taken(policy: Layer | None, trees: PolicyTrees) -> Iterator[str]:
    """Yield what a file says about models, and why it does not hold."""
    given = policy.addressing.value.get("models") if policy else None
    if not isinstance(given, dict):
        return
    names = ", ".join(f"models.{key}" for key in ADDRESSING_KEYS if key in given)
    only = f"{trees.default} alone" if trees.default else "the default branch, which was not found"
    yield (
        f"{names} of {trees.policy} {'does' if len(given) == 1 else 'do'} not hold: whom models' "
        f"keys go to is read at {only}"
    )


async def _read(path: str, where: NamedTree, installed: Plugins) -> Layer | None:
    """Return a file's layer, None where there is no such file.

    Raises `ConfigError`, `GitHubError` or `RepositoryError`.
    """
    match (await where.tree.read_many([path]))[path]:
        case bytes(content):
            layer, problems = read_layer(path, content, installed)
            refuse(path, problems, f"fix it on {where.branch}")
            return replace(layer, name=f"{path} at {where}")
        case Absent.MISSING | Absent.NOT_A_FILE:
            return None
        case Absent.TOO_LARGE:
            raise ConfigError(f"{path} is too large", hint="a configuration is a few kilobytes")
        case Absent.UNAVAILABLE:
            raise GitHubError(f"{path} could not be read at {where}", hint="run the job again")
