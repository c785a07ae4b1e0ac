"""Which of our findings were dismissed on a pull request, by people who may."""

from collections.abc import Mapping

from codeflow_action.engine.commands import CommandAccess, CommandName, RepositoryRole
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import EntryState, Ledger
from codeflow_action.engine.opinions import decisions, logins_to_ask, opinions
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.approval import read_role

# People, in one run. Each is a request, and a stranger can have any number of accounts.
_MAX_QUESTIONS = 5


@dataclass(frozen=True, kw_only=True)
class DismissalRules:
    """Who may dismiss: `access` is what the configuration says, `author` opened the pull request.

    `previous` is the ledger that the last run has left, if this one believes it.
    """

    access: CommandAccess
    author: str
    previous: Ledger | None = None

    def allows(self, login: str, role: RepositoryRole) -> bool:
        """True where somebody with that role may dismiss a finding here."""
        commands = self.access.commands(role, is_author=login.lower() == self.author.lower())
        return CommandName.DISMISS in commands

    @property
    def fixed_ids(self) -> frozenset[str]:
        """The ids of findings that an earlier run has told as fixed."""
        entries = self.previous.entries if self.previous else ()
        return frozenset(entry.fingerprint for entry in entries if entry.state is EntryState.FIXED)

    @property
    def remembered(self) -> Mapping[str, Dismissal]:
        """What people had dismissed when an earlier run looked, by the ids of findings.

        What was dismissed without a name is read anew: the repository's own file, and rules that
        are allowed.
        """
        entries = self.previous.entries if self.previous else ()
        return {
            entry.fingerprint: Dismissal(
                way=DismissalWay.EARLIER, login=entry.login, reason=entry.reason
            )
            for entry in entries
            if entry.state is EntryState.DISMISSED and entry.login
        }


async def read_dismissals(
    api: GitHubApi, repository: str, discussion: Discussion, rules: DismissalRules
) -> Mapping[str, Dismissal]:
    """Return the dismissals that hold, by the ids of findings; never raises.

    Whoever dismissed something that an earlier run has noted is not asked about again. What was
    noted holds where the discussion could not be read to its end; else what was taken back there
    is open again.
    """
    # A thread that was resolved because its finding was fixed dismisses nothing if it comes back.
    fixed_ids = rules.fixed_ids
    all_opinions = [
        opinion
        for opinion in opinions(discussion)
        if opinion.way is not DismissalWay.RESOLUTION or opinion.finding_id not in fixed_ids
    ]
    remembered = rules.remembered
    noted = {(finding_id, dismissal.login) for finding_id, dismissal in remembered.items()}
    new = [entry for entry in all_opinions if (entry.finding_id, entry.login) not in noted]
    permitted = set()
    for login in logins_to_ask(new)[:_MAX_QUESTIONS]:
        if rules.allows(login, await read_role(api, repository, login)):
            permitted.add(login)
    dismissals = decisions(
        all_opinions,
        lambda entry: entry.login in permitted or (entry.finding_id, entry.login) in noted,
    )
    return {**remembered, **dismissals} if discussion.is_cut else dismissals
