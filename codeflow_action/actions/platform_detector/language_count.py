"""The languages of a tree: which files count, which are read, and what is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from codeflow_action.actions.platform_detector.languages import (
    Counted,
    counted_files,
    language_shares,
    load_linguist,
    to_look_into,
)
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.platforms import LanguageShare
from codeflow_action.engine.ports import Content


@dataclass(frozen=True, kw_only=True)
class LanguageCount:
    """Sizes are in bytes by path. Where `reads_singly`, no file is read: names decide.

    There each file costs a request of its own.
    """

    sizes: Mapping[str, int]
    attributes: GitAttributes
    reads_singly: bool

    @cached_property
    def files(self) -> tuple[Counted, ...]:
        """The files that count, by their names."""
        return counted_files(self.sizes, self.attributes, load_linguist())

    @property
    def paths_to_read(self) -> tuple[str, ...]:
        """Paths of the files whose content decides most."""
        return () if self.reads_singly else to_look_into(self.files, load_linguist())

    def shares(self, contents: Mapping[str, Content]) -> tuple[LanguageShare, ...]:
        """Return the languages, the largest first."""
        return language_shares(self.files, contents, load_linguist())

    def note(self, paths: Sequence[str]) -> str:
        """Return what is not known, empty when everything is."""
        unknown = sum(path not in self.sizes for path in paths)
        # Links and submodules have no size, so a few unknown files are normal.
        if unknown <= max(5, len(paths) // 50):
            return ""
        return (
            f"languages are counted without {unknown:,} of {len(paths):,} files that are not here"
        )
