"""The head's configuration and checks, looked at as data: what would come of them is a finding."""

from collections.abc import Iterator
from dataclasses import dataclass

from codeflow_action.actions.pr_reviewer.checks import BadCheck, is_check, parse_check
from codeflow_action.config.layers import read_layer
from codeflow_action.config.model_choice import MissingKey, ModelsProblem
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import FileStatus, PullRequest
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
    policies = [name for name in paths if name == path or is_check(name)]
    contents = await head.read_many(policies) if policies else {}
    findings: list[Finding] = []
    for name, content in contents.items():
        is_configuration = name == path
        findings += _of_file(content, resolver) if is_configuration else _of_check(name, content)
    notice = _notice(path, contents.get(path), branch)
    is_touched = any(path in (file.path, file.previous_path) for file in pull_request.files)
    return HeadCheck(findings=tuple(findings), notices=(notice,) if is_touched else ())


def _notice(path: str, content: Content | None, branch: str) -> str:
    match content:
        case None | Absent.MISSING:
            return f"{path} is removed here: the defaults hold once that is on {branch}"
        case Absent.NOT_A_FILE:
            return f"{path} is no file here: the defaults hold once that is on {branch}"
        case Absent.UNAVAILABLE:
            return f"{path} is changed here and could not be read at the head"
        case _:
            return f"{path} is changed here: its new content takes effect once it is on {branch}"


def _of_file(content: Content, resolver: Resolver) -> Iterator[Finding]:
    """Yield what would be refused, by the same resolver that makes what holds."""
    path = resolver.inputs.config_path
    if content is Absent.TOO_LARGE:
        yield _refused(path, Problem(message=f"longer than {MAX_BYTES:,} bytes"))
    if not isinstance(content, bytes):
        return
    layer, problems = read_layer(path, content, resolver.installed)
    yield from (_refused(path, problem) for problem in problems)
    if problems:
        return
    try:
        resolver.resolve((layer,))
    except ConfigError as error:
        place_path = error.path if isinstance(error, ModelsProblem) else ()
        place = Document(value=layer.value, places=layer.places).place(place_path)
        yield _refused(path, Problem(message=str(error), place=place), error)


def _refused(path: str, problem: Problem, error: ConfigError | None = None) -> Finding:
    is_open = isinstance(error, MissingKey)  # the key may come with the merge
    hint = f": {error.hint}" if error and error.hint else ""
    end = f". Every run would end with 2{hint}" if is_open else ""
    return Finding(
        severity=Severity.WARNING if is_open else Severity.ERROR,
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


def _of_check(path: str, content: Content) -> Iterator[Finding]:
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
