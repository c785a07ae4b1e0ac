"""Audits of workflows, actions and Dependabot's configuration with zizmor, offline.

It runs as a process of its own, on copies in a private folder: without this process's environment,
without configuration, and deaf to comments that would silence it.
"""

import asyncio
import codecs
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, TypeAdapter, ValidationError

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.scans import ScannerFailed, WorkflowAudit, WorkflowRisk
from codeflow_action.integrations.child_environment import child_environment
from codeflow_action.manifests.yaml_text import is_deep

_PROGRAM = Path(sys.executable).with_name("zizmor")  # it is installed beside this interpreter
MAX_SECONDS = 20.0  # for all files; one takes 0.05 s, but deep nesting can take a minute
_MAX_OUTPUT = 30_000_000  # bytes
_MAX_COMPLAINT = 100_000  # bytes
_OUTPUT_FILE, _ERROR_FILE = "out.json", "errors.txt"
# Each takes away what a change under review, or the machine, could say about its own audit:
# https://docs.zizmor.sh/usage/
_ARGUMENTS = (
    "--offline",
    "--no-config",
    "--no-ignores",
    "--no-progress",
    "--no-exit-codes",
    "--strict-collection",
    "--quiet",
    "--format=json-v1",
)
_MAX_DEPTH = 200  # of YAML: at 20,000 zizmor takes longer than `MAX_SECONDS`
_REFUSAL = regex(rb"failed to load|no inputs collected")


@dataclass(frozen=True)
class Zizmor:
    """Runs the program; `seconds` are for all files."""

    program: Path = _PROGRAM
    seconds: float = MAX_SECONDS

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Return what is dangerous, and which files zizmor could not read.

        All of it in a thread: its time is not that of what else runs in this process.
        """
        if not files:
            return WorkflowAudit()
        deadline = time.monotonic() + self.seconds
        # GitHub does without a byte order mark, zizmor does not.
        plain = {path: content.removeprefix(codecs.BOM_UTF8) for path, content in files.items()}

        def audit_shallow() -> WorkflowAudit:
            # One file with which zizmor never ends must not hide the others.
            deep = [path for path, content in plain.items() if is_deep(content, _MAX_DEPTH)]
            rest = [(path, content) for path, content in plain.items() if path not in deep]
            audit = self._audit(rest, deadline) if rest else WorkflowAudit()
            return replace(audit, unread=(*audit.unread, *deep))

        return await asyncio.to_thread(audit_shallow)

    def _audit(self, files: Sequence[tuple[str, bytes]], deadline: float) -> WorkflowAudit:
        """Audit all at once; where one cannot be read, by halves, until it is alone."""
        output = self._run(files, deadline)
        if output is not None:
            try:
                findings = _FINDINGS.validate_json(output)
            except ValidationError as error:
                raise ScannerFailed("zizmor said what this version does not understand") from error
            return WorkflowAudit(
                risks=tuple(_risk(finding, files) for finding in findings if finding.locations)
            )
        if len(files) == 1:
            return WorkflowAudit(unread=(files[0][0],))
        middle = len(files) // 2
        halves = [self._audit(half, deadline) for half in (files[:middle], files[middle:])]
        return WorkflowAudit(
            risks=tuple(risk for half in halves for risk in half.risks),
            unread=tuple(path for half in halves for path in half.unread),
        )

    def _run(self, files: Sequence[tuple[str, bytes]], deadline: float) -> bytes | None:
        """Return the findings as JSON, None where a file is not what it should be."""
        with tempfile.TemporaryDirectory(prefix="codeflow-workflows-") as name:
            folder = Path(name)
            copies = _copy(files, folder)
            # Outputs go to files: a process that is killed leaves no pipe.
            with (
                (folder / _OUTPUT_FILE).open("wb") as output_file,
                (folder / _ERROR_FILE).open("wb") as error_file,
            ):
                try:
                    process = subprocess.run(  # noqa: S603 - our own program, and names that we have made
                        [self.program, *_ARGUMENTS, *copies],
                        stdin=subprocess.DEVNULL,
                        stdout=output_file,
                        stderr=error_file,
                        cwd=folder,
                        env={**child_environment({}, home=folder), "NO_COLOR": "1"},
                        timeout=max(0.0, deadline - time.monotonic()),
                        check=False,
                    )
                except OSError as error:
                    reason = f"zizmor could not be started ({error.strerror})"
                    raise ScannerFailed(reason) from error
                except subprocess.TimeoutExpired as error:
                    reason = f"zizmor took more than {self.seconds:g} seconds"
                    raise ScannerFailed(reason) from error
            if (folder / _OUTPUT_FILE).stat().st_size > _MAX_OUTPUT:
                raise ScannerFailed("zizmor found too much to be read")
            output = (folder / _OUTPUT_FILE).read_bytes()
            complaint = (folder / _ERROR_FILE).read_bytes()[:_MAX_COMPLAINT]
        if process.returncode == 0:
            return output
        if _REFUSAL.search(complaint):
            return None
        raise ScannerFailed(f"zizmor ended with {process.returncode}")


def _copy(files: Sequence[tuple[str, bytes]], folder: Path) -> list[str]:
    """Write each file under a number: no name of a stranger's reaches the disk or an argument.

    Of the name only what tells zizmor the kind of the file stays.
    """
    copies = []
    for number, (path, content) in enumerate(files):
        name = PurePosixPath(path).name
        kind = name if name in ("action.yml", "action.yaml") else "workflow.yml"
        if name in ("dependabot.yml", "dependabot.yaml"):
            kind = f".github/{name}"
        copy = folder / str(number) / kind
        copy.parent.mkdir(parents=True)
        copy.write_bytes(content)
        copies.append(f"{number}/{kind}")
    return copies


class _Point(BaseModel):
    row: int
    column: int


class _Offsets(BaseModel):
    start: int
    end: int


class _Place(BaseModel):
    start_point: _Point
    end_point: _Point
    offset_span: _Offsets  # in bytes

    @property
    def span(self) -> tuple[int, int]:
        """First and last line, from 1. A place that ends before a line's first sign ends above."""
        first = self.start_point.row + 1
        return first, max(first, self.end_point.row + (self.end_point.column > 0))


class _Concrete(BaseModel):
    location: _Place


class _Local(BaseModel):
    verbatim_path: str


class _Key(BaseModel):
    Local: _Local


class _Symbolic(BaseModel):
    key: _Key
    annotation: str
    kind: str


class _Location(BaseModel):
    symbolic: _Symbolic
    concrete: _Concrete


class _Determinations(BaseModel):
    confidence: str
    severity: str


class _Finding(BaseModel):
    """The fields that are used of a finding in zizmor's JSON, version 1."""

    ident: str
    desc: str
    url: str
    determinations: _Determinations
    locations: list[_Location]


_FINDINGS = TypeAdapter(list[_Finding])


def _risk(finding: _Finding, files: Sequence[tuple[str, bytes]]) -> WorkflowRisk:
    locations = finding.locations
    primaries = (location for location in locations if location.symbolic.kind == "Primary")
    primary = next(primaries, locations[0])
    number, _, _ = primary.symbolic.key.Local.verbatim_path.partition("/")
    path, content = files[int(number)]
    place = primary.concrete.location
    line, end_line = place.span
    text = content[place.offset_span.start : place.offset_span.end]
    return WorkflowRisk(
        path=path,
        rule=finding.ident,
        severity=finding.determinations.severity.lower(),
        confidence=finding.determinations.confidence.lower(),
        description=f"{finding.desc}: {primary.symbolic.annotation}",
        url=finding.url,
        line=line,
        end_line=end_line,
        # What only says where the rest stands ("this job") is no place of the trouble itself.
        spans=tuple(
            location.concrete.location.span
            for location in locations
            if location.symbolic.kind != "Hidden"
        ),
        text=text.decode("utf-8", "replace"),
    )
