"""Pull requests that are pushed to fifty times, with what was pushed to real ones.

`pushes.json` has the shapes of real files' histories, as `git log --follow` tells them: which line
is which, as numbers, 0 for a blank one, and none of their words. A push takes a file to another of
its versions: mostly the next one, now and then the one before (a revert), any (a force-push), one
below lines of a licence, or none at all.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from codeflow_action.engine.findings import Category, Evidence, Severity, identify
from codeflow_action.engine.ledger import EntryState, Ledger
from codeflow_action.engine.ledger_text import MAX_ENCODED, decode, encode
from codeflow_action.engine.life import Transitions, advance
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding
from codeflow_action.engine.sightings import FileText, find_again, origins_of
from codeflow_action.run.conclude import whole_findings
from tests.engine.test_values import finding

HISTORIES = json.loads((Path(__file__).parent / "pushes.json").read_text())
REVIEWED = ActionReport(
    name="pr_reviewer", status=ActionStatus.DONE, asks_models=True, reviews=True
)
LICENCE = [f"licence, line {number}" for number in range(40)]


@dataclass(frozen=True, kw_only=True)
class Version:
    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bug:
    """Lines that stand together, of which none stands twice in any version of its file."""

    category: Category
    code: tuple[str, ...]

    def place(self, version):
        """Return its first and last line, None where its lines do not stand there.

        Blank lines between them are no change.
        """
        numbers = [number for number, line in enumerate(version.lines, start=1) if line]
        lines = tuple(filter(None, version.lines))
        at = lines.index(self.code[0]) if self.code[0] in lines else 0
        size = len(self.code)
        return (numbers[at], numbers[at + size - 1]) if lines[at : at + size] == self.code else None


class File:
    """One file on its way through its history. `now` is None while it is not there."""

    def __init__(self, number, history, chance):
        self.chance = chance
        self.versions, lines = [], []
        for step in history["versions"]:
            for start, end, new in reversed(step["edits"]):
                lines[start:end] = new
            self.versions.append(
                Version(
                    path=f"src/{number}/name{step['name']}{history['suffix']}",
                    lines=tuple(f"{number}.{line} does this" if line else "" for line in lines),
                )
            )
        self.base = self.now = self.versions[0]
        self.at, self.texts = 0, {}
        self.bugs = self.plant()

    def plant(self):
        """Return bugs in lines that no version has twice, one kind for each of them."""
        bugs, taken = [], set()
        for category in Category:
            version = self.chance.choice(self.versions)
            start = self.chance.randrange(len(version.lines))
            code = version.lines[start : start + self.chance.randint(1, 3)]
            single = all(row.lines.count(line) < 2 for row in self.versions for line in code)
            if all(code) and single and taken.isdisjoint(code):
                taken |= {*code}
                bugs.append(Bug(category=category, code=code))
        return bugs

    def push(self):
        before = self.now
        last = len(self.versions) - 1
        match self.chance.choices(
            ["next", "back", "any", "licence", "gone", "same"], [8, 2, 1, 2, 1, 4]
        )[0]:
            case "next":
                self.at = min(last, self.at + 1)
            case "back":
                self.at = max(0, self.at - 1)
            case "any":
                self.at = self.chance.randrange(last + 1)
            case "licence":
                version = self.versions[self.at]
                self.now = Version(path=version.path, lines=(*LICENCE, *version.lines))
                return self.now != before
            case "gone":
                self.now = None
                return before is not None
            case "same":
                return False
        self.now = self.versions[self.at]
        return self.now != before

    def changed(self):
        if self.now is None:
            return ChangedFile(path=self.base.path, status=FileStatus.REMOVED)
        if self.now.path == self.base.path:
            return ChangedFile(path=self.now.path, status=FileStatus.MODIFIED)
        return ChangedFile(
            path=self.now.path, previous_path=self.base.path, status=FileStatus.RENAMED
        )

    def standing(self):
        """Return the bugs of this version with their first and last lines."""
        if self.now is None:
            return {}
        places = {bug: bug.place(self.now) for bug in self.bugs}
        return {bug: place for bug, place in places.items() if place}

    def text(self):
        """Return the file as a run looks at it; the same one each time, to be hashed once."""
        version = self.at, len(self.now.lines)
        if version not in self.texts:
            self.texts[version] = FileText(head=dict(enumerate(self.now.lines, start=1)))
        return self.texts[version]


def remark(chance, file, bug, place):
    """Return what a model says of a bug: never twice in the same words."""
    line, end = place
    return finding(
        category=bug.category,
        severity=chance.choice([Severity.ERROR, Severity.WARNING]),
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="pr_reviewer/find",
        path=file.now.path,
        line=line,
        end_line=end if end > line else None,
        code="\n".join(file.now.lines[line - 1 : end]),
        title=f"{bug.code[0]}: {chance.random()}",
    )


class Life:
    """A pull request, what a run remembers of it, and what it has said."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        histories = self.chance.sample(HISTORIES, 3)
        self.files = [File(at, row, self.chance) for at, row in enumerate(histories)]
        self.ledger: Ledger | None = None
        self.ids: dict[Bug, str] = {}
        self.fixed: set[Bug] = set()
        self.round = 0

    def memory(self):
        """Return what `run/recollection.py` would, with the files at hand."""
        entries = self.ledger.entries if self.ledger else ()
        wanted = [entry for entry in entries if entry.state is not EntryState.FIXED]
        texts = {file.now.path: file.text() for file in self.files if file.now}
        origins = origins_of([file.changed() for file in self.files], entries, texts)
        search = find_again(wanted, texts, origins)
        return Memory(
            ledger=self.ledger,
            sightings=search.sightings,
            gone_ids=search.gone_ids,
            origins=origins,
        )

    def report(self, memory, read):
        """Return the report of a round in which a model has read these files and found all."""
        remarks = [
            remark(self.chance, file, bug, place)
            for file in read
            if file.now
            for bug, place in file.standing().items()
        ]
        paths = {file.now.path for file in read if file.now}
        receipt = Receipt.of(
            [FileReceipt(path=path, changed=1, reviewed=1) for path in sorted(paths)]
        ).model_copy(
            update={"revisited": tuple(s.fingerprint for s in memory.sightings if s.path in paths)}
        )
        by_id = whole_findings(identify(remarks, memory.origins), memory, receipt)
        return Report(
            version="1",
            name="codeflow",
            repository="o/r",
            number=1,
            base_sha="0" * 40,
            merge_base_sha="2" * 40,
            head_sha=f"{self.round:040x}",
            digest="d",
            receipt=receipt,
            findings=tuple(
                ReportedFinding(id=name, finding=row, blocking=False) for name, row in by_id.items()
            ),
            actions=(REVIEWED,),
        )

    def push(self):
        """Let the author push, review it, and hold what is remembered against what is there."""
        self.round += 1
        read = [file for file in self.files if file.push() or self.round == 1]
        memory = self.memory()
        report = self.report(memory, read)
        following = advance(memory, report)
        new = {entry.fingerprint for entry in following.transitions.new}
        self.check(following, new)
        text = encode(following.ledger.with_threads(dict.fromkeys(new, 1)))
        assert len(text) <= MAX_ENCODED
        self.ledger = decode(text)
        self.replay(report)

    def check(self, following, new):
        """Hold each bug's state against its code."""
        entries = {entry.fingerprint: entry for entry in following.ledger.entries}
        changes = {
            name: {entry.fingerprint for entry in getattr(following.transitions, name)}
            for name in ("reopened", "fixed")
        }
        for file in self.files:
            standing = file.standing()
            for bug in file.bugs:
                if bug in standing and bug not in self.ids:
                    (self.ids[bug],) = (
                        name for name in new if entries[name].title.startswith(f"{bug.code[0]}:")
                    )
                elif bug in self.ids:
                    assert self.ids[bug] not in new
                else:
                    continue
                name, is_back = self.ids[bug], bug in standing and bug in self.fixed
                is_gone = bug not in standing and bug not in self.fixed
                assert (name in changes["reopened"], name in changes["fixed"]) == (is_back, is_gone)
                state = EntryState.OPEN if bug in standing else EntryState.FIXED
                assert entries[name].state is state
                if bug in standing:
                    self.fixed.discard(bug)
                    place = entries[name].path, entries[name].line, entries[name].last_line
                    assert place == (file.now.path, *standing[bug])
                else:
                    self.fixed.add(bug)
        assert entries.keys() == {*self.ids.values()}

    def replay(self, report):
        """An event that comes twice changes nothing."""
        assert self.ledger.comments == len(self.ids)
        again = advance(self.memory(), report)
        assert again.ledger == self.ledger
        assert again.transitions == Transitions(carried=again.transitions.carried)


def lives(seeds):
    """Return how many findings were made and came back in lives with these seeds."""
    made = 0
    for seed in seeds:
        life = Life(seed)
        for _ in range(50):
            life.push()
        made += len(life.ids)
    return made


def test_through_fifty_pushes_each_finding_is_said_once_and_is_fixed_when_its_code_is_gone():
    assert lives(range(20)) > 100


@pytest.mark.soak
def test_through_five_hundred_other_lives_too():
    assert lives(range(20, 520)) > 2_500
