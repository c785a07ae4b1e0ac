"""Licences of new dependencies, as GitHub or a lock states them.

The parser's lists take a moment to load: this module is only imported where a deny list is set.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cache

from license_expression import (  # type: ignore[import-untyped]
    AND,
    OR,
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    get_spdx_licensing,
)

from codeflow_action.actions.quality_gates.dependencies.advisories import place_of, plain_name
from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, DependencyGate
from codeflow_action.engine.dependencies import ChangeKind, DependencyChange
from codeflow_action.engine.findings import Category, Finding
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.untrusted import one_line

_MAX_EXPRESSION = 1_000  # characters; a longer one is not parsed
_MAX_NAMED = 3
# What GitHub lists, but nobody distributes under a licence of its own that a registry knows.
_WITHOUT_LICENSE = frozenset({"actions", "githubactions", "docker"})
# Deprecated ids that name an exception: https://spdx.org/licenses/#deprecated
_WITH_EXCEPTION = regex(r"(GPL-\d\.\d)\+?-with-[\w.-]+", re.IGNORECASE)


class _Permission(IntEnum):
    """What the deny list says of a licence; of a choice the best counts, of a sum the worst."""

    DENIED = 0
    UNKNOWN = 1  # no SPDX id, so nobody can say which licence it is
    ALLOWED = 2


@dataclass(frozen=True, kw_only=True)
class _LicensedChange:
    """A new package, with the SPDX expressions that a user may choose from."""

    change: DependencyChange
    licenses: tuple[str, ...]

    @property
    def text(self) -> str:
        """The licences as a reader wants them."""
        return one_line(" or ".join(self.licenses), 80)


@dataclass(frozen=True, kw_only=True)
class LicenseCheck:
    """What the deny list forbids, and lines on what it could not be applied to."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def check_licenses(
    deny_list: Iterable[str], changes: Sequence[DependencyChange], deltas: Deltas
) -> LicenseCheck:
    """Return new packages that can only be used under a denied licence."""
    denied = tuple(deny_list)
    denied_ids = frozenset(_id(entry) for entry in denied)
    packages: dict[tuple[str, str], tuple[_Permission, _LicensedChange]] = {}
    for package in _licensed_changes(changes, deltas):
        version = (plain_name(package.change.name), package.change.version)
        choices = (_permission(expression, denied_ids) for expression in package.licenses)
        permission = max(choices, default=_Permission.UNKNOWN)
        # GitHub and a lock may both name it: what is known counts, and GitHub's word first.
        known = packages.get(version)
        if known is None or known[0] is _Permission.UNKNOWN:
            packages[version] = (permission, package)
    return LicenseCheck(
        findings=tuple(
            _finding(package, deltas)
            for permission, package in packages.values()
            if permission is _Permission.DENIED
        ),
        notes=tuple(
            _notes(
                [entry for entry in denied if not _is_spdx(entry)],
                [
                    package
                    for permission, package in packages.values()
                    if permission is _Permission.UNKNOWN
                ],
            )
        ),
    )


def _licensed_changes(
    changes: Sequence[DependencyChange], deltas: Deltas
) -> Iterator[_LicensedChange]:
    """Yield new packages: those that the forge knows, then those of locks that name a licence."""
    for change in changes:
        if change.kind is ChangeKind.ADDED and change.ecosystem.lower() not in _WITHOUT_LICENSE:
            licenses = (change.license,) if change.license else ()
            yield _LicensedChange(change=change, licenses=licenses)
    for delta in deltas.files:
        old = {(package.key, package.version) for package in delta.before.packages}
        for package in delta.after.packages:
            if package.licenses and (package.key, package.version) not in old:
                yield _LicensedChange(
                    change=DependencyChange(
                        kind=ChangeKind.ADDED,
                        manifest=delta.path,
                        ecosystem=package.ecosystem.value,
                        name=package.name,
                        version=package.version,
                    ),
                    licenses=package.licenses,
                )


@cache
def _spdx() -> Licensing:
    """Return the parser with all ids of SPDX, deprecated ones as other names of today's."""
    return get_spdx_licensing()


def _parse(expression: str) -> object:
    """Return the parsed expression; None for what is none."""
    if len(expression) > _MAX_EXPRESSION:
        return None
    # Cargo's older way to write a choice: https://doc.rust-lang.org/cargo/reference/manifest.html
    plain = _WITH_EXCEPTION.sub(r"\1", expression).replace("/", " OR ")
    try:
        return _spdx().parse(plain)
    except (ExpressionError, RecursionError, ValueError):
        return None


def _id(entry: str) -> str:
    """Return an id of the deny list as today's SPDX spells it, in lower case."""
    return str(_parse(entry) or entry).lower()


def _is_spdx(entry: str) -> bool:
    license_ = _parse(entry)
    return license_ is not None and not _spdx().unknown_license_keys(license_)


def _permission(expression: str, denied_ids: frozenset[str]) -> _Permission:
    """Return what the deny list says of an expression, where only ids of SPDX are known."""
    if expression.lower() in denied_ids:
        return _Permission.DENIED
    return _node_permission(_parse(expression), denied_ids)


def _node_permission(node: object, denied_ids: frozenset[str]) -> _Permission:
    match node:
        case OR():
            return max(_node_permission(part, denied_ids) for part in node.args)
        case AND():
            return min(_node_permission(part, denied_ids) for part in node.args)
        case LicenseWithExceptionSymbol():
            # An exception permits more than its licence, but whoever denies that denies it too.
            return _node_permission(node.license_symbol, denied_ids)
        case LicenseSymbol():
            # `+` behind an id means that version or a later one:
            # https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
            key = str(node.key).removesuffix("+")
            is_denied = not {key.lower(), str(node.key).lower()}.isdisjoint(denied_ids)
            is_known = key in _spdx().known_symbols
            otherwise = _Permission.ALLOWED if is_known else _Permission.UNKNOWN
            return _Permission.DENIED if is_denied else otherwise
        case _:
            return _Permission.UNKNOWN


def _finding(package: _LicensedChange, deltas: Deltas) -> Finding:
    change = package.change
    name, version = one_line(change.name, 80), one_line(change.version, 40)
    path, line = place_of(change, deltas)
    return DependencyGate.finding(
        path,
        line,
        title=f"{name} has a licence that this project does not allow",
        message=(
            f"{name} {version} is licensed under {package.text}, and `deny_licenses` rules that "
            "out. Use another package, or change the list."
        ),
        code=f"{change.name} {package.text}",
        rule="license",
        category=Category.CONFIGURATION,
    )


def _notes(odd_entries: Sequence[str], unknown: Sequence[_LicensedChange]) -> Iterator[str]:
    if odd_entries:
        names = ", ".join(one_line(entry, 40) for entry in odd_entries[:_MAX_NAMED])
        yield (
            f"`deny_licenses` names {names}, which is no SPDX id: it rules out only packages that "
            "say exactly that"
        )
    if unknown:
        names = ", ".join(
            f"{one_line(package.change.name, 60)} ({package.text or 'none is stated'})"
            for package in unknown[:_MAX_NAMED]
        )
        others = len(unknown) - _MAX_NAMED
        yield f"Licences not known: {names}{f' and {others} more' if others > 0 else ''}"
