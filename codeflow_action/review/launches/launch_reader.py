"""Reads what one file makes run by itself, as values: its writing and order make no difference.

`read_launches` is asked in the worker: the texts are strangers', and parsers are theirs to stop.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TypeGuard

import yaml

from codeflow_action.engine.files import family
from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text, toml_text, xml_text
from codeflow_action.manifests.package import NotUnderstood, items, mapping
from codeflow_action.review.launches.kinds import kinds_of
from codeflow_action.review.launches.launch import (
    FileForm,
    Launch,
    LaunchKind,
    LaunchListing,
    NoLaunches,
    Switch,
)

MAX_BYTES = 2_000_000  # of a file; a larger one is no configuration that anybody wrote
_MAX_NODES = 50_000  # that are looked at; an alias counts as all that it stands for
_MAX_LAUNCHES = 400  # of a file
_MAX_COMMAND = 20_000  # characters
_MAX_DEPTH = 60
_PACKAGE_NAMES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")

type _Node = tuple[tuple[str, ...], object]


def read_launches(content: bytes, name: str) -> tuple[LaunchListing | NoLaunches, ...]:
    """Return what a file makes run, for each kind of its path in their order."""
    text = content.decode("utf-8-sig", "replace")
    return tuple(_listing(kind, text, name) for kind in kinds_of(name))


def may_hold_launches(kind: LaunchKind, content: bytes) -> bool:
    """True unless a file holds none of the words, as they are or in escapes, that any needs."""
    if not kind.words or b"\\u" in content or b"\\x" in content:
        return True
    return any(word.encode() in content for word in kind.words)


def _listing(kind: LaunchKind, text: str, path: str) -> LaunchListing | NoLaunches:
    try:
        match kind.form:
            case FileForm.JSON | FileForm.YAML | FileForm.TOML | FileForm.GIT:
                document = _DOCUMENTS[kind.form](text)
                return LaunchListing(
                    launches=tuple(_from_document(kind, document)),
                    dependencies=_dependencies(document),
                )
            case FileForm.FRONT_MATTER:
                return LaunchListing(launches=tuple(_from_front_matter(kind, text)))
            case FileForm.XML:
                return LaunchListing(launches=tuple(_from_xml(kind, text)))
            case FileForm.LINES:
                return LaunchListing(launches=tuple(_from_text(kind, text)))
            case FileForm.SHELL | FileForm.CODE | FileForm.WHOLE:
                return LaunchListing(launches=tuple(_from_lines(kind, text, path)))
    except NotUnderstood as error:
        return NoLaunches(reason=str(error))


def _json(text: str) -> object:
    for simplify in (str, json_text.without_comments):
        try:
            return json.loads(simplify(text))
        except (ValueError, RecursionError):
            continue
    import pyjson5  # noqa: PLC0415 - native code, only for what is no JSON with comments

    try:
        return pyjson5.decode(text, maxdepth=_MAX_DEPTH)
    except (ValueError, pyjson5.Json5Exception):
        raise NotUnderstood("it is not JSON") from None


class _Loader(yaml.CSafeLoader):
    """Values of YAML with unknown tags left out; merge keys are followed."""


def _plain_value(loader: _Loader, _suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _plain_value)
_Loader.add_multi_constructor("tag:", _plain_value)


def _yaml(text: str) -> object:
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                break
        else:
            documents = [*yaml.load_all(text, Loader=_Loader)]
            return documents[0] if len(documents) == 1 else {"": documents}
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return _yaml_1_2(text)
    raise NotUnderstood("it is nested too deep")


def _yaml_1_2(text: str) -> object:
    import yaml12  # noqa: PLC0415 - native code, only for what libyaml refuses

    try:
        return yaml12.parse_yaml(text)
    except (ValueError, TypeError):
        raise NotUnderstood("it is not YAML") from None


_GIT_SECTION = regex(r'\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*')
_GIT_KEY = regex(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?")


def _git(text: str) -> object:
    """Read git's configuration: https://git-scm.com/docs/git-config#_syntax."""
    document: dict[str, dict[str, object]] = {}
    section: dict[str, object] = {}
    for line in re.sub(r"\\\n", "", text).split("\n"):
        start = 0
        if header := _GIT_SECTION.match(line):
            name, _, old_subsection = header[1].lower().partition(".")
            subsection = old_subsection if header[2] is None else header[2]
            section = document.setdefault(name, {})
            if subsection:
                subsection_keys = section.setdefault(subsection, {})
                section = subsection_keys if isinstance(subsection_keys, dict) else {}
            start = header.end()
        # A comment begins with a sign that no key begins with.
        if pair := _GIT_KEY.match(line, start):
            value = re.sub(r"\s[#;][^\"]*$", "", (pair[2] or "true").strip())
            section[pair[1].lower()] = value.replace('\\"', '"').strip('"')
    return document


_DOCUMENTS = {
    FileForm.JSON: _json,
    FileForm.YAML: _yaml,
    FileForm.TOML: toml_text.parse,
    FileForm.GIT: _git,
}


def _dependencies(document: object) -> frozenset[str]:
    if not isinstance(document, dict):
        return frozenset()
    sections = (document.get(name) for name in _PACKAGE_NAMES)
    return frozenset(
        str(name) for section in sections if isinstance(section, dict) for name in section
    )


def _from_document(kind: LaunchKind, document: object) -> Iterator[Launch]:
    scripts = document.get("scripts") if isinstance(document, dict) else None
    count = 0
    for pattern in kind.values:
        for launch in _launches_at(pattern, document):
            count += 1
            if count > _MAX_LAUNCHES:
                return
            yield Launch(
                label=launch.label,
                command=launch.command[:_MAX_COMMAND],
                body=_bodies(launch.command, scripts),
            )
    for switch in kind.switches:
        yield from _switches(switch, document)


def _launches_at(pattern: str, document: object) -> Iterator[Launch]:
    if pattern.startswith("?"):
        if "tasks" in pattern:
            yield from _folder_tasks(pattern[1:], document)
        else:
            yield from _local_hooks(document)
        return
    is_list = pattern.endswith("[]")
    for path, node in select(document, pattern.removesuffix("[]")):
        nodes = node if is_list and isinstance(node, list) else [node]
        for element in nodes:
            for command in commands(element):
                yield Launch(label=".".join(path), command=command)


def _bodies(command: str, scripts: object) -> str:
    """Return the scripts of the same package.json that a command runs."""
    if not isinstance(scripts, Mapping):
        return ""
    bodies: list[str] = []
    for match in _SCRIPT_NAME.finditer(command):
        body = scripts.get(match[1] or match[2])
        bodies += [body] if isinstance(body, str) else filter(_is_text, items(body))
    return "\n".join(dict.fromkeys(bodies))[:_MAX_COMMAND]


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


# `npm run x`, and Composer's `@x`.
_SCRIPT_NAME = regex(
    r"\b(?:npm|pnpm|yarn|bun)\s+(?:run(?:-script)?\s+)?(?:-\S+\s+)*([\w:.-]+)|(?:^|\s)@([\w:-]+)"
)


def _switches(switch: Switch, document: object) -> Iterator[Launch]:
    patterns = re.compile(switch.value, re.DOTALL)
    for path, node in select(document, switch.key):
        for value in node if isinstance(node, list) else [node]:
            text = json.dumps(value) if isinstance(value, bool | int) else value
            if isinstance(text, str) and patterns.fullmatch(text):
                yield Launch(
                    label=".".join(path), command=text[:_MAX_COMMAND], effect=switch.effect
                )


def select(document: object, pattern: str) -> Iterator[_Node]:
    """Yield the keys and values that a pattern of keys means.

    Lists count as if they were not there. `*` is any key, `**` any number of them, `=x` a key
    that the pattern `x` matches.
    """
    parts: list[str] = []
    while pattern:
        # A pattern of a key may hold slashes: it goes on to the next one, or to the end.
        end = pattern.find("/=", 1) if pattern.startswith("=") else pattern.find("/")
        parts.append(pattern if end < 0 else pattern[:end])
        pattern = "" if end < 0 else pattern[end + 1 :]
    yield from _select(document, tuple(parts), (), [_MAX_NODES])


def _select(
    node: object, parts: tuple[str, ...], path: tuple[str, ...], budget: list[int]
) -> Iterator[_Node]:
    budget[0] -= 1
    if budget[0] < 0 or len(path) > _MAX_DEPTH:
        return
    if not parts:
        yield path, node
    elif isinstance(node, list):
        for element in node:
            # A list where others write names: each element is what a name would stand for.
            deeper = () if parts == ("*",) and isinstance(element, dict) else parts
            yield from _select(element, deeper, path, budget)
    elif parts[0] == "**":
        yield from _select(node, parts[1:], path, budget) if len(parts) > 1 else ()
        yield from _below(node, parts, path, budget)
    elif isinstance(node, dict):
        patterns = re.compile(parts[0][1:], re.IGNORECASE) if parts[0].startswith("=") else None
        for key, value in node.items():
            name = str(key)
            if parts[0] in ("*", name) or (patterns is not None and patterns.fullmatch(name)):
                yield from _select(value, parts[1:], (*path, name), budget)


def _below(
    node: object, parts: tuple[str, ...], path: tuple[str, ...], budget: list[int]
) -> Iterator[_Node]:
    """Yield what `**` finds deeper; at a pattern's end it stands for all texts."""
    if isinstance(node, dict):
        for key, value in node.items():
            name = str(key)
            is_text = isinstance(value, str) or _is_words(value)
            if len(parts) == 1 and is_text:
                yield (*path, name), value
            else:
                yield from _select(value, parts, (*path, name), budget)


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(element, str) for element in value)


_PROGRAM_FIELDS = (
    *(
        "command",
        "cmd",
        "program",
        "executable",
        "path",
        "run",
        "script",
        "exec",
        "bash",
        "powershell",
    ),
    *("entry", "shell", "task", "source", "stop", "start"),
)
_ADDRESS_FIELDS = ("url", "serverUrl", "httpUrl", "uri", "git_url")


def commands(node: object, depth: int = 0) -> Iterator[str]:
    """Yield the commands that a value is: text, a list of words, a program with its arguments."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, str):
        yield from [node] if node.strip() else []
    elif _is_words(node):
        yield from [" ".join(map(_word, node))] if isinstance(node, list) and node else []
    elif isinstance(node, list):
        for element in node:
            yield from commands(element, depth + 1)
    elif isinstance(node, dict):
        yield from _commands_of(node, depth)


def _commands_of(node: Mapping[str, object], depth: int) -> Iterator[str]:
    program = next((node[key] for key in _PROGRAM_FIELDS if key in node), None)
    address = next((node[key] for key in _ADDRESS_FIELDS if key in node), None)
    if program is not None:
        yield from _program(node, program, depth)
    elif isinstance(address, str):
        yield address
    else:
        for value in node.values():
            yield from commands(value, depth + 1)


def _program(node: Mapping[str, object], program: object, depth: int) -> Iterator[str]:
    arguments = node.get("args", node.get("arguments", node.get("commandArgs", [])))
    words = arguments if isinstance(arguments, list) else [arguments]
    environment = node.get("env", node.get("environment"))
    settings = [
        f"{key}={_word(value)}"
        for key, value in (environment.items() if isinstance(environment, dict) else ())
        if isinstance(value, str) and str(key).upper() in _LOADER_NAMES
    ]
    texts = [_word(word) for word in words if isinstance(word, str)]
    for command in commands(program, depth + 1):
        yield " ".join([*settings, command, *texts])


_LOADER_NAMES = frozenset(
    {
        "NODE_OPTIONS",
        "LD_PRELOAD",
        "BASH_ENV",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "DYLD_INSERT_LIBRARIES",
    }
)


def _word(text: str) -> str:
    """Return an argument as a shell takes it, except that what is one command stays readable."""
    return text if re.search(r"[|;&$`\n]", text) else shlex.quote(text)


def _folder_tasks(key: str, document: object) -> Iterator[Launch]:
    """Yield VS Code's tasks that start as the folder is opened.

    https://code.visualstudio.com/docs/debugtest/tasks#_run-behavior
    """
    for _, tasks in select(document, key):
        for task in tasks if isinstance(tasks, list) else [tasks]:
            if not isinstance(task, dict):
                continue
            run_on = mapping(task.get("runOptions")).get("runOn")
            if not isinstance(run_on, str) or run_on.lower() != "folderopen":
                continue
            variants = [task, *(task.get(system) for system in ("windows", "linux", "osx"))]
            texts = [text for variant in variants if variant for text in commands(variant)]
            label = str(task.get("label", task.get("taskName", "")))[:60]
            yield Launch(label=f"the task {label}".strip(), command="\n".join(texts) or "a task")


def _local_hooks(document: object) -> Iterator[Launch]:
    """Yield the hooks that no other repository brings: https://pre-commit.com/#repository-local-hooks."""
    for repository in items(mapping(document).get("repos")):
        if mapping(repository).get("repo") != "local":
            continue
        for hook in map(mapping, items(mapping(repository).get("hooks"))):
            entry = hook.get("entry")
            if isinstance(entry, str) and hook.get("language") not in ("fail", "pygrep"):
                words = [_word(word) for word in items(hook.get("args")) if isinstance(word, str)]
                label = f"the hook {str(hook.get('id', ''))[:60]}"
                yield Launch(label=label, command=" ".join([entry, *words]))


_FRONT_MATTER = regex(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_SHELL_LINE = regex(r"!`([^`\n]+)`")
_SHELL_BLOCK = regex(r"^```!\s*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _from_front_matter(kind: LaunchKind, text: str) -> Iterator[Launch]:
    body = text
    if header := _FRONT_MATTER.match(text):
        body = text[header.end() :]
        try:
            yield from _from_document(kind, _yaml(header[1]))
        except NotUnderstood:  # agents read more than YAML there; a hook they read as YAML only
            if re.search(r"hooks|mcp", header[1], re.IGNORECASE):
                raise
    for pattern in (_SHELL_LINE, _SHELL_BLOCK):
        for match in pattern.finditer(body):
            yield Launch(label="a shell line", command=match[1][:_MAX_COMMAND])


def _from_text(kind: LaunchKind, text: str) -> Iterator[Launch]:
    lines = (line for line in text.split("\n") if not line.lstrip().startswith(("#", "//", ";;")))
    plain = "\n".join(lines)
    for pattern in kind.values:
        for match in re.finditer(pattern, plain):
            yield Launch(label=match["key"], command=match["value"].strip()[:_MAX_COMMAND])


def _from_xml(kind: LaunchKind, text: str) -> Iterator[Launch]:
    patterns = [pattern.lower() for pattern in kind.values]
    watcher: list[str] = []
    for element in xml_text.elements(text):
        path = "/".join(element.path).lower()
        attributes = {
            key.rpartition(":")[2].lower(): value for key, value in element.attributes.items()
        }
        option = f"option[{attributes.get('name', '').lower()}]"
        if "taskoptions" in patterns:
            if element.name == "option" and attributes.get("name") in ("program", "arguments"):
                watcher.append(attributes.get("value", ""))
            elif element.name == "TaskOptions" and watcher:
                yield Launch(label="a watcher", command=" ".join(watcher)[:_MAX_COMMAND])
                watcher = []
            continue
        for pattern in patterns:
            place, _, attribute = pattern.partition("@")
            if path != place and not path.endswith(f"/{place}") and place != option:
                continue
            value = (
                attributes.get(attribute or "value", "")
                if attribute or place == option
                else element.text
            )
            if value.strip():
                yield Launch(label=element.name, command=value[:_MAX_COMMAND])


_COMMENT = regex(r"\s*(?:#(?!!\[)|//|/?\*|--|;|\"(?=[^\"]*$)|rem\b|::)", re.IGNORECASE)
# In programs: what starts another, evaluates a text, or loads one from the net. Method calls on a
# thing of the program's own, such as a regular expression's `exec`, are none.
_STARTS: Mapping[str, re.Pattern[str]] = {
    "python": regex(
        r"\bsubprocess\.\w+\(|\bos\.(?:system|popen|exec\w*|spawn\w*|startfile)\(|\bpty\.spawn\("
        r"|\bPopen\(|\bcheck_(?:call|output)\(|(?<![\w.])(?:exec|eval|execfile|__import__)\s*\("
        r"|\burlopen\(|\burlretrieve\(|\brequests\.(?:get|post)\(|\bhttpx\.(?:get|post)\("
        r"|\bctypes\.(?:CDLL|cdll)\b|\bcreate_subprocess_\w+\("
    ),
    "rust": regex(r"\bCommand::new\s*\(|\breqwest::|\bureq::|\bTcpStream::connect|\blibloading::"),
    "ruby": regex(
        r"(?<![\w.:@])(?:system|spawn|exec|eval|instance_eval|load)\b\s*[(\s]\s*[\"'#\[A-Z%]"
        r"|(?:^|=|\(|,)\s*`[^`]+`|%x[\[({|!]|\bIO\.popen\b|\bOpen3\b|\bKernel\.(?:system|exec"
        r"|spawn|`)"
        r"|\bURI\.open\b|\bNet::HTTP\b|\beval_gemfile\b"
    ),
    "javascript": regex(
        r"\bchild_process\b|(?<![\w.])(?:exec|spawn|execFile|fork)(?:Sync)?\s*\("
        r"|(?<![\w.])eval\s*\("
        r"|(?<![\w.])fetch\s*\(|\bhttps?\.(?:get|request)\("
    ),
    "": regex(
        r"\bvim\.fn\.(?:system|jobstart|termopen)\b|\bvim\.(?:system|loop\.spawn|uv\.spawn)\b"
        r"|\bio\.popen\b|\bos\.execute\b|(?<![\w.])(?:system|exec|eval|execute)\b\s*[(\[{'\"]"
        r"|(?<!\w)!(?:sh|bash|curl|wget|node|python)\b|\bautocmd\b.*!|\bshell_exec\b"
        r"|\bSystem\.cmd\b"
        r"|\bPort\.open\b|\bcallCommand\b|\breadProcess\b|\brun\(`|^\s*(?:shell|python|py)\s"
        r"|\bplatform\s+shell\b|\bcommand\s+script\b|\bqx[({/]|(?<![\w.:])source\("
    ),
}
# Programs that builds ask for a version, for files or for flags, without a file of the repository.
_QUERY = regex(
    r"(?:Command::new|subprocess\.\w+|check_\w+|os\.popen|system"
    r"|Popen)\s*\(\s*\[?\s*&?f?[\"'](?:git|rustc|cargo"
    r"|protoc|pkg-config|llvm-config\S*|cmake|brew|xcrun|uname|which|g?cc|clang|ldd|sw_vers"
    r"|rustfmt|npm|pnpm|yarn"
    r"|docker|pip|java|go|make|kubectl)(?:[\"' ]|$)|`git (?:ls-files|describe|rev-parse)[^`]*`"
    r"|\brenv/activate\.R\b"
    r"|Command::new\(\s*(?:rustc|&rustc|env|std::env|cargo|&cargo|PROTOC)\b"
)
_IMPORT = regex(r"(?:import|from|use|const|require)\b[^()]*;?")


def _from_lines(kind: LaunchKind, text: str, path: str) -> Iterator[Launch]:
    """Yield each command of a shell's file; of a program each line that starts another."""
    commands_text = re.sub(r"\\\n[ \t]*", " ", text) if kind.form is FileForm.SHELL else text
    starts = _STARTS.get(family(path) or _RUBY_NAMES.get(path.rpartition("/")[2], ""), _STARTS[""])
    for line in commands_text.split("\n"):
        command = line.strip()
        if not command or (_COMMENT.match(line) and not command.startswith('"')):
            continue
        is_start = starts.search(command) and not _QUERY.search(command)
        if kind.form is not FileForm.CODE or (is_start and not _IMPORT.fullmatch(command)):
            yield Launch(label="", command=command[:_MAX_COMMAND])


_RUBY_NAMES = {"gems.rb": "ruby", ".irbrc": "ruby", ".pryrc": "ruby", ".pnpmfile.cjs": "javascript"}
