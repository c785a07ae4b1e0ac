"""What holds against a fault, and its test without that: `python -m tests.faults.defences`.

Nothing is patched: a copy of the package is made, a line of it is another one, and the tests of the
faults run there. Prints the faults whose tests do not notice; words limit it to some faults.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("codeflow_action", "tests")
_LONGEST = 300  # seconds: a test that never ends has noticed, too
_FAULTS, _RESULT = "FAULTS_OF_A_DEFENCE", "RESULT_OF_A_DEFENCE"


@dataclass(frozen=True, kw_only=True)
class FaultDefence:
    """A line without which the tests of these faults fail, and what stands in its place then."""

    faults: tuple[str, ...]
    path: str  # in the package
    line: str
    without: str


def _defence(path: str, line: str, without: str, *faults: str) -> FaultDefence:
    return FaultDefence(faults=faults, path=path, line=line, without=without)


_API = "integrations/github/api.py"
_ANSWERS = "integrations/github/answers.py"
_CONVERSATION = "integrations/github/read/conversation.py"
_DESK = "integrations/github/write/desk.py"
_STATUS = "ai/providers/status.py"
_RETRY = "ai/wrappers/retry.py"
_REPAIR = "ai/wrappers/repair.py"

DEFENCES: tuple[FaultDefence, ...] = (
    _defence(
        _API,
        "_TRIES = 3",
        "_TRIES = 1",
        "primary limit, over in 2 seconds",
        "secondary limit that says how long",
        "truncated JSON",
        "an answer breaks off in its middle",
        "an outage of one read",
    ),
    _defence(
        _API,
        "if error and (wait > _LONGEST_WAIT or too_long):",
        "if False:",
        "primary limit, over in 50 minutes",
        "primary limit of 50 minutes, from the first write on",
    ),
    _defence(
        _ANSWERS,
        "_UNKNOWN_WAIT = 60.0",
        "_UNKNOWN_WAIT = 61.0",
        "secondary limit that does not say",
    ),
    _defence(
        _ANSWERS,
        'hint="run the job again when the limit is over",',
        'hint="",',
        "secondary limit that does not end",
    ),
    _defence(
        _DESK,
        "for is_last in (False, True):",
        "for is_last in (True,):",
        "502 for a write that was not done",
    ),
    _defence(
        _DESK,
        "if result := await find():",
        "if result := None:",
        "502 for a write that was done",
        "the answer to a write is lost",
    ),
    _defence(
        _DESK,
        "self.unreachable = self.unreachable or note",
        "self.unreachable = ''",
        "an outage of all writes",
    ),
    _defence(
        _ANSWERS,
        "something that is not JSON; a proxy between ",
        "something that is not JSON; ",
        "truncated JSON in every answer",
    ),
    _defence(
        _API,
        "seconds = max(0.0, min(self._connection.longest, self._deadline - self._clock.now()))",
        "seconds = self._connection.longest",
        "GitHub sends its answer a byte at a time",
    ),
    _defence(
        _ANSWERS,
        "return GitHubUnavailable(text, status=status, hint=hint)",
        "return PermissionDenied(text, status=status, hint=hint)",
        "the token is revoked in the middle of a run",
        "GitHub refuses everything, and the workspace has the objects",
    ),
    _defence(
        _ANSWERS,
        'hint = "check the input github_token: it is wrong, expired or was revoked"',
        'hint = ""',
        "the token is revoked in the middle of a run",
        "a wrong token",
    ),
    _defence(
        _ANSWERS,
        'for word in ("rate limit", "abuse")',
        'for word in ("rate limit",)',
        "422 that calls it abuse",
    ),
    _defence(
        _ANSWERS,
        "return GitHubError(text, status=status)",
        "return GitHubUnavailable(text, status=status)",
        "422 for every write",
    ),
    _defence(
        _CONVERSATION,
        "if not _is_for_rest(error):",
        "if True:",
        "GraphQL: rate limit with status 200",
        "GraphQL: outage with status 200",
        "GraphQL: refusal with status 200",
    ),
    _defence(
        _API,
        "except (httpx2.HTTPError, httpx2.InvalidURL) as error:",
        "except httpx2.InvalidURL as error:",
        "no server is there",
    ),
    _defence(
        "integrations/github/read/event_payloads.py",
        "    repo: _Repository | None = None",
        "    repo: _Repository",
        "the fork was deleted",
    ),
    _defence(
        "integrations/github/write/publish.py",
        'is_moved = standing.head_sha not in ("", publication.report.head_sha)',
        "is_moved = False",
        "the head moves during the run",
    ),
    _defence(
        _RETRY,
        "retry=retry_if_exception_type(ProviderUnavailable),",
        "retry=retry_if_exception_type(OutOfTime),",
        "429 that says how long",
        "529, overloaded",
        "500 from a model",
        "a model's connection is reset",
        "a model's answer breaks off",
    ),
    _defence(
        _RETRY,
        "too_long = wait > self.patience or self.clock.now() + wait >= self.deadline",
        "too_long = False",
        "429 for the next 50 minutes",
    ),
    _defence(
        _RETRY,
        "_TRIES = 4",
        "_TRIES = 5",
        "529 without an end",
        "500 without an end",
    ),
    _defence(
        _RETRY,
        "async with asyncio.timeout(max(0.0, seconds)):",
        "async with asyncio.timeout(None):",
        "a model does not answer",
        "a model hangs after its headers",
        "a model sends its answer a byte at a time",
    ),
    _defence(
        _STATUS,
        'hint = f"check the key for {refusal.provider}, and what it may use"',
        'hint = ""',
        "a wrong key",
    ),
    _defence(
        _STATUS,
        'hint = "check `model`, and `base_url` if it is set"',
        'hint = ""',
        "a model that does not exist",
    ),
    _defence(
        _STATUS,
        "(refusal.status in (400, 429) and _NO_CREDIT.search(refusal.body))",
        "False",
        "no credit is left",
    ),
    _defence(
        _REPAIR,
        "case StopReason.REFUSAL | StopReason.FILTERED:",
        "case StopReason.REFUSAL if False:",
        "a refusal",
        "a content filter",
    ),
    _defence(
        "ai/providers/stepping.py",
        "if next_dialect is None:",
        "if True:",
        "an answer's schema is refused",
    ),
    _defence(
        _REPAIR,
        "if first.stop in _REFUSAL_STOPS:",
        "if True:",
        "an answer that fits no schema",
    ),
    _defence(
        "ai/reply.py",
        "the model's answer is not what was asked for",
        "the model's answer is wrong",
        "an empty answer",
        "prose instead of JSON",
    ),
    _defence(
        _STATUS,
        'hint="check `base_url`; a proxy may have answered instead",',
        'hint="",',
        "a page of a proxy",
    ),
    _defence(
        _REPAIR,
        "case StopReason.LENGTH:",
        "case StopReason.LENGTH if False:",
        "an answer that is cut off",
    ),
    _defence(
        _REPAIR,
        "error.salvage = replace(best, usage=usage) if best else None",
        "error.salvage = None",
        "an answer that is cut off after a whole remark",
    ),
    _defence(
        _STATUS,
        "if refusal.status == 413 or (refusal.status in (400, 422) and is_too_long(refusal.body)):",
        "if False:",
        "a prompt that is too long",
    ),
    _defence(
        "ai/wrappers/fallback.py",
        "except (ProviderRefused, ProviderUnavailable, UnusableReply) as error:",
        "except ProviderRefused as error:",
        "all models are down",
    ),
    _defence(
        "integrations/scratch.py",
        '_HINT = "free some space, or point TMPDIR to where there is"',
        '_HINT = ""',
        "there is no folder for temporary files",
    ),
    _defence(
        "hosts/writer.py",
        '        except OSError as error:\n            self._warnings.append(f"{name}',
        '        except KeyError as error:\n            self._warnings.append(f"{name}',
        "no room for the outputs and the step summary",
    ),
    _defence(
        "hosts/writer.py",
        "except (OSError, ValueError) as error:\n            first = next(",
        "except KeyError as error:\n            first = next(",
        "a workspace that is read-only",
        "a file stands where the report's folder should",
    ),
    _defence(
        "integrations/safe_folder.py",
        "        os.chown(name, owner",
        "        (lambda *_, **_more: None)(name, owner",
        "a workspace of another user",
    ),
    _defence(
        "integrations/git.py",
        "if program is None:",
        "if False:",
        "no git",
    ),
    _defence(
        "integrations/git.py",
        "except OSError as error:\n                reason = ",
        "except KeyError as error:\n                reason = ",
        "a git that cannot be executed",
    ),
    _defence(
        "hosts/writer.py",
        "        except (OSError, ValueError) as error:\n            self.lost",
        "        except KeyError as error:\n            self.lost",
        "standard output is full or closed",
    ),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of the faults that this process was started for."""
    faults = set(json.loads(os.environ[_FAULTS]))
    items[:] = [item for item in items if faults & set(_faults_of(item))]


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note the faults of each test that fails."""
    if call.excinfo:
        with open(os.environ[_RESULT], "a", encoding="utf-8") as file:
            file.writelines(f"{fault}\n" for fault in _faults_of(item))


def _faults_of(item: pytest.Item) -> list[str]:
    return [marker.args[0] for marker in item.iter_markers("fault")]


def unnoticed(defences: Sequence[FaultDefence]) -> Iterator[tuple[FaultDefence, str]]:
    """Yield each defence with each of its faults whose tests pass without it."""
    with tempfile.TemporaryDirectory(prefix="codeflow-defences-") as name:
        place = Path(name)
        for source in ROOT.iterdir():
            if source.name in _COPIED:
                shutil.copytree(source, place / source.name, symlinks=True)
            elif source.name not in (".git", ".venv", ".codeflow"):
                (place / source.name).symlink_to(source)
        for defence in defences:
            failures = _failures(place, defence)
            yield from ((defence, fault) for fault in defence.faults if fault not in failures)


def _failures(place: Path, defence: FaultDefence) -> set[str]:
    """Return the faults of which a test has failed."""
    path = place / "codeflow_action" / defence.path
    source = path.read_text("utf-8")
    if source.count(defence.line) != 1:
        raise ValueError(
            f"{defence.path} holds {source.count(defence.line)} times {defence.line!r}"
        )
    result = place / "result.txt"
    result.write_text("")
    path.write_text(source.replace(defence.line, defence.without), "utf-8")
    environment = {**os.environ, _FAULTS: json.dumps(defence.faults), _RESULT: str(result)}
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.defences", "tests/faults"]
    try:
        subprocess.run(
            [
                *command,
                "-o",
                "cache_dir=" + str(ROOT / ".pytest_cache"),
                "-x" if len(defence.faults) == 1 else "-q",
            ],
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=place,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return set(defence.faults)
    finally:
        path.write_text(source, "utf-8")
    return set(result.read_text().splitlines())


def main(words: Sequence[str]) -> int:
    """Print what the tests do not notice; return 1 if there is any."""
    chosen = [
        defence
        for defence in DEFENCES
        if not words or any(word in fault for word in words for fault in defence.faults)
    ]
    rows = 0
    for defence, fault in unnoticed(chosen):
        rows += 1
        sys.stdout.write(f"{fault}: passes with {defence.without!r} in {defence.path}\n")
        sys.stdout.flush()
    faults = {fault for defence in chosen for fault in defence.faults}
    sys.stdout.write(f"{len(chosen)} defences of {len(faults)} faults, {rows} not noticed\n")
    return bool(rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
