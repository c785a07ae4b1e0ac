"""Pins that became loose: a SHA or a digest that gave way to a name that moves."""

import re
from collections.abc import Iterator

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, Package
from codeflow_action.security.untrusted import one_line

_PINNED = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|.*@sha256:[0-9a-f]{64}", re.IGNORECASE)


def loosened_pins(deltas: Deltas) -> Iterator[Finding]:
    """Yield what was pinned everywhere in its file, and now is not."""
    for delta in deltas.files:
        if delta.format.ecosystem not in (Ecosystem.ACTIONS, Ecosystem.DOCKER):
            continue
        for package in delta.after.packages:
            before = delta.old.get(package.key, ())
            was_pinned = bool(before) and all(map(is_pinned, before))
            if was_pinned and not is_pinned(package):
                yield _loosened(delta, package)


def is_pinned(package: Package) -> bool:
    """True when the version can never mean something else."""
    return _PINNED.fullmatch(package.version) is not None


def _loosened(delta: Delta, package: Package) -> Finding:
    name, version = one_line(package.name, 80), one_line(package.version, 40)
    return delta.finding(
        "pin",
        Severity.WARNING,
        delta.line_of(package),
        code=package.name,
        title=f"{name} is no longer pinned",
        message=(
            f"It was pinned to a commit or digest and now follows {version or 'a default'}, which "
            "whoever owns it can move to other code at any time. Keep the pin."
        ),
    )
