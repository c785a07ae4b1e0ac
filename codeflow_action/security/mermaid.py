"""Reads a small subset of Mermaid strictly, and writes it anew.

A diagram can do more than show: it may link, run a script, style the page and configure its own
renderer (https://mermaid.js.org/syntax/flowchart.html#interaction,
https://mermaid.js.org/config/directives.html). Nothing of a stranger's diagram is passed on: what
fits the subset becomes values, and all that comes out is written from them. What does not fit is no
diagram, as a whole: a part of one may say the opposite.

Subset: `flowchart LR` or `TD` with nodes `a[Words]`, `a(Words)` and `a{Words}`, edges `-->`, `-.->`
and `---`, each with `|words|` or none; `sequenceDiagram` with `participant a as Words` and messages
`a->>b: words` and `a-->>b: words`.
"""

import re
from collections.abc import Iterator
from dataclasses import field

from codeflow_action.engine.lazy import dataclass, regex

_MAX_TEXT = 6_000  # characters of a diagram that is read at all
_MAX_NODES = 30  # more are no picture any more
_MAX_EDGES = 40
_MAX_WORDS = 60  # characters of a label

_ID = r"[A-Za-z]\w{0,39}"
# No sign of Mermaid's or HTML's is among those of a label: no quote, backtick, bracket, `#`, `;`,
# `@`, `%`, `<`, `&`. Words are those of any language.
_WORDS = regex(rf"[\w .,:()/+'-]{{1,{_MAX_WORDS}}}")
_ADDRESS = regex(r"//|www\.", re.IGNORECASE)


def _node(side: str) -> str:
    """Return the pattern of a node, with its name and the words of its shape in groups."""
    inside = r"[^\[\]{}|\n]*"
    return (
        rf"(?P<{side}>{_ID})(?:\[(?P<{side}_box>{inside})\]|\((?P<{side}_round>{inside})\)"
        rf"|\{{(?P<{side}_choice>{inside})\}})?"
    )


_DIRECTION = regex(r"(?:flowchart|graph)\s+(LR|RL|TD|TB|BT)\s*;?")
_EDGE = regex(
    rf"{_node('start')}\s*(?P<line>-->|-\.->|---)\s*(?:\|(?P<words>[^|\n]*)\|\s*)?"
    rf"{_node('end')}\s*;?"
)
_LONE_NODE = regex(rf"{_node('start')}\s*;?")
_PARTICIPANT = regex(rf"(?:participant|actor)\s+({_ID})(?:\s+as\s+([^\n]+))?")
_MESSAGE = regex(rf"({_ID})\s*(->>|-->>)\s*({_ID})\s*:\s*([^\n]+)")
_SHAPES = {"box": ("[", "]"), "round": ("(", ")"), "choice": ("{", "}")}
# Mermaid ends a block of a sequence at this word: https://mermaid.js.org/syntax/sequenceDiagram.html
_ENDS_BLOCK = regex(r"\(end\)|\bend\b", re.IGNORECASE)


class _Unfit(Exception):
    """The text is not of the subset."""


@dataclass
class _Nodes:
    """Nodes by the names that the text gives them, each with its label and shape."""

    labels: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, name: str, words: str | None = None, shape: str = "box") -> None:
        """Keep a node; one that is named again keeps the label that it has."""
        if words is not None:
            self.labels[name] = (_checked(words), shape)
        else:
            self.labels.setdefault(name, (_checked(name), shape))
        if len(self.labels) > _MAX_NODES:
            raise _Unfit

    def id(self, name: str) -> str:
        """Return the id that we give the node: no word that Mermaid knows."""
        return f"n{list(self.labels).index(name) + 1}"


def rewrite(text: str) -> str:
    """Return the diagram written anew, empty where the text is not of the subset."""
    lines = [line.strip() for line in text[: _MAX_TEXT + 1].split("\n")]
    lines = [line for line in lines if line]
    if len(text) > _MAX_TEXT or not lines:
        return ""
    try:
        if lines[0] == "sequenceDiagram":
            written_lines = list(_sequence(lines[1:]))
        elif head := _DIRECTION.fullmatch(lines[0]):
            written_lines = list(_flowchart(head[1], lines[1:]))
        else:
            return ""
    except _Unfit:
        return ""
    return "\n".join(written_lines)


def _flowchart(direction: str, lines: list[str]) -> Iterator[str]:
    nodes, edges = _Nodes(), []
    for line in lines:
        if edge := _EDGE.fullmatch(line):
            for side in ("start", "end"):
                _add_node(nodes, edge, side)
            words = edge["words"]
            label = "" if words is None else f'|"{_checked(words)}"|'
            edges.append((edge["start"], f"{edge['line']}{label}", edge["end"]))
        elif node := _LONE_NODE.fullmatch(line):
            _add_node(nodes, node, "start")
        else:
            raise _Unfit
    if not edges or len(edges) > _MAX_EDGES:
        raise _Unfit
    yield f"flowchart {direction}"
    for name, (words, shape) in nodes.labels.items():
        bracket, end_bracket = _SHAPES[shape]
        yield f'    {nodes.id(name)}{bracket}"{words}"{end_bracket}'
    for start, arrow, end in edges:
        yield f"    {nodes.id(start)} {arrow} {nodes.id(end)}"


def _add_node(nodes: _Nodes, match: re.Match[str], side: str) -> None:
    shape = next((shape for shape in _SHAPES if match[f"{side}_{shape}"] is not None), None)
    if shape is None:
        nodes.add(match[side])
    else:
        nodes.add(match[side], match[f"{side}_{shape}"], shape)


def _sequence(lines: list[str]) -> Iterator[str]:
    nodes, messages = _Nodes(), []
    for line in lines:
        if message := _MESSAGE.fullmatch(line):
            nodes.add(message[1])
            nodes.add(message[3])
            messages.append((message[1], message[2], message[3], _checked(message[4])))
        elif participant := _PARTICIPANT.fullmatch(line):
            nodes.add(participant[1], participant[2])
        else:
            raise _Unfit
    if not messages or len(messages) > _MAX_EDGES:
        raise _Unfit
    yield "sequenceDiagram"
    for name, (words, _shape) in nodes.labels.items():
        yield f"    participant {nodes.id(name)} as {_ENDS_BLOCK.sub('(end)', words)}"
    for start, arrow, end, words in messages:
        yield f"    {nodes.id(start)}{arrow}{nodes.id(end)}: {_ENDS_BLOCK.sub('(end)', words)}"


def _checked(words: str) -> str:
    """Return a label's words, without quotes around them. Raises `_Unfit`."""
    label = words.strip()
    if len(label) > 1 and label[0] == label[-1] == '"':
        label = label[1:-1].strip()
    is_plain = _WORDS.fullmatch(label) and re.search(r"\w", label)
    if not is_plain or _ADDRESS.search(label):
        raise _Unfit
    return label
