"""Finds out how risky a change is, file by file: from its lines, names, tests, history, users."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from codeflow_action.engine import files as file_names
from codeflow_action.engine.action import Task
from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.pull_request import ChangedFile, FileKind, PullRequest
from codeflow_action.engine.risk import ChangeRisk, FileRisk, Purpose
from codeflow_action.engine.sensitive_paths import SensitiveArea, sensitive_areas
from codeflow_action.manifests import format_of
from codeflow_action.manifests.lock_names import lock_rows, locks_of
from codeflow_action.review.launches.agent_instructions import is_for_agents
from codeflow_action.review.launches.kinds import kinds_of, program_at


def change_risk(pull_request: PullRequest, coverage: LineCoverage | None = None) -> ChangeRisk:
    """Return what the change itself and the tests' `coverage` tell; nothing is read for it."""
    uncovered = {file.path: file for file in coverage.files} if coverage else {}
    return ChangeRisk(
        files=tuple(_file_risk(file, uncovered) for file in pull_request.files),
        omission=pull_request.files_left_out,
    )


async def read_risk(task: Task) -> ChangeRisk:
    """Return what the change itself, its tests and the history before it tell."""
    change = change_risk(task.pull_request, task.facts.get(LineCoverage))
    churn = await task.history.churn([file.path for file in change.files]) or {}
    files = (replace(file, churn=churn.get(file.path)) for file in change.files)
    return replace(change, files=tuple(files))


def _file_risk(file: ChangedFile, uncovered: Mapping[str, UncoveredLines]) -> FileRisk:
    lines = uncovered.get(file.path)
    paths = (file.path, file.previous_path or file.path)  # what was moved away counts as well
    areas = {area for path in paths for area in areas_of(path)}
    if file.kind is FileKind.SUBMODULE:  # one line that stands for somebody else's repository
        areas.add(SensitiveArea.DEPENDENCY)
    return FileRisk(
        path=file.path,
        purpose=purpose_of(file.path),
        added_count=len(file.added_lines),
        removed_count=len(file.removed_lines),
        areas=tuple(area for area in SensitiveArea if area in areas),
        untested_count=len(lines.lines) if lines else None,
        # A link's line is a path: what it says does not stand in the change.
        is_read=file.gap is None and file.kind is not FileKind.SYMLINK,
    )


def purpose_of(path: str) -> Purpose:
    """Return what a file is for, by `engine.files`."""
    questions = (
        (Purpose.FOREIGN, file_names.is_foreign),
        (Purpose.TEST, file_names.is_test),
        (Purpose.DOCUMENTATION, file_names.is_documentation),
        (Purpose.EXAMPLE, file_names.is_example),
        (Purpose.TRANSLATION, file_names.is_translation),
        (Purpose.CODE, file_names.is_code),
        (Purpose.DATA, file_names.is_data),
    )
    return next((purpose for purpose, holds in questions if holds(path)), Purpose.OTHER)


@lru_cache(maxsize=8_192)  # a report is made several times in a run
def areas_of(path: str) -> tuple[SensitiveArea, ...]:
    """Return the sensitive areas of a path, in the order of `SensitiveArea`."""
    areas = set(sensitive_areas(path))
    if is_for_agents(path):
        areas.add(SensitiveArea.AGENT)
    if kinds_of(path) or program_at(path):
        areas.add(SensitiveArea.LAUNCH)
    name = path.rpartition("/")[2]
    if format_of(path) or file_names.is_lock_file(path) or locks_of(name) or any(lock_rows(path)):
        areas.add(SensitiveArea.DEPENDENCY)
    return tuple(area for area in SensitiveArea if area in areas)
