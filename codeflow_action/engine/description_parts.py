"""Our section of a pull request's description: where it stands between its marks.

The rest of a description is its author's, and stays as it is, byte for byte. What stands between
marks was written by us, so nobody takes it for the author's words.
"""

import re
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass, regex

MAX_DESCRIPTION = 65_536  # characters that GitHub takes
_BEGIN = "<!-- codeflow:{name}:description -->"
_END = "<!-- /codeflow:{name}:description -->"
# Sections of any name. Names are bounded: this is searched for in what anybody may have written.
_ANY_SECTION = regex(
    r"(?:\r?\n)*<!-- codeflow:([^\s:]{1,100}):description -->"
    r"(?:(?!<!-- /?codeflow:[^\s:]{1,100}:description -->).)*"
    r"<!-- /codeflow:\1:description -->",
    re.DOTALL,
)


class MarkProblem(StrEnum):
    """Why there is no one place for our section."""

    UNPAIRED = "only one of CodeFlow's two marks is there, or they are the wrong way round"
    DOUBLED = "CodeFlow's marks are there more than once"


@dataclass(frozen=True, kw_only=True)
class DescriptionParts:
    """A description: what stands before our section, the section, what stands after it.

    `section` is None where there is none yet; `line_end` is what the description's lines end with.
    """

    before: str
    section: str | None
    after: str
    line_end: str

    def room(self, name: str) -> int:
        """Return how many characters the section may have between its marks."""
        frame = len(_BEGIN) + len(_END) + 2 * len(name) + 6 * len(self.line_end)
        return MAX_DESCRIPTION - len(self.before) - len(self.after) - frame

    def with_section(self, name: str, text: str) -> str:
        """Return the description with that text between the marks of that name."""
        lines = (_BEGIN.format(name=name), *text.split("\n"), _END.format(name=name))
        joint = ""
        if self.section is None and self.before:
            joint = self.line_end * (2 - min(2, _ending_count(self.before)))
        return f"{self.before}{joint}{self.line_end.join(lines)}{self.after}"

    def holds(self, text: str) -> bool:
        """True when the section says that text already."""
        return self.section is not None and _plain(self.section) == _plain(text)


def read_description(body: str, name: str) -> DescriptionParts | MarkProblem:
    """Return the parts of a description, or why nobody can tell where our section is."""
    begin, end = _BEGIN.format(name=name), _END.format(name=name)
    line_end = "\r\n" if "\r\n" in body else "\n"
    begin_count, end_count = body.count(begin), body.count(end)
    if not begin_count and not end_count:
        return DescriptionParts(before=body, section=None, after="", line_end=line_end)
    if begin_count > 1 or end_count > 1:
        return MarkProblem.DOUBLED
    before, _, rest = body.partition(begin)
    section, found_end, after = rest.partition(end)
    if not begin_count or not found_end:
        return MarkProblem.UNPAIRED
    return DescriptionParts(before=before, section=section, after=after, line_end=line_end)


def without_sections(body: str) -> str:
    """Return the author's own words: the description without any section of ours."""
    return _ANY_SECTION.sub("", body) if ":description -->" in body else body


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _ending_count(text: str) -> int:
    """Return how many line feeds the text ends with."""
    return len(text) - len(text.rstrip("\r\n")) - text[len(text.rstrip("\r\n")) :].count("\r")
