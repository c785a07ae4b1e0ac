"""Single files that scripts, workflows and Dockerfiles fetch out of a repository or a gist."""

from collections.abc import Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_MAX_LINE = 4_000  # characters
# https://raw.githubusercontent.com/OWNER/NAME/[refs/heads/]REVISION/PATH
_RAW = regex(
    r"https?://raw\.(?:githubusercontent|github)\.com/([\w.-]{1,100})/([\w.-]{1,100})"
    r"/(?:refs/(?:heads|tags)/)?([\w.-]{1,100})/([\w./-]{1,300})"
)
# https://gist.githubusercontent.com/OWNER/ID/raw/[REVISION/]NAME: without it, the newest.
_GIST = regex(
    r"https?://gist\.github(?:usercontent)?\.com/([\w.-]{1,100})/([0-9a-f]{8,40})/raw"
    r"(?:/([0-9a-f]{40}))?(?:/([\w.-]{1,100}))?"
)


def read_fetched_files(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield such files by their names, with the revision that is asked for."""
    if "raw" not in text:
        return
    for number, raw_line in enumerate(text.split("\n"), start=1):
        line = raw_line[:_MAX_LINE]
        if "raw" not in line or line.lstrip().startswith(("#", "//")):
            continue
        for match in _RAW.finditer(line):
            owner, repository, revision, path = match.groups()
            yield _place(path, f"github.com/{owner}/{repository}", number, revision)
        for match in _GIST.finditer(line):
            owner, gist, revision, name = match.groups()
            yield _place(name or gist, f"gist.github.com/{owner}/{gist}", number, revision or "")


def _place(name: str, target: str, line: int, version: str) -> SourceStatement:
    return SourceStatement(
        ecosystem="files of repositories",
        role=SourceRole.PLACE,
        name=name,
        target=target,
        line=line,
        version=version,
    )
