"""The commits before a change, read from git objects that are at hand."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.git_tree import shown_path
from codeflow_action.integrations.repository import Repository

_MAX_COMMITS = 1_000
_SECONDS = 5.0  # of a fact that only puts files in order
_MAX_OUTPUT = 20_000_000  # bytes: a path takes about 50, and a commit names a dozen


@dataclass(frozen=True, kw_only=True)
class GitHistory:
    """Implements `History`: what leads to the commit `sha`."""

    repository: Repository
    sha: str

    async def churn(self, paths: Sequence[str]) -> Mapping[str, int] | None:
        """Ask git once, and for no object that lacks."""
        # At the end of a shallow clone a commit seems to add all of its files.
        if self.repository.is_shallow:
            return None
        try:
            output = await asyncio.to_thread(
                self.repository.git.run,
                *("log", f"--max-count={_MAX_COMMITS}", "--name-only", "--no-renames", "-z"),
                *("--format=", self.sha, "--"),
                timeout=_SECONDS,
                limit=_MAX_OUTPUT,
            )
        except RepositoryError:  # a partial clone, or one of millions of files
            return None
        counts = Counter(shown_path(raw) for raw in output.split(b"\0") if raw)
        return {path: counts[path] for path in paths}
