"""Finds secrets with Kingfisher, in this process and without a network."""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from codeflow_action.engine.scans import ScannerFailed, SecretMatch, mask
from codeflow_action.security.placeholders import is_placeholder

if TYPE_CHECKING:
    from kingfisher_sdk import Finding, Rules, Scanner

_TIMEOUT = 30.0  # seconds for one file
_PANIC = "PanicException"  # of code in Rust; it is no `Exception`, and no class to import


class Kingfisher:
    """Finds secrets. Rules load in the first call (0.3 s from a warm cache, else 4 s)."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._scanner: Scanner | None = None
        self._lock = threading.Lock()  # one scan at a time, and the rules are loaded once
        self._known: dict[bytes, tuple[SecretMatch, ...]] = {}

    @property
    def ready(self) -> bool:
        """True when the rules are loaded."""
        return self._scanner is not None

    def warm_up(self) -> None:
        """Start to load the rules in a thread; what goes wrong is raised in the first scan."""
        threading.Thread(target=self._prepare, name="warm-up", daemon=True).start()

    def _prepare(self) -> None:
        with contextlib.suppress(ScannerFailed):
            self.scan("", b"\n")

    def scan(self, path: str, content: bytes) -> Sequence[SecretMatch]:
        """Find secrets in one file; a file seen before is not scanned again.

        Takes about 0.1 ms and 10 ms for each megabyte, once the rules are loaded. May be called
        from any thread. Raises `ScannerFailed`.
        """
        key = hashlib.sha256(path.encode("utf-8", "replace") + b"\0" + content).digest()
        with self._lock:
            if key not in self._known:
                self._known[key] = self._scan(path, content)
            return self._known[key]

    def _scan(self, path: str, content: bytes) -> tuple[SecretMatch, ...]:
        try:
            from kingfisher_sdk import (  # noqa: PLC0415 - native code, only when needed
                DetectionPolicy,
                ScanInput,
                Scanner,
            )

            if self._scanner is None:
                # A pull request must not silence the gate by a comment of its own.
                policy = DetectionPolicy(inline_ignores=False)
                self._scanner = Scanner(_load_rules(self._cache_dir), policy=policy)
            scanner = self._scanner
            findings = scanner.scan_input(ScanInput(path=path, data=content), timeout=_TIMEOUT)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            # TimeoutError is an OSError. The text may quote content: only its kind is passed on.
            raise ScannerFailed(f"the secret scanner stopped ({type(error).__name__})") from error
        except BaseException as error:
            if type(error).__name__ != _PANIC:
                raise
            raise ScannerFailed(f"the secret scanner broke ({_PANIC})") from error
        return tuple(_match(path, content, finding) for finding in findings)


@cache
def _load_rules(cache_dir: Path | None) -> "Rules":
    """Return the compiled rules, loaded once for a process: all of its scanners use the same."""
    from kingfisher_sdk import Rules  # noqa: PLC0415 - native code, only when needed

    return Rules(confidence="medium", cache_dir=cache_dir)


def _match(path: str, content: bytes, finding: "Finding") -> SecretMatch:
    place = finding.location
    start, end = place["start_offset"], place["end_offset"]
    kind = re.split(r"[./]", finding.rule_id)[-1]
    return SecretMatch(
        path=path,
        line=place["line"],
        end_line=max(place["line"], place["end_line"]),
        rule=kind,
        name=kind.replace("-", " "),
        confidence=finding.confidence,
        masked=mask(finding.secret),
        start=start,
        end=end,
        placeholder=is_placeholder(finding.secret, content[end : end + 100]),
        component=not finding.visible,
    )


if __name__ == "__main__":  # fills the cache of compiled rules, for an image
    Kingfisher(Path(os.environ["KF_RULE_CACHE_DIR"])).scan("a", b"b\n")
