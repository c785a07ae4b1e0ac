"""The hidden marks in what we post, by which a later run knows it again.

Every workflow of a repository writes as the same `github-actions[bot]`
(https://docs.github.com/actions/concepts/security/github_token), so authorship alone does not tell
our words from another workflow's. Marks are sealed with a key that is made of the models' keys, and
bound to repository, pull request and the run's name: one that was copied from elsewhere does not
hold. A run without such a key believes no ledger, and seals none.
"""

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.ledger_text import MAX_ENCODED, LedgerFlaw, decode, encode
from codeflow_action.security.seal import Seal

PURPOSE = "marks on GitHub"  # of the seal's key
_FINDING_START = "<!-- codeflow:{name}:finding:"
_ISSUE_START = "<!-- codeflow:{name}:issue:"
# Without a seal: a copy in another comment of ours would only keep us from answering twice.
_REPLY_START = "<!-- codeflow:{name}:reply:"
# Both patterns are bounded: they are searched for in what anybody may have written.
_LEDGER = regex(rf"([A-Za-z0-9+/=]{{1,{MAX_ENCODED}}}) ([0-9a-f]{{64}}) -->")
_FINDING = regex(r"([0-9a-f]{16})(?: ([0-9a-f]{64}))? -->\s*\Z")


@dataclass(frozen=True, kw_only=True)
class FindingMark:
    """What the end of a review comment says: whose comment it is, and for which finding."""

    finding: str
    seal: str = ""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Writes and reads the marks of one pull request under one of the runs' names."""

    repository: str
    number: int
    name: str
    seal: Seal

    def ledger_line(self, ledger: Ledger | None, before: str = "") -> str:
        """Return the first line of the comment.

        A run that cannot seal, or has no ledger of its own, leaves what another has sealed in the
        comment `before` as it is.
        """
        start = sticky_start(self.name)
        if ledger is None or not self.seal.is_secret:
            parts = _ledger_mark(before, self.name)
            return f"{start}{' '.join((*parts, '-->'))}"
        payload = encode(ledger)
        return f"{start}{payload} {self.seal.mark(*self._subject, 'ledger', payload)} -->"

    def read_ledger(self, body: str) -> Ledger | None:
        """Return the ledger in the comment's first line.

        None when it is missing or damaged, was not sealed by us, or for another pull request.
        """
        ledger = self._ledger(body)
        return ledger if isinstance(ledger, Ledger) else None

    def ledger_flaw(self, body: str) -> LedgerFlaw | None:
        """Return why the ledger in the comment is not believed; None where there is no other."""
        flaw = self._ledger(body)
        return flaw if isinstance(flaw, LedgerFlaw) else None

    def _ledger(self, body: str) -> Ledger | LedgerFlaw | None:
        first = body.partition("\n")[0].rstrip("\r")
        # A run without a key seals none, and leaves a line without any.
        if not self.seal.is_secret or first in ("", f"{sticky_start(self.name)}-->"):
            return None
        parts = _ledger_mark(body, self.name)
        if not parts:
            return LedgerFlaw.DAMAGED
        payload, seal = parts
        if not self.seal.holds(seal, *self._subject, "ledger", payload):
            return LedgerFlaw.FOREIGN
        return decode(payload)

    def unproven_ledger(self, body: str) -> Ledger | None:
        """Return the ledger that the comment claims, whoever has written it.

        Good for counting, and for nothing that a run does.
        """
        parts = _ledger_mark(body, self.name)
        ledger = decode(parts[0]) if parts else None
        return ledger if isinstance(ledger, Ledger) else None

    def claims_a_model(self, body: str) -> bool:
        """True when the comment says that a model was asked here, sealed by us or not.

        Good for one thing: to say more of what was not done now. A forged claim shows nothing else.
        """
        ledger = self.unproven_ledger(body)
        return ledger is not None and ledger.tokens > 0

    def finding(self, finding: str, path: str) -> str:
        """Return the mark of a review comment on that file."""
        # The path is sealed, too: a mark that was copied to another file does not hold there.
        seal = self.seal.mark(*self._subject, "finding", finding, path)
        text = f"{finding} {seal}" if self.seal.is_secret else finding
        return f"{_FINDING_START.format(name=self.name)}{text} -->"

    def is_ours(self, mark: FindingMark, path: str) -> bool:
        """True when the mark on that file can be ours: where we have a key, it must be sealed."""
        parts = (*self._subject, "finding", mark.finding, path)
        return not self.seal.is_secret or self.seal.holds(mark.seal, *parts)

    def issue(self, key: str) -> str:
        """Return the mark of an issue; it holds in the whole repository."""
        seal = f" {self.seal.mark(*self._issue_subject, key)}" if self.seal.is_secret else ""
        return f"{_ISSUE_START.format(name=self.name)}{key}{seal} -->"

    def read_issue(self, body: str) -> str:
        """Return the key at the end of an issue of ours, empty where there is none that holds.

        Without a key of our own any mark will do: at worst an issue is not opened that another
        workflow of this repository says is there.
        """
        mark = _read_mark(body, _ISSUE_START.format(name=self.name))
        is_ours = mark and (
            not self.seal.is_secret
            or self.seal.holds(mark.seal, *self._issue_subject, mark.finding)
        )
        return mark.finding if mark and is_ours else ""

    @property
    def _issue_subject(self) -> tuple[str, ...]:
        return self.repository.lower(), self.name, "issue"

    def reply(self, comment_id: int) -> str:
        """Return the mark of the answer to a command: it says which comment it answers."""
        return f"{_REPLY_START.format(name=self.name)}{comment_id} -->"

    def check_run(self, head_sha: str, outcome: str) -> str:
        """Return the `external_id` of the check run with that outcome: 64 hex digits."""
        return self.seal.mark(*self._subject, "check run", head_sha, outcome)

    @property
    def _subject(self) -> tuple[str, ...]:
        """What every seal is bound to; GitHub takes no notice of a repository's case."""
        return self.repository.lower(), str(self.number), self.name


def sticky_start(name: str) -> str:
    """Return how the sticky comment of that name begins."""
    return f"<!-- codeflow:{name}:v1 "


def read_finding(body: str, name: str) -> FindingMark | None:
    """Return the mark at a review comment's end, None without one of that name."""
    return _read_mark(body, _FINDING_START.format(name=name))


def _read_mark(body: str, start: str) -> FindingMark | None:
    # The last one counts: what stands before it may quote another comment, with its mark.
    _, separator, rest = body.rpartition(start)
    match = _FINDING.fullmatch(rest) if separator else None
    return FindingMark(finding=match[1], seal=match[2] or "") if match else None


def _ledger_mark(body: str, name: str) -> tuple[str, ...]:
    """Return payload and seal of a comment's first line, nothing where they have another form."""
    first = body.partition("\n")[0].rstrip("\r")
    start = sticky_start(name)
    match = _LEDGER.fullmatch(first, len(start)) if first.startswith(start) else None
    return match.groups() if match else ()
