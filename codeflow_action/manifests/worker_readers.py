"""The readers as functions of a text and its path, for the process in which texts are parsed."""

from codeflow_action.manifests import Listing, Unreadable, format_of, read
from codeflow_action.manifests.sources import SourceList, read_sources


def read_listing(content: bytes, path: str) -> Listing | Unreadable:
    """Return what a manifest, a lock or a settings file says; empty for a file of no format."""
    file_format = format_of(path)
    return read(file_format, content) if file_format else Listing()


def read_source_list(content: bytes, path: str) -> SourceList:
    """Return what a file says of where things come from."""
    return read_sources(path, content)
