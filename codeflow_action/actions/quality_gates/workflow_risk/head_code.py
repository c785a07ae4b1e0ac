"""Whether anything runs of a pull request's files that were checked out.

A trusted checker reads a stranger's files and runs none of them. Whatever is not known to be one
counts as running them: a build tool, a package manager, an unknown action. A checkout in a folder
of its own is run by what starts there, or from there.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from codeflow_action.actions.quality_gates.workflow_risk.known_actions import INERT_ACTIONS
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import WorkflowStep
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.linear import compile_linear

# Characters. The patterns take the square of a line's length, and what is larger counts as running.
_MAX_SCRIPT = 100_000
_MAX_LINE = 2_000
_MAX_DOCUMENTS = 50
# They read files as data: no configuration or argument that a stranger's file gives makes them run
# it. `find`, `git` and `xargs` have options for that, which are looked at.
_READERS = regex(
    r"\[\[?|:|actionlint|awk|base64|basename|bc|break|cat|cd|chmod|cmp|codespell|column|comm|command"
    r"|continue|cp|curl|cut|date|declare|df|diff|dirname|du|echo|egrep|exit|export|expr|false|fgrep"
    r"|file|find|fold|gawk|gh|git|gitleaks|grep|gzip|hadolint|head|hexdump|jq|join|local|ls|lychee"
    r"|mapfile|md5sum|mkdir|mktemp|mv|nl|od|paste|popd|printf|pushd|pwd|read|readarray|readlink"
    r"|readonly|realpath|return|rev|rg|rm|rmdir|sed|seq|set|sha\d+sum|shasum|shellcheck|shift|shopt"
    r"|sleep|sort|split|stat|tac|tail|tee|test|touch|tr|true|trap|type|typos|umask|uniq|unset|wait|wc"
    r"|wget|which|xargs|xmllint|xxd|yamllint|yq|zizmor"
)
_KEYWORDS = regex(r"[!{]|if|elif|then|else|while|until|do|time|sudo|builtin")
_HEADS_AND_ENDS = regex(r"for|case|select|fi|done|esac|\}")
_INTERPRETERS = regex(r"(?:bash|sh|zsh|dash|ksh|node|python[\d.]*|ruby|perl|php|pwsh)")
_SPREADS = frozenset({"cp", "mv", "ln", "rsync", "tar", "install"})
_RUNNING_OPTIONS = (
    r"(?i:\bfind\b[^\n]*\s-(?:exec|ok)|\bgit\b[^\n]*(?:\s-c\s|hookspath|\ssubmodule|\sbisect\s+run"
    r"|\sfilter-branch|--exec|--upload-pack|--ext-diff|\sdifftool|\smergetool|alias\.)"
    r"|\bgh\s+(?:extension|alias)\b|GITHUB_PATH|GITHUB_ENV"
    r"|\bsed\b[^\n]*(?:/[a-z]{0,8}e[a-z]{0,8}['\"]|\s--posix-e)|\bsystem\s*\()"
)
_XARGS_OPTION = regex(r"-|\d+$|\{\}$")
_MODULES = regex(
    r"\b(?:require|import)\s*\(\s*(?:['\"`]\.|[^'\"`)\s])|child_process|\bexec\.|\bexecSync|\bspawn"
)
_HERE_DOCUMENT = regex(r"(<<[-~]?\s*(['\"]?)(\w+)\2[^\n]*\n)(.*?)\n[ \t]*\3(?=\n|$)", re.DOTALL)
_EXPRESSION = regex(r"\$\{\{.*?\}\}", re.DOTALL)
# What a shell reads as one piece, in the order in which it must be tried.
_TOKEN = regex(
    r"(?P<escape>\\.)|(?P<text>'[^']*')|(?P<math>\$?\(\((?:[^()]|\([^()]*\))*\)\))"
    r"|(?P<variable>\$\{[^{}$`]*\})|(?P<list>=\()|(?P<open>\$\(|[<>]\()|(?P<quote>\")|(?P<tick>`)"
    r"|(?P<close>\))|(?P<comment>(?<![^\s;&|(])#[^\n]*)|(?P<plain>[^\\'\"$`()<>=#]+|.)",
    re.DOTALL,
)
# `[[ a && b ]]`, a pattern of `case`, and redirections.
_TEST = regex(r"\[\[\s(?:[^\n\[\]]|\[(?!\[)|\](?!\]))*\]\]")
_PATTERN = regex(r"(?m)^\s*[^\s()]{1,80}\)(?=\s|$)")
_REDIRECTION = regex(r"\d?(?:>>?|<+)(?:&[\d-]|\|)?|&>>?")
_SEPARATOR = regex(r"[\n;|&()]+")
_FUNCTION = regex(r"(?m)(?:^|[;\s])(?:function\s+)?([\w-]+)\s*\(\)")
_ASSIGNMENT = regex(r"\w+(?:\[[^\]]*\])?\+?=")


def may_run_head(steps: Sequence[WorkflowStep], folder: str, rest_of_script: str = "") -> bool:
    """True where something of the head may run in these steps, which follow its checkout.

    `folder` is the one that it was checked out into, empty for the workspace; `rest_of_script` what
    follows in the same script.
    """
    # A job that ends with the checkout shows no reader either.
    if not steps and not rest_of_script:
        return True
    if rest_of_script and _script(rest_of_script, "", folder).runs:
        return True
    for step in steps:
        if step.run is None:
            if _action_runs(step, folder):
                return True
            continue
        if step.shell.startswith(("python", "node", "perl", "ruby")):
            if not folder or folder in step.run.text:
                return True
            continue
        script = _script(step.run.text, step.folder, folder)
        if script.runs:
            return True
        if script.spreads:
            folder = ""
    return False


def folder_of(checkout: WorkflowStep) -> str:
    """Return the folder of the workspace that a checkout fills, empty for all of it."""
    path = checkout.inputs.get("path")
    if path is None or "${{" in path.text:
        return ""
    folder = posixpath.normpath(path.text.strip())
    return "" if folder.startswith(("/", ".")) else folder


def _action_runs(step: WorkflowStep, folder: str) -> bool:
    used = step.uses.text if step.uses is not None else ""
    if used.startswith("./"):
        return not folder or _is_within(used, folder)
    texts = [text.text for text in step.inputs.values()]
    if folder and not any(_names(text, folder) for text in texts):
        return False
    if step.action == "actions/github-script":
        return any(_MODULES.search(text[:_MAX_SCRIPT]) for text in texts)
    return step.action not in INERT_ACTIONS


@dataclass(frozen=True, kw_only=True)
class _ScriptReach:
    """What a script does with a head's files: it runs some, or copies them to elsewhere."""

    runs: bool
    spreads: bool = False


# A text that an anchor puts into a thousand jobs is read once.
@lru_cache(maxsize=256)
def _script(text: str, working_folder: str, folder: str) -> _ScriptReach:
    is_there = bool(folder) and _is_within(working_folder, folder)
    if folder and not is_there and not _names(text, folder):
        return _ScriptReach(runs=False)
    text = text.replace("\\\n", " ")
    if _is_too_large(text) or compile_linear(_RUNNING_OPTIONS, has_groups=False).search(text):
        return _ScriptReach(runs=True)
    own_functions = set(_FUNCTION.findall(text))
    spreads = False
    for words in _commands(text):
        program = words[0]
        if program in own_functions:
            continue
        if folder and program in _SPREADS and any(_is_within(word, folder) for word in words[1:]):
            spreads = True
        if program in ("cd", "pushd") and folder:
            is_there = any(_is_within(word, folder) for word in words[1:])
        if not _READERS.fullmatch(program) and _starts_head(words, folder, is_there=is_there):
            return _ScriptReach(runs=True)
    return _ScriptReach(runs=False, spreads=spreads)


def _is_too_large(text: str) -> bool:
    return (
        len(text) > _MAX_SCRIPT
        or max(map(len, text.split("\n"))) > _MAX_LINE
        or text.count("<<") > _MAX_DOCUMENTS
        or text.count("${{") > text.count("}}")
    )


def _starts_head(words: list[str], folder: str, *, is_there: bool) -> bool:
    """True where a program that is no reader may run the head's code."""
    if not folder or is_there:
        return True
    if "/" in words[0]:  # a program of the base, or one of the head
        return _is_within(words[0], folder)
    if _INTERPRETERS.fullmatch(words[0]):
        programs = [word for word in words[1:] if not word.startswith("-")][:1]
        return any(_is_within(word, folder) for word in programs)
    return any(_names(word, folder) for word in words[1:])


def _commands(text: str) -> Iterator[list[str]]:
    """Yield the commands of a script for a shell, as words; redirections are gone."""
    # A document is one word of its command; a shell that reads it is no reader anyway.
    text = _HERE_DOCUMENT.sub(
        lambda match: match[1].rstrip() + ("" if match[2] else f' "{match[4].replace('"', "")}"'),
        text,
    )
    text = _EXPRESSION.sub("x", text)
    for script in _scripts(_PATTERN.sub("\n", text)):
        plain = _FUNCTION.sub("\n", _REDIRECTION.sub(" ", _TEST.sub("true", script)))
        for part in _SEPARATOR.split(plain):
            words = part.split()
            while words and (_KEYWORDS.fullmatch(words[0]) or _ASSIGNMENT.match(words[0])):
                del words[0]
            if words[:1] == ["xargs"]:  # what it starts comes after its options and their numbers
                words = [word for word in words[1:] if not _XARGS_OPTION.match(word)]
            if words and not _HEADS_AND_ENDS.fullmatch(words[0]):
                yield words


def _scripts(text: str) -> Iterator[str]:
    """Yield a script, and each one within `$( )` or backticks; a quoted text is one word in it."""
    scripts: list[list[str]] = [[]]
    modes = [""]  # what is open: a quote, a list, a script within
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        is_word = modes[-1] in ("quote", "list")
        if kind in ("open", "tick") and not (kind == "tick" and "tick" in modes):
            scripts[-1].append("x")
            scripts.append([])
            modes.append(kind)
        elif kind in ("close", "tick") and modes[-1] in ("open", "tick"):
            modes.pop()
            yield "".join(scripts.pop())
        elif kind == "quote" or (kind == "list" and not is_word):
            if modes[-1] == kind:
                modes.pop()
            else:
                scripts[-1].append("=x" if kind == "list" else "x"[is_word:])
                modes.append(kind)
        elif kind == "close" and modes[-1] == "list":
            modes.pop()
        elif kind == "comment" and not is_word:
            continue
        elif kind in ("text", "math", "variable") and modes[-1] != "quote":
            scripts[-1].append("x")
        else:
            scripts[-1].append(re.sub(r"[\s;|&()<>]", "_", token) if is_word else token)
    yield from ("".join(parts) for parts in scripts)


def _is_within(path: str, folder: str) -> bool:
    path = re.sub(r"^(?:\$PWD|\$GITHUB_WORKSPACE|x)/", "", path)
    return f"{posixpath.normpath(path)}/".startswith(f"{folder}/")


def _names(text: str, folder: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(folder)}(?![\w.-])", text) is not None
