"""The values of this package: a launch, and the kind of file that it stands in."""

import re
from dataclasses import field
from enum import StrEnum
from functools import cache

from codeflow_action.engine.lazy import dataclass


class FileForm(StrEnum):
    """How a file is read."""

    JSON = "json"  # with comments, trailing commas and JSON5
    YAML = "yaml"
    TOML = "toml"
    XML = "xml"
    GIT = "git"  # git's own configuration: sections and keys
    FRONT_MATTER = "front_matter"  # YAML above Markdown, and shell lines in it
    LINES = "lines"  # what patterns find in the text
    SHELL = "shell"  # each line is a command
    CODE = "code"  # a program: the lines that start others count
    WHOLE = "whole"  # any change of it


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A setting that runs nothing itself, but opens the way; `value` is a pattern of its value."""

    key: str
    value: str
    effect: str  # ends a sentence that begins with "It"


@dataclass(frozen=True, kw_only=True)
class LaunchKind:
    """One row of the table: which files, which values in them run, who runs them and when.

    `values` are keys from the document's root, with `*` for any key and `**` for any number; lists
    count as if they were not there. A key that ends in `[]` holds a list of commands, else a list
    is one command with its arguments. In XML it is an element's name, with `@`
    before an attribute's; in texts it is a pattern whose groups are `key` and `value`.
    """

    name: str
    paths: str  # a pattern of the whole path
    form: FileForm
    runs: str  # ends a sentence that begins with "It runs"
    values: tuple[str, ...] = ()
    switches: tuple[Switch, ...] = ()
    # A file without any of these words holds no launch; an escape may hide one, so that it counts.
    words: tuple[str, ...] = ()
    is_contained: bool = False  # it runs in a container or a machine that was made for it
    # Where the file is a program of its own: a build, a configuration in code. Only what attacks
    # do is told of it, because starting programs is its purpose.
    is_program: bool = False
    is_milder: bool = False  # usual in good changes: a notice, where nothing else is wrong
    # The names of what is usual here, as a pattern of the whole command.
    usual: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of its paths."""
        return _compiled_paths(self.paths)


@cache  # `re` keeps no more than 512 for the whole process
def _compiled_paths(paths: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?(?:{paths})", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One thing that runs by itself. `label` is its key, in words for the reader.

    `effect` is empty but for a switch. `body` is more that it runs: the scripts of a package.json
    that it names.
    """

    label: str
    command: str
    effect: str = ""
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class LaunchListing:
    """What one file makes run; `dependencies` are names whose tools may be run."""

    launches: tuple[Launch, ...] = ()
    dependencies: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True)
class NoLaunches:
    """A file that cannot be read; `reason` continues a sentence."""

    reason: str
