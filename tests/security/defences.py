"""The defences, and the package without one of them: one line of it is read as another line.

Nothing is patched. The package is imported anew in a fork, and on the way in, the line is replaced.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import islice
from types import CodeType


@dataclass(frozen=True, kw_only=True)
class Defence:
    """A line that holds attacks back, and the line that would not."""

    name: str
    module: str
    line: str
    without: str


DEFENCES: tuple[Defence, ...] = tuple(
    Defence(name=name, module=f"codeflow_action.{module}", line=line, without=without)
    for name, module, line, without in (
        (
            "strangers' text is in an envelope",
            "security.untrusted",
            'return f"<<<{tag} {name}\\n{clean}\\n{tag}>>>"',
            'return f"{name}\\n{clean}"',
        ),
        (
            "comments of HTML reach no model",
            "security.untrusted",
            "if opening.start() >= start and (end >= 0 or begins_line):",
            "if False:",
        ),
        (
            "a comment without an end hides the rest",
            "security.untrusted",
            "if opening.start() >= start and (end >= 0 or begins_line):",
            "if opening.start() >= start and end >= 0:",
        ),
        (
            "definitions of links reach no model",
            "security.untrusted",
            'return _DEFINITION.sub("", "".join([*parts, text[start:]]))',
            'return "".join([*parts, text[start:]])',
        ),
        (
            "unseen characters are removed",
            "security.invisible",
            'return _BUT_LINES_AND_TABS.sub("", ',
            "return str(",
        ),
        (
            "prompts are searched for secrets",
            "ai.wrappers.prompt_redaction",
            "redact = self.redactor.redact",
            "redact = str",
        ),
        (
            "blocks of Markdown are written anew",
            "security.untrusted",
            'return "\\n\\n".join("\\n".join(block) for block in BlockReader().read(text))',
            "return text",
        ),
        (
            "lines of Markdown are written anew",
            "security.prose",
            'markdown = "".join(_write(token, in_table=in_table) for token in tokens)',
            "markdown = line",
        ),
        (
            "signs are escaped",
            "security.prose",
            'return _SIGNS.sub(lambda sign: entities.get(sign[0], f"\\\\{sign[0]}"), text)',
            "return text",
        ),
        (
            "words that act are code",
            "security.prose",
            "if acts or (is_like_code and",
            "if (is_like_code and",
        ),
        (
            "a line's first sign begins no block",
            "security.prose",
            'return f"{markdown[:place]}\\\\{markdown[place:]}"',
            "return markdown",
        ),
        (
            "no line of code is a command",
            "security.prose",
            "return BREAKS.sub(_BROKEN, text)",
            "return text",
        ),
        (
            "only known languages are named at a fence",
            "security.blocks",
            "if not _LANGUAGES.fullmatch(info):",
            "if False:",
        ),
        (
            "a fence is longer than any inside",
            "security.blocks",
            'fence = "`" * max(3, longest + 1)',
            'fence = "```"',
        ),
        (
            "a suggestion shows all that it applies",
            "security.untrusted",
            "if prose_lines(text) != text:",
            "if False:",
        ),
        (
            "a suggestion is no command",
            "security.untrusted",
            "if BREAKS.search(text):",
            "if False:",
        ),
        (
            "a line of the log is no command",
            "security.untrusted",
            'return _V2_COMMAND.sub(r"\\1: ", _V1_COMMAND.sub("# #", text))',
            "return text",
        ),
        (
            "JSON for the runner holds no command",
            "security.untrusted",
            'return _V1_COMMAND.sub(r"\\\\u0023#", text)',
            "return text",
        ),
        (
            "JSON for an agent holds nothing that acts",
            "security.untrusted",
            'return _ACTS_IN_JSON.sub(lambda sign: f"\\\\u{ord(sign[0]):04x}", text)',
            "return text",
        ),
        (
            "what keeps words apart for an agent can be seen",
            "security.untrusted",
            'return _LINE_BREAKS.sub(r"\\1\\\\", text).replace(BREAK, " ")',
            "return text",
        ),
        (
            "no line of code for an agent is a command",
            "security.untrusted",
            "return _with_visible_breaks(break_commands(code))",
            "return code",
        ),
        (
            "code for an agent hides nothing",
            "security.untrusted",
            "return escape_invisible(text, ",
            "return str(text) if text else str(",
        ),
        (
            "a name for an agent is no address",
            "security.untrusted",
            'return re.sub(r":(?=//)|\\](?=\\()", r"\\g<0> ", one_line(path(text), limit))',
            "return text",
        ),
        (
            "an agent is sent to our own pages alone",
            "integrations.hand_off_lines",
            'address = links.own_address(url) if is_ours else ""',
            "address = url",
        ),
        (
            "an agent is sent to pages of this repository alone",
            "integrations.hand_off_lines",
            'address = links.own_address(url) if is_ours else ""',
            "address = links.own_address(url)",
        ),
        (
            "an annotation is one line",
            "security.untrusted",
            'return clean.replace("%", "%25").replace("\\r", "%0D").replace("\\n", "%0A")',
            "return clean",
        ),
        (
            "nobody guesses where an output ends",
            "integrations.runner",
            'delimiter = f"codeflow_{secrets.token_hex(16)}"',
            'delimiter = "EOF"',
        ),
        (
            "a reply with the mark of the prompt is thrown away",
            "ai.wrappers.reply_guard",
            "if self._canary_search.holds_own_secret(text) or",
            "if False and",
        ),
        (
            "a reply with a secret of the job is thrown away",
            "ai.wrappers.reply_guard",
            "if self._redactor.holds_own_secret(text) or self._redactor.is_own_secret(pieces):",
            "if False:",
        ),
        (
            "secrets are looked for backwards too",
            "security.disguised",
            "for reading in (1, -1):",
            "for reading in (1,):",
        ),
        (
            "secrets are looked for in their encodings",
            "security.disguised",
            "for encoded, encoded_size in _encodings(value):",
            "for encoded, encoded_size in ():",
        ),
    )
)


# What only a whole run shows.
DEFENCES_OF_A_RUN: tuple[Defence, ...] = (
    Defence(
        name="guidelines are read where the change cannot write",
        module="codeflow_action.hosts.github_review",
        line="policy=venue.target.policy_trees.policy.tree,",
        without="policy=venue.target.head,",
    ),
    Defence(
        name="the configuration is read where the change cannot write",
        module="codeflow_action.run.configuration",
        line="else await _read_files(path, trees, ",
        without="else await _read_files(path, type(trees)(policy=type(trees.policy)("
        "branch=trees.policy.branch, tree=head), default=trees.default), ",
    ),
)
# What is imported anew. The domain imports nothing of what is changed here.
_CHANGES = (
    *("codeflow_action.actions", "codeflow_action.ai", "codeflow_action.config"),
    *("codeflow_action.integrations", "codeflow_action.run", "codeflow_action.security"),
    *("codeflow_action.entrypoint", "codeflow_action.hosts", "codeflow_action.tape"),
    *("codeflow_action.cli", "codeflow_action.demo", "codeflow_action.testing", "tests.entry"),
    *("codeflow_action.review.author_words", "tests.security.hostile_run"),
    *("tests.security.findings", "tests.security.reached"),
    "tests.security.test_text_that_leaves",
)


class _Changed(SourceFileLoader):
    """Reads one module with one line replaced."""

    defence: Defence

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed source: what is kept of the unchanged one is not looked at."""
        source = self.get_data(self.path).decode()
        line = self.defence.line
        if source.count(line) != 1:
            raise ValueError(f"{fullname} holds {source.count(line)} times {line!r}")
        return self.source_to_code(source.replace(line, self.defence.without).encode(), self.path)


class _Finder(MetaPathFinder):
    def __init__(self, defence: Defence) -> None:
        self._defence = defence

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: object = None
    ) -> ModuleSpec | None:
        if name != self._defence.module:
            return None
        spec = PathFinder.find_spec(name, path)
        loader = _Changed(name, spec.origin)
        loader.defence = self._defence
        spec.loader = loader
        return spec


def without(defence: Defence, check: str) -> list[str]:
    """Return what a check, `module:function`, finds wrong in a package that lacks the defence."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            for name in list(sys.modules):
                if name.startswith(_CHANGES):
                    del sys.modules[name]
            sys.meta_path.insert(0, _Finder(defence))
            module, _, function = check.partition(":")
            # The first is enough.
            wrong = list(islice(getattr(importlib.import_module(module), function)(), 1))
        except BaseException:  # noqa: BLE001 - a fork that lives on would run the tests again
            wrong = [f"broken: {traceback.format_exc()}"]
        with os.fdopen(writing, "w") as pipe:
            json.dump(wrong, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)
