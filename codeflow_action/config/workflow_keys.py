"""Which keys the workflow passes to this step, by its file: so a lost key is told from none.

The runner sets every declared input, to nothing where the workflow does not name it
(actions/runner: ActionManifestManager.cs, `ConvertInputs`), so the environment alone cannot tell a
secret that arrived empty from a key that nobody gave. The file is read at a commit that the change
under review cannot write; whatever cannot be told from it counts as a key that nobody gave.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import JsonValue

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.outcome import Reason
from codeflow_action.manifests.yaml_text import DocumentError, parse

_FOLDER = ".github/workflows/"  # the only one from which GitHub runs workflows
_FILE_NAME = regex(r"[A-Za-z0-9._ -]{1,100}\.ya?ml")
# Nothing but the secret: an expression with a condition may be empty on purpose.
_SETTING = regex(
    r"\$\{\{\s*(secrets|vars)(?:\.|\[')([A-Za-z_][A-Za-z0-9_]{0,99})(?:'\])?\s*\}\}",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class PassedKey:
    """A key that the workflow passes as the input or variable `name`, from that `secret`.

    Of an account for the job's identity it may be a variable of the settings (`is_public`).
    """

    name: str
    secret: str
    is_public: bool = False

    @property
    def kind(self) -> str:
        """What GitHub's settings call it."""
        return "variable" if self.is_public else "secret"

    def __str__(self) -> str:
        return f"`{self.name}` from the {self.kind} {self.secret}"


@dataclass(frozen=True, kw_only=True)
class CallingStep:
    """Where a workflow calls us: its file, the job's id, and whose action it uses.

    `action` is empty for one of the workspace (`./`).
    """

    path: str
    job: str
    action: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "CallingStep | None":
        """Return the step that a job's environment tells of, None where it does not.

        https://docs.github.com/en/actions/reference/workflows-and-actions/variables
        """
        workflow = environment.get("GITHUB_WORKFLOW_REF", "").partition("@refs/")[0]
        path = workflow.removeprefix(f"{environment.get('GITHUB_REPOSITORY', '')}/")
        is_here = path != workflow and path.startswith(_FOLDER)
        if not is_here or not _FILE_NAME.fullmatch(path.removeprefix(_FOLDER)):
            return None
        return cls(
            path=path,
            job=environment.get("GITHUB_JOB", ""),
            action=environment.get("GITHUB_ACTION_REPOSITORY", "").lower(),
        )

    def calls_us(self, uses: JsonValue) -> bool:
        """True for a step that uses this action."""
        text = uses.lower() if isinstance(uses, str) else ""
        return text.partition("@")[0] == self.action if self.action else text.startswith("./")


def passed_keys(
    workflow: bytes,
    step: CallingStep,
    inputs: Collection[str],
    variables: Collection[str],
    accounts: Collection[str] = (),
) -> tuple[PassedKey, ...]:
    """Return the keys that the step is given by `inputs` or `variables`, each from a secret alone.

    The inputs in `accounts` may also come from a variable of the settings. Of several steps that
    use us it is not known which runs: what all of them are given counts.
    """
    try:
        document = parse(workflow).value
    except DocumentError:
        return ()
    job = _mapping(_mapping(document.get("jobs")).get(step.job))
    steps = job.get("steps")
    callers = [
        caller
        for caller in map(_mapping, steps if isinstance(steps, list) else ())
        if step.calls_us(caller.get("uses"))
    ]
    key_sets = [
        dict.fromkeys(
            (
                *_stored_in(_mapping(caller.get("with")), (*inputs, *accounts), accounts),
                *(
                    key
                    for place in (document, job, caller)
                    for key in _stored_in(_mapping(place.get("env")), variables)
                ),
            )
        )
        for caller in callers
    ]
    return (
        tuple(key for key in key_sets[0] if all(key in key_set for key_set in key_sets))
        if key_sets
        else ()
    )


def missing_key_advice(keys: Sequence[PassedKey], path: str, outsider: Reason | None) -> str:
    """Return in one sentence what the workflow at `path` passes in vain, and what to try."""
    if outsider is Reason.NO_KEY_DEPENDABOT:
        advice = "Dependabot's runs read secrets of their own (Settings, Secrets, Dependabot)"
    elif outsider is Reason.NO_KEY_FORK:
        advice = "that is right for a fork: docs/security.md says how forks are reviewed"
    else:
        advice = (
            f"look for a {keys[0].kind} of exactly that name in the settings; one of an "
            "organisation has to include this repository, and one of an environment needs "
            "`environment:` at the job"
        )
    return f"{path} passes {', '.join(map(str, keys))}, and it arrived empty: {advice}"


def _stored_in(
    values: Mapping[str, JsonValue], names: Collection[str], public: Collection[str] = ()
) -> Iterator[PassedKey]:
    """Yield what is passed under these names from the settings; those in `public` may be seen."""
    names_by_fold = {_fold(name): name for name in names}
    for key, value in values.items():
        match = _SETTING.fullmatch(value.strip()) if isinstance(value, str) else None
        name = names_by_fold.get(_fold(key))
        if match and name:
            is_public = match[1].lower() == "vars"
            if not is_public or name in public:
                yield PassedKey(name=name, secret=match[2], is_public=is_public)


def _fold(name: str) -> str:
    """Return the name as it is compared: of inputs neither case nor dashes count here."""
    return name.lower().replace("-", "_")


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
