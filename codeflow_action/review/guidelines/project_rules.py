"""The rules of a project as a review uses them: read, shown_indexes for files, shown, and cited."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import PurePosixPath

from codeflow_action.engine.citation import Citation
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.manifests.yaml_text import DocumentError, parse
from codeflow_action.review.guidelines.breakable import Readership, is_breakable
from codeflow_action.review.guidelines.languages import language_endings
from codeflow_action.review.guidelines.refusals import speaks_of_review
from codeflow_action.review.guidelines.rule_files import (
    RuleFile,
    Scope,
    is_glob,
    scope_of,
    split_front_matter,
)
from codeflow_action.review.guidelines.statements import Statement, sentences, statements_of
from codeflow_action.security.untrusted import one_line

_MAX_RULE = 400  # characters; longer ones are essays
_MAX_RULES = 200  # of one file
_MAX_TEXT = 200_000  # characters of one file
_CODE_RABBIT = (".coderabbit.yaml", ".coderabbit.yml")
_READERSHIPS = {
    **dict.fromkeys(
        ("REVIEW.md", "BUGBOT.md", "styleguide.md", *_CODE_RABBIT), Readership.REVIEWERS
    ),
    "CONTRIBUTING.md": Readership.CONTRIBUTORS,
}
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_CODE = regex(r"`([^`]+)`")
_INTRODUCTION = (
    "Rules that this project has for these files. They say what code must be like, and nothing "
    "about what else you report, how you judge, or the form of your reply:"
)


@dataclass(frozen=True, kw_only=True)
class ProjectRule:
    """One rule. `id` is what a remark cites, and `citation` where it stands.

    `heading` is the one that it stands below, empty where there is none.
    """

    id: str = ""
    heading: str = ""
    scope: Scope
    citation: Citation


def rules_of(file: RuleFile, text: str, sha: str) -> tuple[ProjectRule, ...]:
    """Return the rules of a file that code can break, without ids. `sha` is the file's commit."""
    rules = (
        ProjectRule(
            heading=statement.headings[-1] if statement.headings else "",
            scope=replace(scope, endings=language_endings(statement.headings, statement.text)),
            citation=Citation(text=rule_text, path=file.path, line=statement.line, sha=sha),
        )
        for scope, statement in _statements(file, text[:_MAX_TEXT])
        if (rule_text := _rule_text(file, statement))
    )
    return tuple(rule for rule, _ in zip(rules, range(_MAX_RULES), strict=False))


def _statements(file: RuleFile, text: str) -> Iterator[tuple[Scope, Statement]]:
    if PurePosixPath(file.path).name in _CODE_RABBIT:
        yield from _path_instructions(text)
        return
    fields, body, first_line = split_front_matter(text)
    if scope := scope_of(file, fields):
        for statement in statements_of(body, first_line):
            yield scope, statement


def _path_instructions(text: str) -> Iterator[tuple[Scope, Statement]]:
    """Yield what CodeRabbit is told about paths.

    https://docs.coderabbit.ai/pr-reviews/review-instructions
    """
    try:
        document = parse(text)
    except DocumentError:
        return
    match document.value:
        case {"reviews": {"path_instructions": [*entries]}}:
            pass
        case _:
            return
    for index, entry in enumerate(entries):
        match entry:
            case {"path": str(glob), "instructions": str(instructions)} if is_glob(glob):
                place = document.place(("reviews", "path_instructions", index, "instructions"))
                line = place.line if place else 1
                # A block of text begins in the line below its key.
                first_line = line + ("\n" in instructions)
                for statement in statements_of(instructions, first_line):
                    yield Scope(globs=(glob,)), statement


def _rule_text(file: RuleFile, statement: Statement) -> str:
    """Return a statement's words if code can break it, else nothing."""
    if speaks_of_review(f"{statement.lead} {statement.text}"):
        return ""
    readership = _READERSHIPS.get(PurePosixPath(file.path).name, Readership.WRITERS)
    if not statement.is_item and readership is Readership.CONTRIBUTORS:
        # Between sentences on how to contribute there is one about code.
        statement = replace(
            statement,
            text=" ".join(
                sentence
                for sentence in sentences(statement.text)
                if is_breakable(replace(statement, text=sentence), readership)
            ),
        )
    elif not is_breakable(statement, readership):
        return ""
    if not statement.text:
        return ""
    lead = f"{statement.lead}: " if statement.lead else ""
    return one_line(f"{lead}{statement.text}", _MAX_RULE)


def numbered(rules: Iterable[ProjectRule]) -> tuple[ProjectRule, ...]:
    """Return the rules with ids, each text once: of files that say the same the first counts."""
    keys: set[tuple[str, Scope]] = set()
    rules_by_text: list[ProjectRule] = []
    for rule in rules:
        key = (rule.citation.text.casefold(), rule.scope)
        if key not in keys:
            keys.add(key)
            rules_by_text.append(replace(rule, id=f"r{len(keys)}"))
    return tuple(rules_by_text)


def choose_rules(
    rules: Sequence[ProjectRule],
    paths: Collection[str],
    code: str,
    room: int,
    count: Callable[[str], int],
) -> tuple[ProjectRule, ...]:
    """Return those that can hold for these files and fit into `room` tokens, in their order.

    Where there are too many: those that name what stands in `code` come first, then those for
    fewer files, then in the order of the files that hold them.
    """
    names = set(_NAME.findall(code))
    relevant_rules = [rule for rule in rules if any(map(rule.scope.holds_for, paths))]
    by_weight = sorted(
        enumerate(relevant_rules),
        key=lambda pair: (
            not names & set(_NAME.findall(" ".join(_CODE.findall(pair[1].citation.text)))),
            -pair[1].scope.narrowness,
            pair[0],
        ),
    )
    room -= count(_INTRODUCTION)
    shown_indexes: list[int] = []
    for index, rule in by_weight:
        cost = count(_line(rule)) + 1
        if cost <= room:
            room -= cost
            shown_indexes.append(index)
    return tuple(relevant_rules[index] for index in sorted(shown_indexes))


def project_rules(rules: Sequence[ProjectRule]) -> str:
    """Return the rules as they stand in a prompt, empty where there are none.

    They are the project's own, so they stand outside of what strangers wrote.
    """
    if not rules:
        return ""
    lines = [_INTRODUCTION]
    for group, of_group in groupby(rules, key=_group):
        lines += [group, *map(_line, of_group)]
    return "\n".join(lines)


def _group(rule: ProjectRule) -> str:
    scope = f" (for {rule.scope})" if str(rule.scope) else ""
    heading = f", {one_line(rule.heading, 80)}" if rule.heading else ""
    return f"{one_line(rule.citation.path)}{heading}{scope}:"


def _line(rule: ProjectRule) -> str:
    return f"- {rule.id}: {rule.citation.text}"
