"""Where the command line reads policy: at the base, and keys' addresses on the default branch."""

from dataclasses import replace
from pathlib import Path

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Layer
from codeflow_action.config.plugins import Plugins
from codeflow_action.engine.errors import ConfigError, RepositoryError
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Absent, Tree
from codeflow_action.engine.pull_request import FileStatus, PullRequest
from codeflow_action.integrations.repository import Repository
from codeflow_action.manifests.yaml_text import MAX_BYTES
from codeflow_action.run.configuration import RunConfiguration, read_configuration
from codeflow_action.run.resolver import Resolver, file_layer


async def default_commit(repository: Repository) -> tuple[str, str]:
    """Return the default branch's name and commit. Raises `RepositoryError`.

    Its name alone could also mean a tag, which comes along with a fetch (gitrevisions).
    """
    name = await repository.default_branch()
    # The remote's first: a local branch of that name may be old, or hold the change itself.
    for folder in ("refs/remotes", "refs/heads"):
        try:
            return name, await repository.resolve(f"{folder}/{name}")
        except RepositoryError:
            continue
    raise RepositoryError(
        f"the default branch {name!r} has no commit", hint="name one: codeflow review --base BRANCH"
    )


async def find_policy_trees(repository: Repository, pull_request: PullRequest) -> PolicyTrees:
    """Return the base's tree and the default branch's, which moves keys and addresses.

    Raises `RepositoryError`.
    """
    base = NamedTree(branch=pull_request.base_ref, tree=repository.tree(pull_request.base_sha))
    try:
        name, sha = await default_commit(repository)
    except RepositoryError:
        # No file decides then where a key goes: that takes a branch that a stranger cannot write.
        return PolicyTrees(policy=base, default=None)
    return PolicyTrees(policy=base, default=NamedTree(branch=name, tree=repository.tree(sha)))


async def read_local(
    *,
    resolver: Resolver,
    pull_request: PullRequest,
    trees: PolicyTrees,
    head: Tree,
    file: Path | None,
    today: str,
) -> RunConfiguration:
    """Return what holds on this machine. `file` stands in the place of the repository's.

    Raises `CodeFlowError`.
    """
    own = read_own(file, resolver.plugins) if file else None
    path = resolver.inputs.config_path
    # A file at the usual path may be absent. One that was named is a typing error when it is.
    if not own and path != Inputs().config_path:
        content = (await trees.policy.tree.read_many([path]))[path]
        if content is Absent.MISSING:
            raise ConfigError(
                f"there is no {path} at {trees.policy}",
                hint="--config takes a file of this machine",
            )
    configuration = await read_configuration(
        resolver=resolver,
        pull_request=pull_request,
        trees=trees,
        head=head,
        today=today,
        own=own,
    )
    changed_file = pull_request.files_by_path.get(path)
    if own or changed_file is None or changed_file.status is FileStatus.REMOVED:
        return configuration
    hint = f"`--config {path}` tries {path} as it is here"
    return replace(configuration, notices=(*configuration.notices, hint))


def read_own(file: Path, plugins: Plugins) -> Layer:
    """Return the layer of a file that was named. Raises `ConfigError`."""
    try:
        with file.open("rb") as stream:
            # One byte more than is allowed: enough to tell that the file is too large.
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror})") from error
    return file_layer(str(file), content, plugins)
