"""Opens issues that actions have proposed: one for each key, whatever became of an earlier one."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import field
from itertools import count

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.errors import GitHubError, PermissionDenied
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import ActionProposal, Issue
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.render.layout import prose
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

MAX_ISSUES = 10  # by one run, whatever actions ask for: each is a notification to every watcher
_PAGE = 100
# Of the newest issues by our login. Beyond them GitHub's search is asked: it knows all of them, but
# a new one only after a while
# (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
_MAX_PAGES = 3
_MAX_LABEL = 50  # characters that GitHub takes
_MAX_CODE = 4_000  # characters of quoted code
_MAX_BODY = 30_000  # characters of the message


@dataclass(frozen=True, kw_only=True)
class IssueCreation:
    """Open each of the issues, unless there is one with its key already, open or closed."""

    issues: tuple[Issue, ...]
    links: Links
    left_out: int = 0  # how many more were asked for

    async def carry_out(self, desk: Desk) -> None:
        """Leave the issues' numbers at the desk, by their keys."""
        if self.left_out:
            desk.notes.append(f"{self.left_out} more issues were asked for than one run may open")
        creation = _Creation(desk=desk, links=self.links)
        try:
            await creation.look()
            for issue in self.issues:
                if issue.key not in desk.issue_numbers and desk.has_time("an issue"):
                    await creation.open(issue)
            await creation.close_doubles()
        except GitHubError as error:
            desk.note_refusal("the issues", error)


def plan_issues(
    proposals: Iterable[ActionProposal], links: Links, closed_keys: Collection[str] = ()
) -> Iterator[IssueCreation]:
    """Yield the creation of what is proposed, each key once.

    `closed_keys` are of findings that are settled by now: unasked, nobody needs an issue for them.
    """
    by_key = {
        action_proposal.proposal.key: action_proposal.proposal
        for action_proposal in proposals
        if isinstance(action_proposal.proposal, Issue)
        and not (
            action_proposal.proposal.only_if_open and action_proposal.proposal.key in closed_keys
        )
    }
    issues = tuple(by_key.values())
    if issues:
        left_out = len(issues[MAX_ISSUES:])
        yield IssueCreation(issues=issues[:MAX_ISSUES], links=links, left_out=left_out)


class _Account(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    login: str = ""


class _IssueAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    number: int
    html_url: str = ""
    body: str | None = ""
    state: str = "open"
    user: _Account | None = None
    pull_request: JsonValue = None


class _SearchAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    items: list[_IssueAnswer] = Field(default_factory=list)


@dataclass(kw_only=True)
class _Creation:
    """The issues of one run on their way. `is_cut` where not all of ours were looked at."""

    desk: Desk
    links: Links
    is_cut: bool = False
    new_keys: list[str] = field(default_factory=list)

    async def look(self) -> dict[str, list[_IssueAnswer]]:
        """Return our issues by their keys, oldest first, and leave their numbers at the desk."""
        by_key: dict[str, list[_IssueAnswer]] = {}
        path, login = f"{self.desk.repository_path}/issues", self.desk.conversation.login
        for page in count(1):
            # GitHub's search lags behind, a list does not: one by author needs no label to stay.
            answer = await self.desk.api.get(
                path, {"state": "all", "creator": login, "per_page": _PAGE, "page": page}
            )
            items = answer if isinstance(answer, list) else []
            for issue in (parse_as(_IssueAnswer, item) for item in items):
                if key := self._key(issue):
                    by_key.setdefault(key, []).insert(0, issue)
            if len(items) < _PAGE:
                break
            if page == _MAX_PAGES:
                self.is_cut = True
                break
        self.desk.issue_numbers |= {key: issues[0].number for key, issues in by_key.items()}
        return by_key

    def _key(self, issue: _IssueAnswer) -> str:
        """Return the key of an issue of ours, empty for others: anybody may paste our mark."""
        is_by_us = issue.user and issue.user.login.lower() == self.desk.conversation.login.lower()
        is_issue = issue.pull_request is None
        return self.desk.marks.read_issue(issue.body or "") if is_by_us and is_issue else ""

    async def open(self, issue: Issue) -> None:
        """Open one that the list does not have. Raises what GitHub says."""
        if self.is_cut and await self._is_known_to_search(issue.key):
            return
        try:
            await self._post(issue, issue.assignees)
        except PermissionDenied:
            raise
        except GitHubError as error:
            # GitHub takes nobody who is not a collaborator, and refuses the whole issue then.
            if error.status != 422 or not issue.assignees:
                raise
            names = ", ".join(map(untrusted.one_line, issue.assignees))
            self.desk.notes.append(f"an issue could not be assigned to {names}")
            await self._post(issue, ())

    async def _post(self, issue: Issue, assignees: tuple[str, ...]) -> None:
        body: dict[str, JsonValue] = {
            "title": untrusted.title(issue.title) or "A finding",
            "body": issue_body(issue, self.links, self.desk.marks),
            "labels": [*_labels(issue)],
        }
        if assignees:
            body["assignees"] = list(assignees)

        async def written_issue() -> _IssueAnswer | None:
            return next(iter((await self.look()).get(issue.key, ())), None)

        path = f"{self.desk.repository_path}/issues"
        answer = await self.desk.write_once("POST", path, body, written_issue)
        new = answer if isinstance(answer, _IssueAnswer) else parse_as(_IssueAnswer, answer)
        self.desk.issue_numbers[issue.key] = new.number
        self.new_keys.append(issue.key)
        self.desk.notices.append(f"issue #{new.number} was opened: {issue.title}")

    async def _is_known_to_search(self, key: str) -> bool:
        repository = self.desk.marks.repository
        answer = await self.desk.api.get(
            "/search/issues", {"q": f"repo:{repository} is:issue in:body {key}"}
        )
        issues = parse_as(_SearchAnswer, answer).items
        number = next((issue.number for issue in issues if self._key(issue) == key), None)
        if number is not None:
            self.desk.issue_numbers[key] = number
        return number is not None

    async def close_doubles(self) -> None:
        """Close what two runs have opened at the same time: of each key the oldest stays."""
        if not self.new_keys:
            return
        by_key = await self.look()
        for key in self.new_keys:
            for issue in by_key.get(key, [])[1:]:
                if issue.state == "open" and self.desk.has_time("a second issue"):
                    path = f"{self.desk.repository_path}/issues/{issue.number}"
                    body: dict[str, JsonValue] = {"state": "closed", "state_reason": "not_planned"}
                    # Closed twice is closed: whether an answer was lost makes no difference.
                    await self.desk.api.write("PATCH", path, body)


def issue_body(issue: Issue, links: Links, marks: Marks) -> str:
    """Return the text of an issue; its mark is the last line, by which later runs know it."""
    place = ""
    if issue.path:
        line = f":{issue.line}" if issue.line else ""
        name = untrusted.code_span(f"{untrusted.path(issue.path)}{line}", 300)
        address = links.blob(issue.commit, issue.path, issue.line, issue.end_line)
        place = f"In [{name}]({address})" if address else f"In {name}"
    code = untrusted.code_block(issue.code[:_MAX_CODE].rstrip("\n")) if issue.code.strip() else ""
    source = links.own_address(issue.url)
    # A reference, not an address: the pull request then shows the issue, too.
    origin = f"From pull request #{marks.number}"
    origin += f", where it was [said first]({source})." if source else "."
    small_print = untrusted.inline(issue.small_print)
    parts = (
        prose(issue.body, _MAX_BODY),
        place,
        code,
        origin,
        f"<sub>{small_print}</sub>" if small_print else "",
        # GitHub's search looks at what is shown: the key stands there, too.
        f"<sub>CodeFlow, {issue.key}</sub>",
        marks.issue(issue.key),
    )
    return "\n\n".join(part for part in parts if part)


def _labels(issue: Issue) -> Iterator[str]:
    for name in dict.fromkeys(map(untrusted.one_line, issue.labels)):
        if name and len(name) <= _MAX_LABEL:
            yield name
