"""Finds secrets with Kingfisher, in this process and without a network."""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from codeflow_action.engine.scans import ScannerFailed, SecretMatch, mask
from codeflow_action.integrations.secret_filter import bundled_filter
from codeflow_action.security.placeholders import is_placeholder

if TYPE_CHECKING:
    from kingfisher_sdk import Finding, Rules, Scanner

_TIMEOUT = 30.0  # seconds for one file
_PANIC = "PanicException"  # of code in Rust; it is no `Exception`, and no class to import


class Kingfisher:
    """Finds secrets. Its rules are loaded for the first text that may hold one (`secret_filter`).

    Loading takes 0.5 s of processor time from a warm cache, else 6 s.
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._scanner: Scanner | None = None
        self._lock = threading.Lock()  # one scan at a time, and the rules are loaded once
        self._known: dict[bytes, tuple[SecretMatch, ...]] = {}

    @property
    def ready(self) -> bool:
        """True after the first scan: most others take no time, as nothing has to be loaded."""
        return bool(self._known)

    def warm_up(self) -> None:
        """Do a first scan in a thread; what goes wrong is raised in the next."""
        threading.Thread(target=self._prepare, name="warm-up", daemon=True).start()

    def _prepare(self) -> None:
        with contextlib.suppress(ScannerFailed):
            self.scan("", b"\n")

    def load_rules(self) -> None:
        """Load the rules now, which fills the cache. Raises `ScannerFailed`."""
        with self._lock, _failures_told():
            self._load()

    def scan(self, path: str, content: bytes) -> Sequence[SecretMatch]:
        """Find secrets in one file; a file seen before is not scanned again.

        Takes about 0.1 ms and 10 ms for each megabyte once the rules are loaded, 50 ms for each
        before. May be called from any thread. Raises `ScannerFailed`.
        """
        key = hashlib.sha256(path.encode("utf-8", "replace") + b"\0" + content).digest()
        with self._lock:
            if key not in self._known:
                self._known[key] = self._scan(path, content)
            return self._known[key]

    def _scan(self, path: str, content: bytes) -> tuple[SecretMatch, ...]:
        if self._scanner is None:
            rough = bundled_filter()
            if rough is not None and not rough.may_match(content):
                return ()
        with _failures_told():
            from kingfisher_sdk import ScanInput  # noqa: PLC0415 - native code, when needed

            text = ScanInput(path=path, data=content)
            findings = self._load().scan_input(text, timeout=_TIMEOUT)
        return tuple(_match(path, content, finding) for finding in findings)

    def _load(self) -> "Scanner":
        if self._scanner is None:
            from kingfisher_sdk import DetectionPolicy, Scanner  # noqa: PLC0415 - as above

            # A pull request must not silence the gate by a comment of its own.
            policy = DetectionPolicy(inline_ignores=False)
            self._scanner = Scanner(_load_rules(self._cache_dir), policy=policy)
        return self._scanner


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    """Make every fault of the native code a `ScannerFailed`."""
    try:
        yield
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        # TimeoutError is an OSError. The text may quote content: only its kind is passed on.
        raise ScannerFailed(f"the secret scanner stopped ({type(error).__name__})") from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise ScannerFailed(f"the secret scanner broke ({_PANIC})") from error


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
    Kingfisher(Path(os.environ["KF_RULE_CACHE_DIR"])).load_rules()
