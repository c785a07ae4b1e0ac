"""Pins that became loose: a commit or a digest that was replaced by a name that can move."""

import re
from collections.abc import Iterator

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, Package
from codeflow_action.security.untrusted import one_line

# A commit of git (SHA-1 or SHA-256), or the digest of an image.
_PIN = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|.*@sha256:[0-9a-f]{64}", re.IGNORECASE)


def loosened_pins(deltas: Deltas) -> Iterator[Finding]:
    """Yield actions and images that were pinned everywhere in their file and no longer are."""
    for delta in deltas.files:
        if delta.format.ecosystem not in (Ecosystem.ACTIONS, Ecosystem.DOCKER):
            continue
        for package in delta.after.packages:
            before = delta.old.get(package.key, ())
            if not before or not all(map(is_pinned, before)) or is_pinned(package):
                continue
            name, version = one_line(package.name, 80), one_line(package.version, 40)
            yield delta.finding(
                "pin",
                Severity.WARNING,
                delta.line_of(package),
                code=package.name,
                title=f"{name} is no longer pinned",
                message=(
                    f"It was pinned to a commit or digest and now follows {version or 'a default'},"
                    " which its owner can move to other code at any time. Pin it again."
                ),
            )


def is_pinned(package: Package) -> bool:
    """True when the version can never mean something else."""
    return _PIN.fullmatch(package.version) is not None
