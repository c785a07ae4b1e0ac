"""What a script does with strangers' text: it runs it, hands it on, or checks their code out.

Scripts are read line by line, without running anything. `"$X"` is data to a shell; it is code after
`eval`, within `bash -c "…"`, piped into a shell, or as a command of its own.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter

from codeflow_action.actions.quality_gates.workflow_risk.known_actions import AGENT_PROGRAM
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import (
    FORK_EVENTS,
    STRANGERS_EVENTS,
    Taint,
    TaintKind,
)
from codeflow_action.engine.lazy import dataclass, regex

type Taints = frozenset[Taint]

NONE: Taints = frozenset()
_MAX_LINE = 2_000  # characters of one command
_VARIABLE = regex(r"\$(?:\{!?|env:|\{env:|Env:)?([A-Za-z_]\w*)([^\s}]{0,40})|%([A-Za-z_]\w*)%")
_ASSIGNMENT = regex(
    r"\s*(?:(?:export|local|readonly|declare(?:\s+-\w+)*)\s+|\$)?([A-Za-z_]\w*)\s?\+?=(?!=)(.*)",
    re.DOTALL,
)
_READ = regex(r"\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)")
# What is left of a text is digits, an encoding, or quoted for a shell.
_CLEAN = regex(
    r"//?\[[!^]|tr\s+-c?d?c?\w*\s|tr\s+-[cd]|\[\^|grep\s+-\w*[oE]\w*\s+['\"]?\^?(?:\[0-9\]|\\d)|%q|@Q\}|@sh\b"
    r"|base64|sha\d+sum|md5sum|\bwc\s+-|%\d*d\b|\$\(\("
)
_DIGITS_ONLY = regex(r"=~\s*[\"']?\^(?:\[\[:digit:\]\]|\[0-9\]|\\d)[+*{]|\^\[0-9\]\+\$|\^\\d\+\$")
_WRITES = regex(
    r"(?:>>?\s*|tee\s+(?:-a\s+|--append\s+)?|(?:Out-File|Add-Content|Set-Content)\b.*?)[\"']?"
    r"\$(?:\{?|env:|\{env:)(GITHUB_(?:OUTPUT|ENV|PATH))\b",
    re.IGNORECASE,
)
_OLD_COMMAND = regex(r"::(set-output|set-env)\s+name=([\w-]+)::|::(add-path)::")
_OLD_TARGETS = {"set-output": "GITHUB_OUTPUT", "set-env": "GITHUB_ENV", "add-path": "GITHUB_PATH"}
_NAME = regex(r"(?:^|[\s\"'(])([A-Za-z_][\w-]*)=")
_BLOCK = regex(r"(?:^|[\s\"'(])([A-Za-z_][\w-]*)<<-?~?\s*[\"']?([\w$(){}.-]+)")
_HERE_DOCUMENT = regex(r"<<[-~]?\s*(['\"]?)(\w+)\1")
_EVALUATION = regex(
    r"(?:^|[\s;&|(!`])(?:eval\s|(?:ba|z|da|k|a|fi)?sh\s+(?:-\w+\s+)*-\w*c\b|(?:python\d?|node|perl|ruby|php|deno|bun)\s+"
    r"(?:-\w+\s+)*(?:-\w*[ce]\b|-r\b|eval\b)|(?:pwsh|powershell)(?:\.exe)?\s.{0,80}?-c(?:ommand)?\b|cmd\s+/c\b"
    r"|invoke-expression\b|iex\b|(?:source|\.)\s+<\(|(?:ba|z|da|k)?sh\s*<<<|su\s.{0,60}?-c\b)",
    re.IGNORECASE,
)
_PIPE = regex(
    r"\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:(?:ba|z|da|k)?sh|python\d?|node|perl|ruby|iex)\b\s*(?:-s?\b)?\s*(?:$|[;&|)])"
)
_COMMAND_WORD = regex(
    r"(?:^|[;&|]\s*|\b(?:then|do|else|sudo|time)\s+)(?:exec\s+)?[\"']?\$\{?([A-Za-z_]\w*)\}?[\"']?(?:\s|;|$)"
)
_SHELL_DOCUMENT = regex(
    r"(?:^|[\s;&|])(?:(?:ba|z|da|k)?sh|python\d?|node|ssh)\b[^|<\n]*<<[-~]?\s*(\w+)"
)
_SINGLE_QUOTED = regex(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", re.DOTALL)
_QUOTATION = regex(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_SEPARATOR = regex(r";|&&|\|\||\b(?:then|do)\s|\bcase\s[^)]{0,200}\)")
_PULL_REF = regex(r"(?:refs/)?\bpull/[^\s'\"]*")
_CHECKOUT = regex(r"\b(?:gh|hub)\s+pr\s+checkout\b")
_TAKES = regex(
    r"\bgit\b[^;&|\n]{0,80}?\s(?:checkout|switch|merge|reset|clone|worktree|pull|cherry-pick|rebase|fetch)(?![\w/-])"
)
_FETCH = regex(r"\bgit\b[^;&|\n]{0,80}?\s(?:fetch|pull)(?![\w/-])")
MOVES = regex(
    r"\bgit\b[^;&|\n]{0,80}?\s(?:checkout|switch|merge|reset|worktree|cherry-pick|rebase|pull|clone)(?![\w/-])"
)
_ISSUE_TEXT = regex(
    r"\bgh\s+(?:issue|pr)\s+view\b(?!.{0,300}--json\s+(?!\S*(?:title|body|comments|headRefName|commits))\S+)"
    r"|\bgh\s+pr\s+diff\b|\bgh\s+api\b.{0,300}(?:title|body|\.head\.ref|head_branch|\.message)"
    r"|GITHUB_EVENT_PATH.{0,300}(?:title|body|\.head\.ref|\.label\b|head_branch|message|page_name)"
    r"|(?:title|body|\.head\.ref|head_branch|message|page_name).{0,300}GITHUB_EVENT_PATH"
)
_HEAD_TEXT = regex(
    r"\.head\.(?:sha|ref|repo)|headRef(?:Oid|Name)|headRepository|\bhead_(?:sha|branch)\b|merge_commit_sha"
)
_ASKS = regex(r"\bgh\s|GITHUB_EVENT_PATH|api\.github\.com|GITHUB_API_URL|\bcurl\s")
_OUTSIDE = regex(
    r"\b(?:gh|hub|curl|payload|GITHUB_EVENT_PATH|GITHUB_API_URL)\b|api\.github|\bpull/|\.(?:title|body|head)\b"
)
_READS_FILE = regex(
    r"\$\(\s*<|\bcat\s|\bjq\s|\bhead\s|\btail\s|\bsed\s|\bgrep\s|\bawk\s|Get-Content|\bread\s.{0,100}<"
)
_PAYLOAD = regex(
    r"(?:context\.payload|github\.event|payload)[\w.?\[\]'\"!]{0,80}?\.(?:title|body|label|message|page_name|head\.ref)\b"
    r"|\.(?:data|item|issue|pull_request|pr|comment|review)\??\.(?:title|body|head\.ref)\b"
)
_OTHER_CODE = regex(
    r"(?:\beval|\bexec|\bexecSync|\bos\.system|\bos\.popen|new\s+Function|\bspawnSync|\bsystem)\s?\(|shell\s?=\s?True"
)
_OTHER_ASSIGNMENT = regex(
    r"\s*(?:const|let|var)?\s*(\{[^{}=]{1,200}\}|[A-Za-z_]\w*)\s*=(?![=>])(.*)", re.DOTALL
)
_OTHER_ENV = regex(
    r"(?:process\.env|environ|ENV|env)(?:\.get)?(?:\.|\[|\(|\?\.)\s?['\"]?([A-Za-z_]\w*)"
)
_SET_OUTPUT = regex(
    r"(setOutput|exportVariable|addPath)\s?\(\s?(?:['\"`]([\w-]+)['\"`]\s?,)?(.*)", re.DOTALL
)

# What a command of GitHub's prints of an issue or a pull request.
ASKED_TEXT = Taint(
    kind=TaintKind.TEXT,
    source="what an issue or a pull request says",
    events=STRANGERS_EVENTS | FORK_EVENTS,
    is_multiline=True,
)
ASKED_HEAD = replace(ASKED_TEXT, kind=TaintKind.HEAD, source="the head of a pull request")
ARTIFACT = Taint(
    kind=TaintKind.TEXT,
    source="an artifact of another run",
    events=frozenset({"workflow_run"}),
    is_multiline=True,
)
CHANGED_NAMES = replace(ASKED_TEXT, source="names of changed files", is_multiline=False)


class UseKind(StrEnum):
    """What a script does with a stranger's text or code."""

    EVALUATES = "evaluates"
    ENVIRONMENT = "environment"
    PATH = "path"
    AGENT = "agent"
    CHECKOUT = "checkout"
    RUNS_ARTIFACT = "runs artifact"


@dataclass(frozen=True, kw_only=True)
class ScriptUse:
    """One place of a script; `index` counts characters from its start."""

    kind: UseKind
    index: int
    code: str
    taints: Taints


@dataclass(frozen=True, kw_only=True)
class ScriptFlow:
    """Where strangers' text goes: to outputs, to variables of later steps, or into a command."""

    outputs: Mapping[str, Taints]
    variables: Mapping[str, Taints]
    uses: tuple[ScriptUse, ...]


@dataclass(frozen=True, kw_only=True)
class ScriptInput:
    """A script with what its variables hold; `spans` are its `${{ }}` with their taints."""

    text: str
    variables: Mapping[str, Taints]
    spans: tuple[tuple[int, int, Taints], ...]
    has_artifact: bool = False
    artifact_folder: str = ""
    moves: bool = False  # it, or a later step, takes up what was fetched


@dataclass
class _Reading:
    """What is known while a script is read."""

    script: ScriptInput
    variables: dict[str, Taints]
    outputs: dict[str, Taints] = field(default_factory=lambda: defaultdict(frozenset))
    exports: dict[str, Taints] = field(default_factory=lambda: defaultdict(frozenset))
    uses: list[ScriptUse] = field(default_factory=list)

    def add_use(self, kind: UseKind, index: int, line: str, taints: Taints) -> None:
        self.uses.append(
            ScriptUse(kind=kind, index=index, code=" ".join(line.split())[:200], taints=taints)
        )

    def in_expressions(self, start: int, end: int) -> Taints:
        spans = self.script.spans
        # They stand in order, and none within another.
        number = bisect_right(spans, start, key=itemgetter(1))
        taints = NONE
        while number < len(spans) and spans[number][0] < end:
            taints |= spans[number][2]
            number += 1
        return taints

    def flow(self) -> ScriptFlow:
        return ScriptFlow(outputs=self.outputs, variables=self.exports, uses=tuple(self.uses))


def is_quiet(script: ScriptInput) -> bool:
    """True where nothing of a stranger's can be in a script, so that nobody need read it."""
    return not (
        script.spans
        or script.has_artifact
        or any(script.variables.values())
        or _reaches_out(script.text)
    )


# A text that an anchor puts into a thousand jobs is searched once.
@lru_cache(maxsize=256)
def _reaches_out(text: str) -> bool:
    return _OUTSIDE.search(text) is not None


def read_shell(script: ScriptInput) -> ScriptFlow:
    """Return what a script for a shell does with strangers' text."""
    reading = _Reading(script, dict(script.variables))
    lines = list(_commands(script.text))
    targets = _write_targets(lines)
    is_checked = _DIGITS_ONLY.search(script.text) is not None
    block: tuple[str, str, str] | None = None
    document_end = ""  # of a document that a shell runs
    is_open = False  # a quoted text that a shell runs goes on
    for number, (index, line) in enumerate(lines):
        taints = NONE if is_checked else _line_taints(reading, index, line)
        text_taints = _of_kind(taints, TaintKind.TEXT)
        if match := _ASSIGNMENT.match(line):
            reading.variables[match[1]] = taints
        elif match := _READ.search(line):
            reading.variables[match[1]] = reading.variables.get(match[1], NONE) | taints
        handed_on = _writer_taints(reading, index, line, taints)
        block = _hand_on(reading, (index, line), handed_on, targets[number], block)
        # What is pasted in is told as such already.
        text_taints -= reading.in_expressions(index, index + len(line) + 1)
        has_sink = _EVALUATION.search(line) is not None
        if text_taints and (is_open or document_end or _evaluates(reading, line)):
            reading.add_use(UseKind.EVALUATES, index, line, text_taints)
        if text_taints and AGENT_PROGRAM.search(line):
            reading.add_use(UseKind.AGENT, index, line, text_taints)
        odd = line.replace('\\"', "").count('"') % 2 == 1
        is_open = not odd if is_open else has_sink and odd
        if document_end and line.strip() == document_end:
            document_end = ""
        elif match := _SHELL_DOCUMENT.search(line):
            document_end = match[1]
        _find_code(reading, index, line, taints)
    return reading.flow()


def read_other(script: ScriptInput) -> ScriptFlow:
    """Return what a script in JavaScript or Python does with strangers' text."""
    reading = _Reading(script, {})
    for index, line in _commands(script.text):
        taints = _other_taints(reading, index, line)
        if match := _OTHER_ASSIGNMENT.match(line):
            for name in re.findall(r"\w+", match[1]):
                reading.variables[name] = taints
        _hand_on_other(reading, index, line)
        if re.match(r"\s*return\b", line):
            reading.outputs["result"] |= taints
        text_taints = _of_kind(taints, TaintKind.TEXT)
        if text_taints and _OTHER_CODE.search(line):
            reading.add_use(UseKind.EVALUATES, index, line, text_taints)
        if text_taints and AGENT_PROGRAM.search(line):
            reading.add_use(UseKind.AGENT, index, line, text_taints)
    return reading.flow()


def _hand_on_other(reading: _Reading, index: int, line: str) -> None:
    """Note what a line in JavaScript hands to later steps."""
    match = _SET_OUTPUT.search(line)
    if match is None:
        return
    taints = _other_taints(reading, index, match[3] or match[0])
    match match[1]:
        case "setOutput":
            reading.outputs[(match[2] or "*").lower()] |= taints
        case "exportVariable":
            reading.exports[match[2] or "*"] |= taints
        case _ if taints:
            reading.add_use(UseKind.PATH, index, line, taints)


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their places; a backslash at the end joins two. Comments are left out."""
    position = 0
    parts: list[str] = []
    start = 0
    for line in text.split("\n"):
        if not parts:
            start = position
        position += len(line) + 1
        if line.endswith(("\\", "`")) and sum(map(len, parts)) < _MAX_LINE:
            parts.append(line[:-1] + " ")
            continue
        whole = "".join((*parts, line))
        parts = []
        if not whole.lstrip().startswith(("#", "//")):
            yield start, whole[:_MAX_LINE]
    if parts:
        yield start, "".join(parts)[:_MAX_LINE]


def _of_kind(taints: Taints, kind: TaintKind) -> Taints:
    return frozenset(taint for taint in taints if taint.kind is kind)


def _line_taints(reading: _Reading, index: int, line: str) -> Taints:
    """Return what strangers decide of a line: by variables, expressions and what commands print."""
    if _CLEAN.search(line):
        return NONE
    taints = reading.in_expressions(index, index + len(line) + 1)
    for match in _VARIABLE.finditer(_without_single_quotes(line)):
        name = match[1] or match[3]
        if not (match[2] or "").startswith(("+", ":+")):  # only whether there is one
            taints |= reading.variables.get(name, NONE)
    if _ASKS.search(line):
        taints |= frozenset({ASKED_TEXT}) if _ISSUE_TEXT.search(line) else NONE
        taints |= frozenset({ASKED_HEAD}) if _HEAD_TEXT.search(line) else NONE
    if reading.script.has_artifact and _READS_FILE.search(line):
        taints |= {ARTIFACT}
    return taints


def _write_targets(lines: list[tuple[int, str]]) -> list[str]:
    """Return the file of GitHub's that each line is written to, empty for none.

    A group in braces and a here-document are written to the file that stands at one of their ends.
    """
    targets = [""] * len(lines)
    groups: list[int] = []
    document = ("", "")
    for number, (_, line) in enumerate(lines):
        write = _WRITES.search(line)
        target = write[1].upper() if write else ""
        if old := _OLD_COMMAND.search(line):
            target = _OLD_TARGETS[old[1] or old[3]]
        end, document_target = document
        if end:
            targets[number] = document_target
            if line.strip() == end:
                document = ("", "")
            continue
        targets[number] = target
        if target and (document_start := _HERE_DOCUMENT.search(line)) and not _BLOCK.search(line):
            document = (document_start[2], target)
        if re.match(r"\s*[{(]\s*$|.*\b(?:do|then)\s*$", line):
            groups.append(number)
        elif groups and re.match(r"\s*(?:[})]|done\b|fi\b)", line):
            first = groups.pop()
            if target:
                targets[first:number] = [earlier or target for earlier in targets[first:number]]
    return targets


def _hand_on(
    reading: _Reading,
    place: tuple[int, str],
    taints: Taints,
    target: str,
    block: tuple[str, str, str] | None,
) -> tuple[str, str, str] | None:
    """Note what a line writes for later steps; return the block of several lines that is open."""
    index, line = place
    if block is not None:
        name, end, block_target = block
        _note(reading, block_target, name, taints)
        is_end = end in line and not _BLOCK.search(line)
        return None if is_end else block
    if not target:
        return None
    if match := _BLOCK.search(line):
        return match[1], match[2], target
    if target == "GITHUB_PATH":
        if text_taints := _of_kind(taints, TaintKind.TEXT):
            reading.add_use(UseKind.PATH, index, line, text_taints)
        return None
    names = [match[1] for match in _NAME.finditer(line)]
    if old := _OLD_COMMAND.search(line):
        names = [old[2]]
    if target == "GITHUB_ENV":
        several = frozenset(taint for taint in taints if taint.is_multiline)
        text_taints = _of_kind(taints if not names else several, TaintKind.TEXT)
        if text_taints - reading.in_expressions(index, index + len(line) + 1):
            reading.add_use(UseKind.ENVIRONMENT, index, line, text_taints)
    for name in names[:1]:
        _note(reading, target, name, taints)
    return None


def _writer_taints(reading: _Reading, index: int, line: str, taints: Taints) -> Taints:
    """Return what the command holds that writes for later steps: a line may have others, too."""
    write = _WRITES.search(line) if taints else None
    if write is None:
        return taints
    plain = _QUOTATION.sub(lambda match: "x" * len(match[0]), line[: write.start()])
    start = max((match.end() for match in _SEPARATOR.finditer(plain)), default=0)
    return _line_taints(reading, index + start, line[start:]) if start else taints


def _note(reading: _Reading, target: str, name: str, taints: Taints) -> None:
    if taints and target == "GITHUB_OUTPUT":
        reading.outputs[name.lower()] |= taints
    elif taints and target == "GITHUB_ENV":
        reading.exports[name] |= taints


def _without_single_quotes(line: str) -> str:
    return _SINGLE_QUOTED.sub(lambda match: match[0] if match[0][0] == '"' else "''", line)


def _evaluates(reading: _Reading, line: str) -> bool:
    """True where a variable is a command, is handed to a program as code, or piped into one."""
    if any(reading.variables.get(match[1]) for match in _COMMAND_WORD.finditer(line.strip())):
        return True
    plain = _without_single_quotes(line)
    names = {match[1] or match[3]: match.start() for match in _VARIABLE.finditer(plain)}
    last = max((place for name, place in names.items() if reading.variables.get(name)), default=-1)
    if last < 0:
        is_read = reading.script.has_artifact or _ISSUE_TEXT.search(line) is not None
        return is_read and (bool(_PIPE.search(plain)) or bool(re.search(r"\beval\s", plain)))
    if _PIPE.search(plain):
        return True
    match = _EVALUATION.search(plain)
    return match is not None and match.start() < last


def _find_code(reading: _Reading, index: int, line: str, taints: Taints) -> None:
    """Note where a line checks out the code of a pull request, or runs what an artifact brought."""
    heads = _of_kind(taints, TaintKind.HEAD)
    # Fetched alone, nothing of it lies in the workspace.
    is_fetch = _FETCH.search(line) is not None and _PULL_REF.search(line) is not None
    is_taken = heads and _TAKES.search(line) and not _is_own_branch(line)
    is_checkout = _CHECKOUT.search(line) or ((is_fetch or is_taken) and reading.script.moves)
    if is_checkout and not any(use.kind is UseKind.CHECKOUT for use in reading.uses):
        reading.add_use(UseKind.CHECKOUT, index, line, heads or frozenset({ASKED_HEAD}))
    folder = reading.script.artifact_folder
    if folder and re.search(
        rf"(?:^|[\s;&|])(?:(?:ba|z|da)?sh|python\d?|node|source|\.|chmod\s+\S+)?\s*[\"']?(?:\./)?{re.escape(folder)}/[\w./-]+\.(?:sh|py|js|rb|pl|ps1)\b",
        line,
    ):
        reading.add_use(UseKind.RUNS_ARTIFACT, index, line, frozenset({ARTIFACT}))


def _is_own_branch(line: str) -> bool:
    """True where a branch of that name is made from what is there already."""
    is_new = re.search(r"checkout\s+-[bB]\s|switch\s+-[cC]\s", line)
    return is_new is not None and not re.search(r"sha\b|FETCH_HEAD|origin/", line, re.IGNORECASE)


def _other_taints(reading: _Reading, index: int, line: str) -> Taints:
    if re.search(r"encodeURIComponent|replace\(\s?/\[\^|parseInt|Number\(|int\(|createHash", line):
        return NONE
    taints = reading.in_expressions(index, index + len(line) + 1)
    for match in _OTHER_ENV.finditer(line):
        taints |= reading.script.variables.get(match[1], NONE)
    for name in set(re.findall(r"[A-Za-z_]\w*", line)):
        taints |= reading.variables.get(name, NONE)
    if _PAYLOAD.search(line) or re.search(
        r"\{[^{}]*\b(?:title|body)\b[^{}]*\}\s*=\s*(?:context\.payload|github\.event)", line
    ):
        taints |= {ASKED_TEXT}
    if _HEAD_TEXT.search(line):
        taints |= {ASKED_HEAD}
    if reading.script.has_artifact and re.search(r"readFile|open\(|read_text", line):
        taints |= {ARTIFACT}
    return taints
