"""The two pages for agents, made from the code and the documents: SKILL.md and llms.txt.

`make tables` writes them, with all other generated texts. SKILL.md is a skill in the form that
agents read (https://agentskills.io/specification), llms.txt a list of pages (https://llmstxt.org).
"""

import argparse
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel

from codeflow_action.arguments import make_parser
from codeflow_action.config.pages import markdown_table
from codeflow_action.engine.commands import USAGES
from codeflow_action.engine.hand_off import (
    CONTRACT,
    HAND_OFF_FILE,
    HandOffFinding,
    UntrustedTexts,
    disagreement,
)

ROOT = Path(__file__).resolve().parents[1]
_MAX_NOTE = 160  # characters of a page's first sentence
_DESCRIPTION = (
    "Reviews a change of a git repository with CodeFlow before it is pushed, and answers the "
    "findings that CodeFlow has left on a pull request. Use it before you open or update a pull "
    f"request, and when a review names {HAND_OFF_FILE}, a finding's id, or `/codeflow`."
)
_SUMMARY = (
    "A GitHub Action that reviews pull requests: gates by code alone, a model's remarks with "
    "evidence, one comment that is edited in place. It also runs on a laptop."
)
# Which pages stand under which heading of llms.txt, by patterns below the root.
_PAGES: Mapping[str, tuple[str, ...]] = {
    "Use": ("README.md", "SKILL.md", "docs/agents.md", "docs/configuration.md", "docs/models.md"),
    "Docs": ("docs/*.md", "SECURITY.md"),
    "Actions": ("docs/actions/*.md",),
    "Gates": ("docs/actions/quality_gates/*.md",),
    "Optional": ("CONTRIBUTING.md", "docs/contributing/*.md", "CHANGELOG.md"),
}


def agent_pages() -> dict[Path, str]:
    """Return both pages as they should be. llms.txt reads the first sentences of all others."""
    skill = _skill()
    return {ROOT / "SKILL.md": skill, ROOT / "llms.txt": _llms({ROOT / "SKILL.md": skill})}


def _skill() -> str:
    steps = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(CONTRACT, 1))
    answer = disagreement("0123456789abcdef", "the list is never empty here, see `total`")
    replies = ((f"`/codeflow {usage}`", meaning) for usage, meaning in USAGES.values())
    return f"""---
name: codeflow
description: {_DESCRIPTION}
---

# CodeFlow

CodeFlow reviews changes: gates by code alone, and a model's remarks where a key is given. Every
finding has an id, which stays the same from push to push, and quotes the code that it speaks of.

## Before you push

```console
codeflow review --base main --format json >report.json
codeflow findings report.json
```

The first command reviews the work tree against `main`, and needs no key and no network. It ends
with 0 when nothing blocks, with 1 when a finding does, with 2 when a setting is wrong, and with 3
when a gate could not run. The second command prints the findings, a JSON value a line.

## The findings of a pull request

A run leaves the same lines in `{HAND_OFF_FILE}` beside its report, which the output
`findings_path` names, and folded at the end of its comment. The first line has this contract:

{steps}

Such an answer looks like this:

```
{answer}
```

## A finding's line

{_fields(HandOffFinding)}

Below `untrusted` are {_fields(UntrustedTexts)}. `codeflow schema hand-off` prints the schema.

## Commands

{markdown_table(("command", "what it does"), _commands())}

In a comment on a pull request, on its first line, for people who may:

{markdown_table(("command", "what it does"), replies)}

[docs/agents.md](docs/agents.md) says more, [docs/configuration.md](docs/configuration.md) what
`.github/codeflow.yml` can hold.
"""


def _fields(kind: type[BaseModel]) -> str:
    names = [f"`{name}`" for name in kind.model_fields if name != "kind"]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _commands() -> Iterable[tuple[str, str]]:
    """Yield the commands of the command line; those that only have a name have no help."""
    for group in make_parser()._subparsers._group_actions:  # type: ignore[union-attr] # noqa: SLF001 - argparse has no other way
        if isinstance(group, argparse._SubParsersAction):  # noqa: SLF001 - likewise
            for choice in group._choices_actions:  # noqa: SLF001 - likewise
                yield f"`codeflow {choice.dest}`", choice.help or ""


def _llms(new: Mapping[Path, str]) -> str:
    """Return the list of pages; `new` has the texts of those that are not written yet."""
    parts = [
        "# CodeFlow",
        f"> {_SUMMARY}",
    ]
    listed: set[Path] = set()
    for heading, patterns in _PAGES.items():
        rows = []
        for path in (path for pattern in patterns for path in sorted(ROOT.glob(pattern))):
            if path not in listed:
                listed.add(path)
                text = new.get(path) or path.read_text(encoding="utf-8")
                name = path.relative_to(ROOT).as_posix()
                rows.append(f"- [{_title(text)}]({name}): {_note(text)}")
        parts.append("\n".join((f"## {heading}", "", *rows)))
    return "\n\n".join(parts) + "\n"


def _title(text: str) -> str:
    match = re.search(r"^# (.+)$", text, re.MULTILINE)
    return match[1] if match else ""


def _note(text: str) -> str:
    """Return the first sentence of a page, without its links."""
    body = re.split(r"^# .+$", text, maxsplit=1, flags=re.MULTILINE)[-1]
    blocks = re.split(r"\n\s*\n", re.sub(r"<!--.*?-->", "\n", body))
    prose = (block for block in blocks if re.match(r"\s*[A-Za-z*`\[]", block))
    first = " ".join(next(prose, "").split())
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", first).replace("**", "")
    sentence = re.split(r"(?<=[a-z0-9`)])[.:](?=\s|$)", plain, maxsplit=1)[0]
    return sentence[:_MAX_NOTE]
