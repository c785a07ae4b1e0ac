"""What is known of a change without a model: its risk by file, its symbols, who uses them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from codeflow_action.actions.pr_describer.walkthrough import group_files, listed_files
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import ChangedFile, FileKind
from codeflow_action.engine.risk import ChangeRisk, FileRisk, Purpose, reading_order
from codeflow_action.review.change_risk import read_risk
from codeflow_action.review.context.needs import is_telling
from codeflow_action.review.context.neighbourhood import search_order
from codeflow_action.review.symbol_changes import SymbolChanges, symbol_changes
from codeflow_action.review.syntax import language_of

# A change of 3,000 files is told by those with rows and the riskiest: to parse all takes minutes.
_MAX_PARSED = 80  # files
_MAX_BYTES = 200_000  # of one of them; larger ones are tables, or made by a program
_MAX_NAMES = 60  # that are looked for in the repository: a tree is searched for some 200
_LEAST_USERS = 2  # other files: what one neighbour uses is no news
# Languages in which a definition is a function or a class.
_WITHOUT_SYMBOLS = frozenset({"json", "yaml", "toml", "xml", "css", "html", "dockerfile", "make"})


@dataclass(frozen=True, kw_only=True)
class ChangeFacts:
    """The files of a change with what is known of them, by path.

    `notes` say what was not looked at.
    """

    risk: ChangeRisk
    files: Mapping[str, ChangedFile]
    symbols: Mapping[str, SymbolChanges] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[FileRisk, ...]:
        """All files, those first that a reader should look at first."""
        return reading_order(self.risk.files)


async def find_facts(task: Task) -> ChangeFacts:
    """Return the facts. A tree that cannot be read leaves out what stands in it, with a note."""
    risk = await read_risk(task)
    facts = ChangeFacts(risk=risk, files=task.pull_request.files_by_path)
    candidates = [file.path for file in facts.order if _has_symbols(file, facts)]
    if not candidates:
        return facts
    # Users only lift a file that is parsed, so what has a row now has it then, or is parsed, too.
    row_paths = {file.path for _group, file in listed_files(group_files(risk.files))}
    by_need = sorted(candidates, key=lambda path: path not in row_paths)
    chosen_paths = frozenset(by_need[:_MAX_PARSED])
    try:
        symbols = await _read_symbols(
            [facts.files[path] for path in candidates if path in chosen_paths], task
        )
        users = await _count_users(symbols, task)
    except CodeFlowError as error:
        return replace(facts, notes=(f"functions and classes were not read: {error}",))
    rest = len(candidates) - _MAX_PARSED
    return replace(
        facts,
        risk=replace(risk, files=tuple(_with_users(file, users) for file in risk.files)),
        symbols=symbols,
        notes=(f"functions and classes of {rest:,} more files were not read",) if rest > 0 else (),
    )


def _has_symbols(file: FileRisk, facts: ChangeFacts) -> bool:
    changed_file = facts.files[file.path]
    language = language_of(file.path)
    return (
        language is not None
        and language.name not in _WITHOUT_SYMBOLS
        and file.purpose in (Purpose.CODE, Purpose.TEST, Purpose.EXAMPLE)
        and changed_file.kind is FileKind.REGULAR
        and bool(changed_file.hunks)
    )


async def _read_symbols(files: Sequence[ChangedFile], task: Task) -> Mapping[str, SymbolChanges]:
    contents = await task.head.read_many([file.path for file in files])

    def parse_all() -> Mapping[str, SymbolChanges]:
        symbols = {}
        for file in files:
            # A removed file has no content at head, and all of it stands in its hunks.
            content = contents.get(file.path)
            text = content if isinstance(content, bytes) else b""
            is_whole = isinstance(content, bytes) or not file.added_lines
            if is_whole and len(text) <= _MAX_BYTES and (changes := symbol_changes(file, text)):
                symbols[file.path] = changes
        return symbols

    return await asyncio.to_thread(parse_all)


async def _count_users(symbols: Mapping[str, SymbolChanges], task: Task) -> Mapping[str, int]:
    """Return how many files outside of the change name what it changes, by the changed path."""
    names = {
        path: [
            name
            for qualified_name in changes.outgoing
            if is_telling(name := qualified_name.rpartition(".")[2])
        ]
        for path, changes in symbols.items()
    }
    telling_names = tuple(dict.fromkeys(name for of_path in names.values() for name in of_path))
    paths = await task.head.list() if telling_names else None
    if paths is None:
        return {}
    other_paths = [path for path in paths if path not in task.pull_request.files_by_path]
    search = await task.head.search(
        telling_names[:_MAX_NAMES], search_order(other_paths, tuple(symbols))
    )
    if search is None:
        return {}
    users: dict[str, set[str]] = {}
    for hit in search.hits:
        users.setdefault(hit.name, set()).add(hit.path)
    return {
        path: len(set().union(*(users.get(name, set()) for name in of_path)))
        for path, of_path in names.items()
    }


def _with_users(file: FileRisk, users: Mapping[str, int]) -> FileRisk:
    count = users.get(file.path, 0)
    return replace(file, user_count=count) if count >= _LEAST_USERS else file
