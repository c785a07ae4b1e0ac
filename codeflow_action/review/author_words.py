"""What the author of a change and the issues that it closes say of it."""

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.security.untrusted import without_comments


@dataclass(frozen=True, kw_only=True)
class WordLimits:
    """How much of it is shown: characters of the description and of an issue, and issues."""

    description: int
    issue: int
    issues: int


def author_words(
    pull_request: PullRequest, limits: WordLimits, title: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Return title and description, then the issues, each with a label for a model.

    HTML comments are left out. `title` is another than the pull request's, where one is given.
    """
    title = pull_request.title if title is None else title
    body = without_comments(pull_request.body)[: limits.description]
    description = f"{without_comments(title)}\n\n{body}".strip()
    texts = [("title and description by the author", description)] if description else []
    for issue in pull_request.issues[: limits.issues]:
        title, body = map(without_comments, (issue.title, issue.body))
        label = f"issue #{issue.number}, which this change is to close"
        texts.append((label, f"{title}\n\n{body[: limits.issue]}".strip()))
    return tuple(texts)
