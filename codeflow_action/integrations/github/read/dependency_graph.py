"""What GitHub's dependency graph says of a change."""

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from codeflow_action.engine.dependencies import (
    Advisory,
    ChangeKind,
    DependencyChange,
    Risk,
    Unavailable,
)
from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.review_traces import ReviewTrace, TraceKind
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.review_traces import read_review_traces

_MAX_SHOWN = 200  # characters of GitHub's own words


class _Vulnerability(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)

    severity: str = ""
    advisory_ghsa_id: str
    advisory_summary: str = ""


class _Change(BaseModel):
    """One entry (GitHub REST: dependency-graph/diff-range)."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    change_type: ChangeKind
    manifest: str
    ecosystem: str = ""
    name: str
    version: str | None = None
    license: str | None = None
    scope: str | None = None
    vulnerabilities: tuple[_Vulnerability, ...] = ()


_CHANGES = TypeAdapter(list[_Change])


@dataclass(frozen=True)
class GitHubForge:
    """Implements `Forge` with the dependency review API; the token needs `contents: read`.

    Private repositories have it with GitHub Code Security alone, and only where the dependency
    graph is on: 403 and 404 are answers, as is a GitHub that does not answer.
    """

    api: GitHubApi
    repository: str
    number: int | None = None  # of the pull request, if there is one
    own_review: str = ""  # the head that we have reviewed ourselves, as the sealed ledger says

    async def review_traces(self, head_sha: str) -> tuple[ReviewTrace, ...] | Unavailable | None:
        """Return what reviewers have left; what they said of an older head is among it."""
        if self.number is None:
            return None
        traces = await read_review_traces(self.api, self.repository, self.number, head_sha)
        if isinstance(traces, Unavailable) or not self.own_review:
            return traces
        own_trace = ReviewTrace(
            kind=TraceKind.REVIEW,
            login="codeflow",
            is_app=True,
            is_ours=True,
            commit=self.own_review,
        )
        return (*traces, own_trace)

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        """Return the changes in GitHub's order."""
        path = f"/repos/{self.repository}/dependency-graph/compare/{base_sha}...{head_sha}"
        try:
            changes = _CHANGES.validate_python(await self.api.get_pages(path))
        except GitHubError as error:
            return Unavailable(reason=_reason(error))
        except ValidationError:
            return Unavailable(reason="GitHub's answer has an unknown shape")
        return tuple(
            DependencyChange(
                kind=change.change_type,
                manifest=change.manifest,
                ecosystem=change.ecosystem,
                name=change.name,
                version=change.version or "",
                license=change.license or "",
                is_runtime=change.scope == "runtime",
                advisories=tuple(
                    Advisory(
                        id=vulnerability.advisory_ghsa_id,
                        # One that we do not know counts as the mildest that is shown at all.
                        risk=Risk(vulnerability.severity)
                        if vulnerability.severity in set(Risk)
                        else Risk.LOW,
                        summary=vulnerability.advisory_summary,
                    )
                    for vulnerability in change.vulnerabilities
                ),
            )
            for change in changes
        )


def _reason(error: GitHubError) -> str:
    """Return GitHub's words with what they mean here."""
    match error:
        case PermissionDenied():
            meaning = "the dependency graph or Code Security is off, or `contents: read` is missing"
        case NotFound():
            meaning = "GitHub has no dependency data for these commits"
        case _:
            meaning = ""
    return f"{meaning} ({str(error)[:_MAX_SHOWN]})" if meaning else str(error)[:_MAX_SHOWN]
