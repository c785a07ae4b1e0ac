"""The head's configuration and checks, looked at as data: what would come of them is a finding."""

from collections.abc import Iterator

from codeflow_action.actions.pr_reviewer.checks import BadCheck, is_check, parse_check
from codeflow_action.config.dismissed_file import read_dismissed
from codeflow_action.config.layers import read_layer
from codeflow_action.config.model_choice import MissingKey, ModelsProblem
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import FileStatus, PullRequest
from codeflow_action.engine.standing_dismissals import DISMISSED_PATH
from codeflow_action.manifests.yaml_text import MAX_BYTES, Document, Problem
from codeflow_action.run.resolver import Resolver


@dataclass(frozen=True, kw_only=True)
class HeadCheck:
    """What is wrong with the head's copies, and what a reader should know of them."""

    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()


async def check_head(
    head: Tree, pull_request: PullRequest, branch: str, resolver: Resolver
) -> HeadCheck:
    """Return what the changed copies would do once they are on `branch`, where policy is read.

    Raises `GitHubError` or `RepositoryError` where nothing can be read.
    """
    path = resolver.inputs.config_path
    paths = [file.path for file in pull_request.files if file.status is not FileStatus.REMOVED]
    files = (path, DISMISSED_PATH)
    policy_paths = [file for file in paths if file in files or is_check(file)]
    contents = await head.read_many(policy_paths) if policy_paths else {}
    findings: list[Finding] = []
    for policy_path, content in contents.items():
        if policy_path == path:
            findings += _configuration_findings(content, resolver)
        elif policy_path == DISMISSED_PATH:
            findings += _dismissed_findings(content)
        else:
            findings += _check_findings(policy_path, content)
    touched = {name for file in pull_request.files for name in (file.path, file.previous_path)}
    notices = [_notice(name, contents.get(name), branch) for name in files if name in touched]
    return HeadCheck(findings=tuple(findings), notices=tuple(notices))


def _notice(path: str, content: Content | None, branch: str) -> str:
    match content:
        case None | Absent.MISSING if path == DISMISSED_PATH:
            return f"{path} is removed here: once merged into {branch}, nothing is dismissed by it"
        case None | Absent.MISSING:
            return f"{path} is removed here: once merged into {branch}, the defaults apply"
        case Absent.NOT_A_FILE:
            return f"{path} is not a file here: once merged into {branch}, the defaults apply"
        case Absent.UNAVAILABLE:
            return f"{path} is changed here, but could not be read at the head"
        case _:
            return f"{path} is changed here: its new content takes effect once it is on {branch}"


def _configuration_findings(content: Content, resolver: Resolver) -> Iterator[Finding]:
    """Yield what the resolver, which every run asks, would refuse."""
    path = resolver.inputs.config_path
    if content is Absent.TOO_LARGE:
        yield _refusal(path, Problem(message=f"longer than {MAX_BYTES:,} bytes"))
    if not isinstance(content, bytes):
        return
    layer, problems = read_layer(path, content, resolver.plugins)
    yield from (_refusal(path, problem) for problem in problems)
    if problems:
        return
    try:
        resolver.resolve((layer,))
    except ConfigError as error:
        place_path = error.path if isinstance(error, ModelsProblem) else ()
        place = Document(value=layer.value, places=layer.places).place(place_path)
        yield _refusal(path, Problem(message=str(error), place=place), error)


def _dismissed_findings(content: Content) -> Iterator[Finding]:
    """Yield what every run would refuse of what is dismissed for good."""
    if content is Absent.TOO_LARGE:
        yield _refusal(DISMISSED_PATH, Problem(message=f"longer than {MAX_BYTES:,} bytes"))
    if isinstance(content, bytes):
        _dismissals, problems = read_dismissed(content)
        yield from (_refusal(DISMISSED_PATH, problem) for problem in problems)


def _refusal(path: str, problem: Problem, error: ConfigError | None = None) -> Finding:
    # Whoever merges may add the missing key as well, so that this one is no more than a warning.
    is_key_missing = isinstance(error, MissingKey)
    hint = f": {error.hint}" if error and error.hint else ""
    end = f". Without a key every run will end with exit code 2{hint}" if is_key_missing else ""
    return Finding(
        severity=Severity.WARNING if is_key_missing else Severity.ERROR,
        category=Category.CONFIGURATION,
        path=path,
        line=problem.place.line if problem.place else None,
        title="This configuration will be refused",
        message=f"{problem.at(path)}{end}",
        evidence=Evidence.DETERMINISTIC,
        sources=("configuration",),
        rule="configuration/invalid",
        code=problem.message,
    )


def _check_findings(path: str, content: Content) -> Iterator[Finding]:
    if not isinstance(content, bytes):
        return
    try:
        parse_check(path, content.decode("utf-8", "replace"))
    except BadCheck as error:
        yield Finding(
            severity=Severity.WARNING,
            category=Category.CONFIGURATION,
            path=path,
            line=error.line,
            title="This check will not be run",
            message=f"{path}:{error.line}: {error}",
            evidence=Evidence.DETERMINISTIC,
            sources=("configuration",),
            rule="configuration/check",
            code=str(error),
        )
