"""Reads the configuration of a pull request: the base's holds, the head's is only checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from codeflow_action.config.document import Problem
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective, Layer, combine, read_layer
from codeflow_action.config.pipeline import Registry
from codeflow_action.engine.action import Reason, Shortfall
from codeflow_action.engine.errors import ConfigError, GitHubError
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ports import Absent, Content, Tree
from codeflow_action.engine.pull_request import FileStatus, PullRequest

_SHOWN = 5  # problems that one error message names


@dataclass(frozen=True, kw_only=True)
class Configured:
    """What holds, and what is to be said about it."""

    effective: Effective
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()


async def read_configuration(
    *, inputs: Inputs, pull_request: PullRequest, base: Tree, head: Tree, registry: Registry
) -> Configured:
    """Return the configuration at the base, with the head's copy checked when it was changed.

    Raises `ConfigError` for a broken configuration that this pull request does not touch.
    """
    path = inputs.config_path
    changed = _changes(pull_request, path)
    layers: list[Layer] = []
    shortfalls: list[Shortfall] = []
    findings: tuple[Finding, ...] = ()
    notices: list[str] = []
    text = _text((await base.read_many([path]))[path], path)
    if text is not None:
        layer, problems = read_layer(path, text, registry)
        if not problems:
            layers.append(layer)
        elif changed:
            shortfalls.append(_ignored(path, problems))
        else:
            raise _broken(path, problems, "fix it on the base branch")
    elif not changed and path != Inputs().config_path:
        notices.append(f"there is no {path} at the base, so the defaults hold")
    if changed:
        findings, said = await _check_head(head, pull_request, path, registry)
        notices.append(said)
    layers.extend(inline_layers(inputs, registry))
    return Configured(
        effective=combine(layers, inputs, registry),
        findings=findings,
        shortfalls=tuple(shortfalls),
        notices=tuple(notices),
    )


def inline_layers(inputs: Inputs, registry: Registry) -> list[Layer]:
    """Return the layer of the input `config`, none where it is empty. Raises `ConfigError`."""
    if not inputs.config:
        return []
    name = "input 'config'"
    layer, problems = read_layer(name, inputs.config, registry)
    if problems:
        raise _broken(name, problems, "see docs/configuration.md")
    return [layer]


def file_layers(name: str, text: str, registry: Registry) -> list[Layer]:
    """Return the layer of a configuration file's text. Raises `ConfigError`."""
    layer, problems = read_layer(name, text, registry)
    if problems:
        raise _broken(name, problems, "see docs/configuration.md")
    return [layer]


def _broken(name: str, problems: Sequence[Problem], hint: str) -> ConfigError:
    said = "; ".join(problem.at(name) for problem in problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return ConfigError(f"{said}{more}", hint=hint)


def _ignored(path: str, problems: Sequence[Problem]) -> Shortfall:
    detail = (
        f"{path} is invalid at the base and this pull request changes it: the defaults were used "
        f"({problems[0].at(path)})"
    )
    return Shortfall(reason=Reason.INVALID_CONFIG, detail=detail)


def _changes(pull_request: PullRequest, path: str) -> bool:
    return any(path in (file.path, file.previous_path) for file in pull_request.files)


def _text(content: Content, path: str) -> str | None:
    """Return the file's text, None where there is no such file."""
    match content:
        case bytes():
            return content.decode("utf-8", "replace")
        case Absent.MISSING | Absent.NOT_A_FILE:
            return None
        case Absent.TOO_LARGE:
            raise ConfigError(f"{path} is too large", hint="a configuration is a few kilobytes")
        case Absent.UNAVAILABLE:
            raise GitHubError(f"{path} could not be read at the base", hint="run the job again")


async def _check_head(
    head: Tree, pull_request: PullRequest, path: str, registry: Registry
) -> tuple[tuple[Finding, ...], str]:
    """Return the head's mistakes as findings, and what a reader should know."""
    file = pull_request.files_by_path.get(path)
    if file is None or file.status is FileStatus.REMOVED:
        return (), f"{path} is removed here: the defaults hold after the merge"
    content = (await head.read_many([path]))[path]
    if not isinstance(content, bytes):
        return (), f"{path} is changed here and could not be read at the head"
    _, problems = read_layer(path, content.decode("utf-8", "replace"), registry)
    findings = tuple(_finding(path, problem) for problem in problems)
    return findings, f"{path} is changed here: its new content takes effect after the merge"


def _finding(path: str, problem: Problem) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        category=Category.CONFIGURATION,
        path=path,
        line=problem.place.line if problem.place else None,
        title="This configuration will be refused",
        message=problem.at(path),
        evidence=Evidence.DETERMINISTIC,
        sources=("configuration",),
        rule="configuration/invalid",
        code=problem.message,
    )
