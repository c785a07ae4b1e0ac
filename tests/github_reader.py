"""What GitHub makes of a text that is posted, by its own parser and its published rules.

The parser is cmark-gfm with GitHub's extensions. What GitHub does after it to text outside code is
written down here from its documentation, and from nothing of ours: "Autolinked references and
URLs", "Basic writing and formatting syntax", "Linking a pull request to an issue", "Writing
mathematical expressions", "Creating diagrams" (docs.github.com).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import regex
from cmarkgfm.cmark import Options, markdown_to_html_with_extensions

_EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"]
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
_FOOTNOTES = Options.CMARK_OPT_FOOTNOTES
_INLINE = {"code", "em", "strong", "a", "sub", "br"}
_TAGS = _INLINE | {
    "p", "pre", "ul", "ol", "li", "blockquote", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {("a", "href"), ("ol", "start"), ("code", "class")}
_DRAWN = {"math", "geojson", "topojson", "stl"}
# Of Mermaid's grammar (mermaid.js.org/syntax) what only shows: nodes, edges, messages, and labels
# without a sign that means anything in it, in HTML or in Markdown.
_LABEL = r"(?!.*//)[\w .,:()/+'-]+"
_DIAGRAM = re.compile(
    rf"flowchart (?:LR|RL|TD|TB|BT)\n"
    rf"(?:    n\d+(?:\[\"{_LABEL}\"\]|\(\"{_LABEL}\"\)|\{{\"{_LABEL}\"\}})\n)+"
    rf"(?:    n\d+ (?:-->|-\.->|---)(?:\|\"{_LABEL}\"\|)? n\d+\n)+"
    rf"|sequenceDiagram\n(?:    participant n\d+ as {_LABEL}\n)+"
    rf"(?:    n\d+-?->>n\d+: {_LABEL}\n)+"
)
_GAP = "\ufffc"  # stands for code: what is on both sides of it does not join
_SEAM = "\ufffb"  # between two texts that do not join either
# After GitHub's parser, on text outside code.
_RULES = {
    "a mention or an address": regex.compile(r"@[\w-]"),
    "a reference": regex.compile(r"#\d|\bgh-\d|(?<=_)gh-\d", regex.IGNORECASE),
    "a commit": regex.compile(r"[\w/-]@[0-9a-f]{7}", regex.IGNORECASE),
    "an address": regex.compile(r"://|www\.|mailto:|xmpp:", regex.IGNORECASE),
    "an emoji": regex.compile(r":(?:[a-z][\w-]*|[+-]1|100|1234|8ball):", regex.IGNORECASE),
    "a formula": regex.compile(r"\$[^$\ufffb]*\$"),
    "an alert": regex.compile(r"\[!(?:note|tip|important|warning|caution)\]", regex.IGNORECASE),
}
_COMMAND = re.compile(r"[^\S\n]*/\w")
_LINES = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HIDDEN = regex.compile(
    r"(?![\n\t\u200b])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]"
)


def faults(
    body: str, *, markers: Iterable[str] = (), host: str = "https://github.com/"
) -> list[str]:
    """Return what in a posted body would do more than show text, code, emphasis and lists.

    `markers` are the comments that it may hold, each once; links may go to `host`.
    """
    found = [*_raw(body, tuple(markers))]
    pages = {_html(body, options) for options in (_OPTIONS, _OPTIONS | _FOOTNOTES)}
    for page in map(read, pages):
        found += page.strange
        found += [f"a link to {link}" for link in page.links if not link.startswith(host)]
        found += [f"a comment {one!r}" for one in page.comments if f"<!--{one}-->" not in markers]
        found += [f"a fence of {one}" for one in page.languages if one in _DRAWN]
        found += [f"a diagram {one!r}" for one in page.diagrams if not _DIAGRAM.fullmatch(one)]
        text = _SEAM.join((*page.nodes, *page.joined))
        found += [f"{what} in {text!r}" for what, rule in _RULES.items() if rule.search(text)]
    return sorted(set(found))


def shown(body: str) -> str:
    """Return all letters that a reader of the page sees, numbers of lists included."""
    return read(_html(body, _OPTIONS)).seen


def _raw(body: str, markers: tuple[str, ...]) -> Iterator[str]:
    """Yield what robots would obey that read the text of a comment by its lines."""
    for line in _LINES.split(body):
        if _COMMAND.match(line):
            yield f"a command in the line {line!r}"
    rest = body
    for marker in markers:
        before, found, after = rest.partition(marker)
        yield from () if found else (f"no {marker!r}",)
        rest = before + after
    outside = rest
    if "<!--" in outside:
        yield f"the start of a comment in {outside!r}"
    if hidden := _HIDDEN.search(body):
        yield f"U+{ord(hidden[0]):04X} {unicodedata.name(hidden[0], '')}"


def _html(body: str, options: int) -> str:
    return markdown_to_html_with_extensions(body, options=options, extensions=_EXTENSIONS)


def read(html: str) -> "Page":
    """Return what a browser would show of it."""
    page = Page()
    page.feed(html)
    page.close()
    page.end_block()
    return page


@dataclass
class Page(HTMLParser):
    """The rendered page: its text outside code by node and by block, and what is none of these."""

    nodes: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    diagrams: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    seen: str = ""
    _block: str = ""
    _code: int = 0
    _is_diagram: bool = False
    _number: int | None = None

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is not allowed, and where code and blocks begin."""
        if tag not in _TAGS:
            self.strange.append(f"a tag {tag}")
        given = dict(attrs)
        self.strange += [
            f"an attribute {tag} {name}" for name in given if (tag, name) not in _ATTRIBUTES
        ]
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in ("code", "pre"):
            self._code += 1
            language = (given.get("class") or "").removeprefix("language-").lower()
            self.languages.append(language)
            self._is_diagram = language == "mermaid"
            self.diagrams += [""] if self._is_diagram else []
        if tag == "ol":
            self._number = int(given.get("start") or 1)
        if tag == "ul":
            self._number = None
        if tag == "li" and self._number is not None:
            self.seen += str(self._number)
            self._number += 1
        if tag not in _INLINE:
            self.end_block()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without an inside."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Note where code and blocks end."""
        if tag in ("code", "pre"):
            self._code -= 1
            self._is_diagram = False
        if tag not in _INLINE:
            self.end_block()

    def handle_data(self, data: str) -> None:
        """Note text, by its node and in its block."""
        self.seen += data
        if self._is_diagram:
            self.diagrams[-1] += data
        if self._code:
            self._block += _GAP if data else ""
            return
        self.nodes.append(data)
        self._block += data

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        """Note a declaration."""
        self.strange.append(f"a declaration {decl}")

    def handle_pi(self, data: str) -> None:
        """Note a processing instruction."""
        self.strange.append(f"an instruction {data}")

    def unknown_decl(self, data: str) -> None:
        """Note a marked section."""
        self.strange.append(f"a section {data}")

    def end_block(self) -> None:
        """Close a block: text of two blocks does not join."""
        if self._block:
            self.joined.append(self._block)
        self._block = ""
