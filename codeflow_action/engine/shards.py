"""A large change in shards: which files each of them reviews, and with how much of the budget.

The plan is made once and passed on as a file, so whoever reads one holds it against the change
(`ShardPlan.flaw`) before anything in it counts.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, groupby
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.diff import Hunk
from codeflow_action.engine.pull_request import ChangedFile, PullRequest

# A matrix may have 256 jobs (https://docs.github.com/en/actions/reference/limits), but each posts
# an artifact, and a job on a hosted runner takes half a minute before it begins.
MAX_SHARDS = 64
_LINE_TOKENS = 6  # of a line of the diff beside its text: mark, number, line feed
_HUNK_TOKENS = 120  # of what is shown around a hunk
_CHARACTERS_PER_TOKEN = 4


# It becomes an argument of git's, so it must be nothing but a commit's name.
type Sha = Annotated[str, Field(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")]


class ShardFile(BaseModel):
    """A changed file, or the stretch of its diff that one shard reviews.

    `lines` are the first and the last one of the diff's lines, counted from 1 through all hunks;
    None for all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    lines: tuple[int, int] | None = None

    def narrow(self, file: ChangedFile) -> ChangedFile:
        """Return the changed file with the hunks of this stretch alone."""
        if self.lines is None:
            return file
        first, last = self.lines
        hunks: list[Hunk] = []
        start = 1
        for hunk in file.hunks:
            end = start + len(hunk.lines)
            if first < end and start <= last:
                hunks.append(
                    _cut(hunk, max(0, first - start), min(len(hunk.lines), last - start + 1))
                )
            start = end
        return replace(file, hunks=tuple(hunks))


class Shard(BaseModel):
    """One part of the change. `weight` are the tokens that its diff is guessed to take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[ShardFile, ...]
    weight: int = Field(ge=0)
    max_tokens: int = Field(ge=0)
    max_cost_usd: float = Field(ge=0, allow_inf_nan=False)

    def narrow(self, files: Mapping[str, ChangedFile]) -> tuple[ChangedFile, ...]:
        """Return what of the changed files, by path, is in this shard."""
        return tuple(shard_file.narrow(files[shard_file.path]) for shard_file in self.files)


class ShardPlan(BaseModel):
    """All shards of one head. `configuration` is the digest of what their answers depend on.

    `unchanged` says that models have read all of this before, so that none is asked again;
    `approved` that somebody with write access has asked for a review of this head, which counts
    where the plan's file is sealed. `ledger` is our comment's first line, which counts likewise;
    it is empty where all of the change is read anew.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    name: str
    repository: str
    number: int | None
    base_sha: Sha
    merge_base_sha: Sha
    head_sha: Sha
    configuration: str
    unchanged: bool = False
    approved: bool = False
    ledger: str = ""
    shards: tuple[Shard, ...] = Field(min_length=1, max_length=MAX_SHARDS)

    @property
    def digest(self) -> str:
        """32 hex digits that no other plan has; each shard's report repeats them."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]

    @property
    def labels(self) -> tuple[str, ...]:
        """The shards as the input `shard` names them, such as `2/5`."""
        count = len(self.shards)
        return tuple(f"{number}/{count}" for number in range(1, count + 1))

    def flaw(self, pull_request: PullRequest, name: str, budget: "ShardBudget") -> str:
        """Return why this is no plan for that change, empty when it is one.

        Every line of the change has to be in exactly one shard, so that a plan which somebody has
        forged can neither hide code nor have it paid for twice; and all together may not spend more
        than the `budget`.
        """
        own = (
            ("name", self.name, name),
            ("repository", self.repository, pull_request.repository),
            ("pull request", self.number, pull_request.number),
            ("head", self.head_sha, pull_request.head_sha),
            ("base", self.base_sha, pull_request.base_sha),
            ("merge base", self.merge_base_sha, pull_request.merge_base_sha),
        )
        for label, value, expected in own:
            if value != expected:
                return f"it is about another {label}"
        if flaw := _flaw_of_files(self.shards, pull_request.files_by_path):
            return flaw
        if sum(shard.max_tokens for shard in self.shards) > budget.max_tokens:
            return "its shards may use more tokens than the configuration allows"
        # The sum of a plan's shares is exact to a millionth of a dollar.
        cost = round(sum(shard.max_cost_usd for shard in self.shards), 6)
        is_dear = cost > budget.max_cost_usd
        return "its shards may cost more than the configuration allows" if is_dear else ""


class ShardBudget(NamedTuple):
    """What all shards together may use."""

    max_tokens: int
    max_cost_usd: float


def divide(
    files: Sequence[ChangedFile], readable: frozenset[str], count: int, budget: ShardBudget
) -> tuple[Shard, ...]:
    """Return at most `count` shards of about as much to read each, their files in the given order.

    Files stay whole, unless one has more to read than a shard's share. `readable` are the paths of
    those that a model is to read; others go along and weigh nothing. The shares of the budget never
    exceed it.
    """
    weights = [_line_weights(file) if file.path in readable else [] for file in files]
    total = sum(map(sum, weights))
    share = max(1, -(-total // count))
    stretches: list[tuple[ShardFile, int]] = []
    for file, line_weights in zip(files, weights, strict=True):
        stretches += _stretches(file.path, line_weights, share)
    groups = _groups([weight for _, weight in stretches], count)
    shards: list[Shard] = []
    for start, end in groups:
        weight = sum(weight for _, weight in stretches[start:end])
        part = weight / total if total else 1 / len(groups)
        shards.append(
            Shard(
                files=tuple(_joined(shard_file for shard_file, _ in stretches[start:end])),
                weight=weight,
                max_tokens=int(budget.max_tokens * part),
                # Rounded down: the sum of the shares is never more than the whole.
                max_cost_usd=int(max(0.0, budget.max_cost_usd) * part * 1e6) / 1e6,
            )
        )
    return tuple(shards)


def _flaw_of_files(shards: Sequence[Shard], files: Mapping[str, ChangedFile]) -> str:
    stretches: dict[str, list[tuple[int, int]]] = {path: [] for path in files}
    for shard in shards:
        if len({shard_file.path for shard_file in shard.files}) < len(shard.files):
            return "it names a file twice in one shard"
        for shard_file in shard.files:
            if shard_file.path not in files:
                return "it names a file that this change does not touch"
            stretch = shard_file.lines or (1, _line_count(files[shard_file.path]))
            stretches[shard_file.path].append(stretch)
    is_whole = all(
        _is_covered(_line_count(file), sorted(stretches[path])) for path, file in files.items()
    )
    return "" if is_whole else "a changed line is in none of its shards, or in two"


def _line_weights(file: ChangedFile) -> list[int]:
    """Return about how many tokens each line of the diff takes, what is shown around it shared."""
    return [
        _LINE_TOKENS + len(line.text) // _CHARACTERS_PER_TOKEN + _HUNK_TOKENS // len(hunk.lines)
        for hunk in file.hunks
        for line in hunk.lines
    ]


def _stretches(
    path: str, line_weights: Sequence[int], share: int
) -> Iterator[tuple[ShardFile, int]]:
    """Yield the file with its weight, in stretches of at most about a share where it has more."""
    weight = sum(line_weights)
    count = min(-(-weight // share), len(line_weights), MAX_SHARDS)
    if count <= 1:
        yield ShardFile(path=path), weight
        return
    ends = list(accumulate(line_weights))
    first = 1
    for number in range(1, count + 1):
        # Through the last line that keeps the stretch within its share, but one line at least.
        limit = weight * number // count
        within = sum(end <= limit for end in ends) if number < count else len(ends)
        last = min(len(ends), max(first, within))
        if first <= last:
            stretch = sum(line_weights[first - 1 : last])
            yield ShardFile(path=path, lines=(first, last)), stretch
        first = last + 1


def _joined(files: Iterable[ShardFile]) -> Iterator[ShardFile]:
    """Yield the files, stretches of the same one that follow each other as one stretch."""
    for path, group in groupby(files, key=lambda shard_file: shard_file.path):
        lines = [line for shard_file in group for line in shard_file.lines or ()]
        yield ShardFile(path=path, lines=(lines[0], lines[-1]) if lines else None)


def _groups(weights: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Return at most `count` runs of neighbours, so that the heaviest is as light as can be.

    Neighbours stay together because a model reads files of one folder best side by side.
    """
    low, high = max(weights, default=0), sum(weights)
    while low < high:
        middle = (low + high) // 2
        if len(_runs_within(weights, middle)) <= count:
            high = middle
        else:
            low = middle + 1
    return _runs_within(weights, low)


def _runs_within(weights: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Return the fewest runs of neighbours that weigh at most `limit` each."""
    starts, load = [0], 0
    for index, weight in enumerate(weights):
        if load + weight > limit and index > starts[-1]:
            starts.append(index)
            load = 0
        load += weight
    return list(zip(starts, [*starts[1:], len(weights)], strict=True))


def _line_count(file: ChangedFile) -> int:
    return sum(len(hunk.lines) for hunk in file.hunks)


def _is_covered(count: int, stretches: Sequence[tuple[int, int]]) -> bool:
    """True when the stretches, in order, hold each line from 1 to `count` once."""
    if count == 0:
        return len(stretches) == 1
    after = 1
    for first, last in stretches:
        if first != after or last < first:
            return False
        after = last + 1
    return after == count + 1


def _cut(hunk: Hunk, start: int, end: int) -> Hunk:
    """Return the hunk's lines from index `start` to before `end`, as a hunk of its own."""
    lines = hunk.lines[start:end]
    before = hunk.lines[:start]
    # A side without lines begins at the line before it, as in git's own headers.
    old = hunk.old_start + (hunk.old_count == 0) + sum(line.old is not None for line in before)
    new = hunk.new_start + (hunk.new_count == 0) + sum(line.new is not None for line in before)
    old_count = sum(line.old is not None for line in lines)
    new_count = sum(line.new is not None for line in lines)
    return Hunk(
        old - (old_count == 0), old_count, new - (new_count == 0), new_count, hunk.section, lines
    )
