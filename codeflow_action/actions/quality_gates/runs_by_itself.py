"""What a change makes run by itself: hooks, tasks, install scripts, builds, and agents' orders."""

import asyncio
import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine import files as file_names
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.review.launches.agent_instructions import (
    is_for_agents,
    suspect_texts,
    teaches_defence,
)
from codeflow_action.review.launches.dangers import Danger, DangerousText, dangerous_texts
from codeflow_action.review.launches.kinds import kinds_of, program_at
from codeflow_action.review.launches.launch import (
    FileForm,
    Launch,
    LaunchKind,
    LaunchListing,
    NoLaunches,
)
from codeflow_action.review.launches.launch_reader import (
    MAX_BYTES,
    may_hold_launches,
    read_launches,
)
from codeflow_action.review.launches.routine_commands import is_routine, named_files, programs
from codeflow_action.review.worker import UnreadableText, worker
from codeflow_action.security.untrusted import one_line

_LINE_FORMS = frozenset({FileForm.SHELL, FileForm.CODE, FileForm.WHOLE})
_MAX_MANIFESTS = 200  # of the head that are read to learn who runs a script
_MAX_SCRIPT = 400_000  # characters of a script that is judged
_MAX_CODE = 200  # characters
_MAX_NEEDLE = 60  # characters of a command by which its line is found
_ADVICE = {
    Severity.ERROR: (
        "Nobody is asked before it does. Do not merge, open or install this branch until you know "
        "why it is here. A program that is needed can be committed, or pinned by a digest."
    ),
    Severity.WARNING: "Read what it starts, as you would read code that runs with your own rights.",
    Severity.NOTICE: "",
}
# A container has its own home and its own /tmp.
_HARMLESS_INSIDE = frozenset({Danger.REACH, Danger.OUTSIDE})
_LONG_WORD = regex(
    r"[^\s/.,:=\"'()]{24,}|(?<=://)[^\s/@]+@|(?i:(?<=token=)|(?<=key=)|(?<=password=))\S+"
)


class RunsByItself(Gate):
    """Something runs without being asked for, for whoever opens, installs, commits or builds."""

    name = "runs_by_itself"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR

    async def check(self, subject: GateSubject) -> GateResult:
        """Compare what runs by itself at the merge base and at the head, as values."""
        launch_files = [change for change in subject.changes if _may_launch(change)]
        versions = await _read_versions(launch_files, subject)
        answers = await asyncio.to_thread(
            lambda: [_compare(change, versions) for change in launch_files]
        )
        comparisons = [comparison for answer in answers for comparison in answer.comparisons]
        dependencies = await _dependencies(comparisons, subject)
        scripts = await asyncio.to_thread(_dangerous_scripts, subject, versions)
        launchers = await _launchers(scripts, comparisons, subject) if scripts else ()
        findings = await asyncio.to_thread(
            lambda: [
                *_launch_findings(comparisons, dependencies),
                *_script_findings(scripts, launchers),
                *_program_findings(subject),
                *_instruction_findings(subject),
            ]
        )
        return GateResult(
            findings=findings,
            notes=tuple(note for answer in answers for note in answer.notes),
            unchecked=tuple(reason for answer in answers for reason in answer.unchecked),
        )


@dataclass(frozen=True, kw_only=True)
class _Comparison:
    """One kind of launch in one file. A file that is not there has none."""

    change: FileChange
    kind: LaunchKind
    before: tuple[Launch, ...]
    after: tuple[Launch, ...]
    base_text: str

    def is_new(self, launch: Launch, from_removed_files: Collection[tuple[str, str, str]]) -> bool:
        """True for what did not run before, here or in a file that this change removes."""
        key = (self.kind.name, launch.label, launch.command)
        return (
            key not in from_removed_files
            and launch not in self.before
            and not self._is_body_only(launch)
        )

    def _is_body_only(self, launch: Launch) -> bool:
        """True where only a script that it names has changed, and does nothing that attacks do."""
        return any(
            (old.label, old.command) == (launch.label, launch.command) for old in self.before
        ) and not any(dangerous_texts(launch.body))


@dataclass(frozen=True, kw_only=True)
class _Answer:
    comparisons: tuple[_Comparison, ...] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _DangerousScript:
    """A changed file whose new lines do what attacks do."""

    change: FileChange
    danger: DangerousText


@dataclass(frozen=True, kw_only=True)
class _Launcher:
    """A launch that names a script, and where it stands."""

    path: str
    kind: LaunchKind
    launch: Launch = field(compare=False)


def _may_launch(change: FileChange) -> bool:
    if change.file.kind is not FileKind.REGULAR or change.file.gap is Gap.BINARY:
        return False
    return not _is_inert(change.path) and bool(kinds_of(change.path))


def _is_inert(path: str) -> bool:
    """True for made-up data, other people's code and recorded output: nothing there is started."""
    is_recorded = file_names.is_fixture(path) or file_names.is_snapshot(path)
    return is_recorded or (file_names.is_vendored(path) and "/.yarn/" not in f"/{path}")


async def _read_versions(
    launch_files: Sequence[FileChange], subject: GateSubject
) -> Mapping[str, Content]:
    """Return the contents at the merge base of what is launch_files, and of changed scripts."""
    paths = {change.merge_base_path for change in launch_files}
    paths |= {change.merge_base_path for change in subject.texts if _may_be_script(change)}
    added = {
        change.merge_base_path
        for change in subject.changes
        if change.file.status is FileStatus.ADDED
    }
    older = sorted(paths - added)
    return await subject.merge_base.read_many(older) if older else {}


def _compare(change: FileChange, versions: Mapping[str, Content]) -> _Answer:
    """Read both versions of a file and say what runs by itself in each."""
    head = b"" if change.file.status is FileStatus.REMOVED else change.head
    base = versions.get(change.merge_base_path, Absent.MISSING)
    old_content = base if isinstance(base, bytes) else b""
    if not isinstance(head, bytes):
        return _Answer()  # said for all gates
    kinds = kinds_of(change.path)
    if not any(may_hold_launches(kind, head + old_content) for kind in kinds):
        return _Answer()
    path = change.path
    if len(head) > MAX_BYTES:
        return _Answer(unchecked=(f"gave up on {path}: it is too large to be read",))
    after = worker("manifests").run(read_launches, head, path)
    if isinstance(after, UnreadableText):
        return _Answer(unchecked=(f"gave up on {path}: {after.reason}",))
    old = worker("manifests").run(read_launches, old_content, path) if old_content else ()
    before = old if isinstance(old, tuple) else ()
    notes = [
        f"What {path} makes run was not read: {listing.reason}"
        for listing in after
        if isinstance(listing, NoLaunches) and head.strip()
    ]
    return _Answer(
        comparisons=tuple(
            _Comparison(
                change=change,
                kind=kind,
                before=_launches(before[position]) if position < len(before) else (),
                after=_launches(listing),
                base_text=old_content.decode("utf-8", "replace"),
            )
            for position, (kind, listing) in enumerate(zip(kinds, after, strict=True))
        ),
        notes=tuple(notes[:1]),
    )


def _launches(listing: LaunchListing | NoLaunches) -> tuple[Launch, ...]:
    return listing.launches if isinstance(listing, LaunchListing) else ()


async def _dependencies(comparisons: Sequence[_Comparison], subject: GateSubject) -> frozenset[str]:
    """Return the packages of the manifests around new launches: their tools are known."""
    if not any(comparison.after for comparison in comparisons):
        return frozenset()
    folders = {posixpath.dirname(comparison.change.path) for comparison in comparisons}
    paths = sorted({posixpath.join(folder, "package.json") for folder in {"", *folders}})
    contents = await subject.head.read_many(paths[:_MAX_MANIFESTS])
    listings = await asyncio.to_thread(
        lambda: [
            worker("manifests").run(read_launches, content, path)
            for path, content in contents.items()
            if isinstance(content, bytes) and len(content) <= MAX_BYTES
        ]
    )
    return frozenset(
        name
        for answer in listings
        if isinstance(answer, tuple)
        for listing in answer
        if isinstance(listing, LaunchListing)
        for name in listing.dependencies
    )


def _launch_findings(
    comparisons: Sequence[_Comparison], dependencies: Collection[str]
) -> Iterator[Finding]:
    """Yield what is new; of a shell's file or a program the worst line only."""
    from_removed_files = {
        (comparison.kind.name, launch.label, launch.command)
        for comparison in comparisons
        if comparison.change.file.status is FileStatus.REMOVED
        for launch in comparison.before
    }
    for comparison in comparisons:
        fresh = [
            launch for launch in comparison.after if comparison.is_new(launch, from_removed_files)
        ]
        findings = [
            finding
            for launch in fresh
            if (finding := _launch_finding(comparison, launch, dependencies))
        ]
        if comparison.kind.form in _LINE_FORMS:
            findings += _text_findings(comparison)
            findings = sorted(findings, key=lambda finding: finding.severity.rank)[:1]
        yield from findings


def _launch_finding(
    comparison: _Comparison, launch: Launch, dependencies: Collection[str]
) -> Finding | None:
    kind = comparison.kind
    danger = None
    if kind.form not in _LINE_FORMS:  # their texts are judged whole
        danger = _worst(dangerous_texts(f"{launch.command}\n{launch.body}"), kind)
    severity = _severity(comparison, launch, dependencies)
    if danger is not None:
        severity = _danger_severity(danger, kind)
    if severity is None:
        return None
    line = _line_of(comparison.change, launch)
    return _finding(comparison.change.path, line, kind, launch, severity, danger)


def _severity(
    comparison: _Comparison, launch: Launch, dependencies: Collection[str]
) -> Severity | None:
    """Return how a launch without a danger is told; None where that says nothing to anybody."""
    kind = comparison.kind
    if kind.is_program:
        return None
    if launch.effect:
        return Severity.WARNING
    if kind.usual and re.fullmatch(kind.usual, launch.command, re.DOTALL):
        return None  # an update of a wrapper at its own address is no news
    is_usual = (
        kind.is_milder
        or _is_like_before(comparison, launch)
        or (
            kind.form not in (FileForm.CODE, FileForm.WHOLE)
            and is_routine(launch.command, dependencies, is_contained=kind.is_contained)
        )
    )
    if not is_usual:
        return Severity.WARNING
    return None if kind.form in _LINE_FORMS else Severity.NOTICE


def _is_like_before(comparison: _Comparison, launch: Launch) -> bool:
    """True where the same programs ran before in this place, with other arguments."""
    if comparison.kind.form is FileForm.WHOLE:
        return False
    old = [before for before in comparison.before if before.label == launch.label]
    if comparison.kind.form is FileForm.CODE:
        # A program that starts others has always done so; what it names is new or not.
        return bool(old) and all(
            path in comparison.base_text for path in named_files(launch.command)
        )
    old_programs = frozenset().union(*(programs(before.command) for before in old))
    return bool(old) and programs(launch.command) <= old_programs


def _worst(dangers: Iterable[DangerousText], kind: LaunchKind) -> DangerousText | None:
    return min(dangers, key=lambda danger: _danger_severity(danger, kind).rank, default=None)


def _danger_severity(danger: DangerousText, kind: LaunchKind) -> Severity:
    """Return how severe a danger is: in a container, what only the container suffers is less."""
    if not kind.is_contained:
        return Severity.ERROR
    if danger.is_installer or danger.danger in _HARMLESS_INSIDE:
        return Severity.NOTICE
    return Severity.WARNING if danger.danger is Danger.FETCH else Severity.ERROR


def _text_findings(comparison: _Comparison) -> Iterator[Finding]:
    """Yield what is dangerous in the text of a shell's file or a program, and was not before."""
    change, kind = comparison.change, comparison.kind
    for danger in _new_dangers(change, comparison.base_text):
        launch = Launch(label="", command=danger.text)
        severity = _danger_severity(danger, kind)
        yield _finding(change.path, danger.line, kind, launch, severity, danger)


def _new_dangers(change: FileChange, base_text: str) -> Iterator[DangerousText]:
    """Yield the dangers of a changed text that stand in added lines and not in the old text."""
    if change.file.status is FileStatus.REMOVED or len(change.text) > _MAX_SCRIPT:
        return
    new_lines = change.file.added_lines
    for danger in dangerous_texts(change.text, is_code=True):
        lines = range(danger.line, danger.line + danger.text.count("\n") + 1)
        if not new_lines.isdisjoint(lines) and danger.text not in base_text:
            yield danger


def _finding(  # noqa: PLR0917 - what a finding is made of
    path: str,
    line: int,
    kind: LaunchKind,
    launch: Launch,
    severity: Severity,
    danger: DangerousText | None,
) -> Finding:
    command = _short(danger.text if danger else launch.command)
    subject = launch.label or kind.name
    if danger is not None:
        title, rule = f"What runs by itself {danger.danger.value}", "danger"
    elif launch.effect:
        title, rule = f"A setting {launch.effect}", "setting"
    else:
        title, rule = f"This runs by itself: {one_line(command, 60)}", "launch"
    severity = _milder(path, kind, severity)
    message = f"`{one_line(subject, 80)}` of {kind.name}: it runs {kind.runs}."
    if launch.effect and danger is None:
        message = f"`{one_line(subject, 80)}` of {kind.name} {launch.effect}, {kind.runs}."
    return RunsByItself.finding(
        path,
        line,
        severity=severity,
        title=title,
        message=message,
        advice=_ADVICE[severity],
        code=f"{one_line(subject, 80)}: {command}" if launch.label else command,
        rule=rule,
    )


def _milder(path: str, kind: LaunchKind, severity: Severity) -> Severity:
    """Return the severity in a folder of tests or examples, where something runs for few."""
    is_for_tests = kind.name == "conftest.py"
    is_aside = file_names.is_example(path) or (file_names.is_test(path) and not is_for_tests)
    if not is_aside:
        return severity
    return Severity.WARNING if severity is Severity.ERROR else Severity.NOTICE


def _short(command: str) -> str:
    """Return a command for the reader, without what could be a secret in it."""
    return _LONG_WORD.sub("…", one_line(command, _MAX_CODE))


def _line_of(change: FileChange, launch: Launch) -> int:
    """Return the line of a launch, or the nearest that the diff shows."""
    lines = change.text.split("\n")
    new_lines = sorted(change.file.added_lines)
    first = launch.command.strip().split("\n")[0]
    words = sorted(launch.command.split(), key=len, reverse=True)[:1]
    needles = (first[:_MAX_NEEDLE], first.replace('"', '\\"')[:_MAX_NEEDLE], *words)
    for numbers in (new_lines, range(1, len(lines) + 1)):
        for needle in (*needles, launch.label.rpartition(".")[2]):
            if not needle:
                continue
            for number in numbers:
                if number <= len(lines) and needle in lines[number - 1]:
                    return number
    return new_lines[0] if new_lines else 1


def _may_be_script(change: FileChange) -> bool:
    """True for a changed program that something might start."""
    path = change.path
    name = path.rpartition("/")[2]
    is_program = file_names.is_code(path) or "." not in name.lstrip(".")
    return (
        is_program
        and not _is_inert(path)
        and not file_names.is_test(path)
        and not file_names.is_documentation(path)
        and not any(kind.form in _LINE_FORMS for kind in kinds_of(path))
    )


def _dangerous_scripts(
    subject: GateSubject, versions: Mapping[str, Content]
) -> tuple[_DangerousScript, ...]:
    """Return the changed programs that do what attacks do, whoever starts them."""
    scripts = []
    for change in subject.texts:
        if not _may_be_script(change) or not isinstance(change.head, bytes):
            continue
        new_text = "\n".join(text for _, text in change.all_added_lines)
        if not any(dangerous_texts(new_text, is_code=True)):
            continue
        base = versions.get(change.merge_base_path, b"")
        old_text = base.decode("utf-8", "replace") if isinstance(base, bytes) else ""
        danger = next(_new_dangers(change, old_text), None)
        if danger is not None:
            scripts.append(_DangerousScript(change=change, danger=danger))
    return tuple(scripts)


async def _launchers(
    scripts: Sequence[_DangerousScript], comparisons: Sequence[_Comparison], subject: GateSubject
) -> tuple[_Launcher, ...]:
    """Return all launches of the head that are read: of the change, and of what it leaves alone."""
    del scripts
    launchers = [
        _Launcher(path=comparison.change.path, kind=comparison.kind, launch=launch)
        for comparison in comparisons
        for launch in comparison.after
    ]
    changed_paths = {change.path for change in subject.changes}
    tree = await subject.head.list() or ()
    other_paths = await asyncio.to_thread(
        lambda: [
            path
            for path in tree
            if path not in changed_paths and kinds_of(path) and not _is_inert(path)
        ]
    )
    shallow = sorted(other_paths, key=lambda path: (path.count("/"), path))[:_MAX_MANIFESTS]
    contents = await subject.head.read_many(shallow) if shallow else {}
    return (*launchers, *await asyncio.to_thread(lambda: [*_read_launchers(contents)]))


def _read_launchers(contents: Mapping[str, Content]) -> Iterator[_Launcher]:
    for path, content in contents.items():
        if not isinstance(content, bytes) or len(content) > MAX_BYTES:
            continue
        kinds = kinds_of(path)
        if not any(may_hold_launches(kind, content) for kind in kinds):
            continue
        answer = worker("manifests").run(read_launches, content, path)
        for kind, listing in zip(kinds, answer if isinstance(answer, tuple) else (), strict=False):
            for launch in _launches(listing):
                yield _Launcher(path=path, kind=kind, launch=launch)


def _script_findings(
    scripts: Sequence[_DangerousScript], launchers: Sequence[_Launcher]
) -> Iterator[Finding]:
    """Yield the scripts that something starts by itself, at their dangerous line."""
    by_path: defaultdict[str, list[_Launcher]] = defaultdict(list)
    for launcher in launchers:
        folder = posixpath.dirname(launcher.path)
        for name in named_files(f"{launcher.launch.command}\n{launcher.launch.body}"):
            for place in {posixpath.join(folder, name), name}:
                by_path[posixpath.normpath(place)].append(launcher)
    for script in scripts:
        path = script.change.path
        stem, _, _ = path.rpartition(".")
        places = (path, stem, posixpath.dirname(path) if stem.endswith("/index") else "")
        starters = [launcher for place in places if place for launcher in by_path.get(place, ())]
        if not starters:
            continue
        launcher = starters[0]
        severity = _milder(path, launcher.kind, _danger_severity(script.danger, launcher.kind))
        starter = one_line(launcher.launch.label or launcher.kind.name, 80)
        yield RunsByItself.finding(
            path,
            script.danger.line,
            severity=severity,
            title=f"A script that runs by itself {script.danger.danger.value}",
            message=(
                f"`{starter}` in {one_line(launcher.path, 120)} starts it: it runs "
                f"{launcher.kind.runs}."
            ),
            advice=_ADVICE[severity],
            code=_short(script.danger.text),
            rule="danger",
        )


def _program_findings(subject: GateSubject) -> Iterator[Finding]:
    """Yield programs in the repository that nobody can read, and that a tool starts."""
    for change in subject.changes:
        if change.file.status is FileStatus.REMOVED or change.file.kind is not FileKind.REGULAR:
            continue
        if not (change.file.hunks or change.file.gap):
            continue
        if row := program_at(change.path):
            program, runs = row
            yield RunsByItself.finding(
                change.path,
                severity=Severity.NOTICE,
                title=f"{program[0].upper()}{program[1:]} was replaced",
                message=f"It runs {runs}, and nobody can read it in a review.",
                advice="Compare its digest with the one that its makers publish.",
                code=change.path,
                rule="launch",
            )


def _instruction_findings(subject: GateSubject) -> Iterator[Finding]:
    """Yield what instructions for agents say in lines that this change adds."""
    for change in subject.texts:
        path = change.path
        if not is_for_agents(path) or _is_inert(path) or not isinstance(change.head, bytes):
            continue
        if file_names.is_test(path):
            continue
        new_lines = change.file.added_lines
        for suspect in suspect_texts(change.text):
            if suspect.line not in new_lines and suspect.line + 1 not in new_lines:
                continue
            severity = Severity.ERROR if suspect.is_certain else Severity.WARNING
            if teaches_defence(path):
                severity = Severity.NOTICE
            yield RunsByItself.finding(
                path,
                suspect.line,
                severity=severity,
                title=f"These instructions {suspect.reason}",
                message=(
                    "Agents read this file as orders, with the rights and keys of whoever runs "
                    "them."
                ),
                advice="Say it openly, or leave it out.",
                code=_short(suspect.text),
                rule="instructions",
            )
