"""The Action's inputs: `INPUT_*` variables to one typed value.

The runner passes every input as text in `INPUT_<NAME>`, upper-cased; an input that is not set
arrives empty. Each field of `Inputs` is one input of `action.yml`, by the same name; only keys and
accounts are gathered, because each provider that is installed has inputs of its own for them.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from codeflow_action.config.names import did_you_mean
from codeflow_action.config.repository_path import RepositoryPath, check_path
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.findings import FailOn
from codeflow_action.engine.guidance import Effort
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.shards import MAX_SHARDS
from codeflow_action.security.seal import LEAST_KEY

_PREFIX = "INPUT_"
# The runner itself offers these two to every container action (actions/runner: ActionRunner.cs).
_RUNNER_INPUTS = frozenset({"entrypoint", "args"})
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_SHARD = regex(r"([1-9]\d?)/([1-9]\d?)")
SHARD_PLAN = "plan"  # the value of `shard` that asks for a plan
_GLOB_SIGNS = frozenset("*?[{!")


class Stage(StrEnum):
    """Which half of the work a job does."""

    ALL = "all"
    ANALYZE = "analyze"
    PUBLISH = "publish"


def _boolean(text: object) -> object:
    """Take the YAML 1.2 core spellings, as the runner's own toolkit does."""
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if isinstance(text, bool):
        return text
    raise ValueError("write true or false")


def _list(text: object) -> object:
    """Split at newlines and commas, white space and empty items gone."""
    if isinstance(text, str):
        return tuple(item for part in re.split(r"[\n,]", text) if (item := part.strip()))
    return text


def _name(text: object) -> object:
    if isinstance(text, str) and not _NAME.fullmatch(text):
        raise ValueError("use up to 50 letters, digits, '.', '_' and '-', starting with no sign")
    return text


def _shard(text: object) -> object:
    """Take `plan`, or one of at most 64 shards."""
    match = _SHARD.fullmatch(text) if isinstance(text, str) else None
    if match and int(match[1]) <= int(match[2]) <= MAX_SHARDS:
        return text
    if text in ("", SHARD_PLAN):
        return text
    raise ValueError(f"write plan, or a shard such as 2/5 of at most {MAX_SHARDS}")


def fits_header(secret: str) -> bool:
    """True for what can stand in an HTTP header, as every token and key does."""
    return all("!" <= sign <= "~" for sign in secret)


def _secret(text: object) -> object:
    """Refuse a key that was pasted with more than itself: it would fail only when it is used."""
    if isinstance(text, str) and not fits_header(text):
        raise ValueError("it holds a space, a line break or a sign that no key has")
    return text


def _account(text: object) -> object:
    if isinstance(text, str) and not fits_header(text):
        raise ValueError("it holds a space, a line break or a sign that no such name has")
    return text


def _seal_key(text: object) -> object:
    if isinstance(text, str) and text and len(text) < LEAST_KEY:
        raise ValueError(f"write at least {LEAST_KEY} characters, which chance has drawn")
    return _secret(text)


def _report(text: str) -> str:
    """Leave room for the SARIF, which is written beside the report."""
    if PurePosixPath(text).suffix == ".sarif":
        raise ValueError("the report is JSON; the SARIF is written beside it")
    return text


type Boolean = Annotated[bool, BeforeValidator(_boolean)]
type Items = Annotated[tuple[str, ...], BeforeValidator(_list)]


_OptionalPath = Annotated[str, AfterValidator(lambda text: check_path(text) if text else text)]
_Secret = Annotated[SecretStr, BeforeValidator(_secret)]  # no alias: the annotation is looked at


class Inputs(BaseModel):
    """Every input; None and empty mean that the workflow did not set it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    github_token: _Secret = SecretStr("")
    name: Annotated[str, BeforeValidator(_name)] = "codeflow"
    config_path: RepositoryPath = ".github/codeflow.yml"
    config: str = ""
    pipeline: Items = ()
    provider: str = ""
    model: str = ""
    fallback_models: Items = ()
    base_url: str = ""
    api_keys: Mapping[str, _Secret] = Field(default_factory=dict)
    accounts: Mapping[str, Annotated[str, BeforeValidator(_account)]] = Field(default_factory=dict)
    seal_key: Annotated[SecretStr, BeforeValidator(_seal_key)] = SecretStr("")
    pr_number: str = ""
    effort: Effort | None = None
    stage: Stage = Stage.ALL
    shard: Annotated[str, BeforeValidator(_shard)] = ""
    report_path: Annotated[RepositoryPath, AfterValidator(_report)] = ".codeflow/report.json"
    sarif_files: Items = ()
    fail_on: FailOn | None = None
    comment: CommentMode | None = None
    max_cost_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cache_dir: _OptionalPath = ""
    record: _OptionalPath = ""
    ca_certificates: str = ""
    language: str = ""
    dry_run: Boolean = False

    @property
    def shard_number(self) -> int | None:
        """Which shard this job analyses, counted from 1; None for one that analyses no shard."""
        return int(self.shard.partition("/")[0]) if "/" in self.shard else None

    @property
    def written_report_path(self) -> str:
        """Where this job writes its report.

        A shard's is named after it. That of `publish` lies beside those which it has read, so that
        these can be published again.
        """
        path = PurePosixPath(self.report_path)
        if self.stage is Stage.PUBLISH:
            return str(_folder(self.report_path) / "published.json")
        if self.shard_number:
            shard = self.shard.replace("/", "-of-")
            return str(path.with_name(f"{path.stem}-{shard}{path.suffix}"))
        return self.report_path

    @property
    def keys(self) -> dict[str, str]:
        """API keys that were given as inputs, by the input's name, such as `openai_api_key`."""
        return {name: key.get_secret_value() for name, key in self.api_keys.items()}

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that was given as an input and must appear nowhere, but for GitHub's own token."""
        return tuple(filter(None, (*self.keys.values(), self.seal_key.get_secret_value())))


def plan_path(report_path: str) -> str:
    """Return where the plan of shards lies: beside the reports."""
    return str(_folder(report_path) / "plan.json")


def _folder(pattern: str) -> PurePosixPath:
    """Return the folder that all lies in which the pattern can match."""
    *folders, _name = PurePosixPath(pattern).parts
    return PurePosixPath(*takewhile(lambda part: not _GLOB_SIGNS & set(part), folders))


_KEY_ENDING = "_api_key"
# How vendors call the parts of an account that a job's identity stands for.
ACCOUNT_ENDINGS = (
    "_federation_rule_id",
    "_identity_provider_id",
    "_oidc_audience",
    "_organization_id",
    "_service_account_id",
    "_workspace_id",
)
_COLLECTIONS = ("api_keys", "accounts")
_NAMES = frozenset(Inputs.model_fields) - set(_COLLECTIONS)


def read_inputs(environment: Mapping[str, str]) -> tuple[Inputs, tuple[str, ...]]:
    """Return the inputs, and warnings about names that mean nothing.

    An input for a key or an account is taken for any provider: which are installed is found out
    while the pull request is being loaded (`unused_provider_inputs`). Raises `ConfigError` naming
    every input that has an impossible value, or a shard that does not go with its stage.
    """
    values: dict[str, Any] = {}
    api_keys: dict[str, str] = {}
    accounts: dict[str, str] = {}
    warnings: list[str] = []
    for variable, value in environment.items():
        text = value.strip()
        if not variable.startswith(_PREFIX) or not text:
            continue
        # The runner writes any name in upper case, and leaves dashes as they are.
        name = variable.removeprefix(_PREFIX).lower()
        folded_name = name.replace("-", "_")
        # Which providers are installed is not known yet, and loading them would hold up the start.
        if folded_name.endswith(_KEY_ENDING):
            api_keys[folded_name] = text
        elif folded_name.endswith(ACCOUNT_ENDINGS):
            accounts[folded_name] = text
        elif name in _NAMES:
            values[name] = text
        elif name not in _RUNNER_INPUTS:
            hint = (
                f" (a provider's key is the input PROVIDER{_KEY_ENDING})"
                if "key" in name
                else did_you_mean(folded_name, _NAMES)
            )
            warnings.append(f"there is no input {name!r}{hint}; it is not used")
    try:
        inputs = Inputs.model_validate({**values, "api_keys": api_keys, "accounts": accounts})
    except ValidationError as error:
        raise _input_error(error, {**values, **accounts}) from None
    _refuse_odd_stage(inputs)
    return inputs, tuple(warnings)


def input_names(provider_inputs: Iterable[str]) -> tuple[str, ...]:
    """Return every input in its order, those of the providers in the place where keys are given."""
    names = list(Inputs.model_fields)
    place = names.index(_COLLECTIONS[0])
    return (*names[:place], *provider_inputs, *names[place + len(_COLLECTIONS) :])


def unused_provider_inputs(inputs: Inputs, names: Collection[str]) -> tuple[str, ...]:
    """Return warnings about keys and accounts that no installed provider takes."""
    return tuple(
        f"there is no input {name!r}{did_you_mean(name, names)}; it is not used"
        for name in (*inputs.keys, *inputs.accounts)
        if name not in names
    )


def read_report_path(environment: Mapping[str, str]) -> str:
    """Return where the report goes, known even when other inputs are wrong, or this one."""
    names = ("report_path", "stage", "shard")
    values: dict[str, Any] = {
        name: text
        for name in names
        if (text := environment.get(_PREFIX + name.upper(), "").strip())
    }
    for used_values in (values, {"report_path": values.get("report_path", ".")}):
        try:
            return Inputs(**used_values).written_report_path
        except ValidationError:
            continue
    return Inputs().report_path


def _refuse_odd_stage(inputs: Inputs) -> None:
    """Raise `ConfigError` where `shard` and `stage` do not go together."""
    if inputs.shard_number and inputs.stage is not Stage.ANALYZE:
        raise ConfigError(
            f"input 'shard': {inputs.shard} is a part of a review, which is not posted by itself",
            hint="write `stage: analyze`, and let a later job with `stage: publish` join the parts",
        )
    if inputs.shard and inputs.stage is Stage.PUBLISH:
        raise ConfigError(
            f"input 'shard': {inputs.shard!r} does not go with `stage: publish`",
            hint="leave `shard` out: `report_path` names the reports that are joined",
        )


def _input_error(error: ValidationError, values: Mapping[str, str]) -> ConfigError:
    """Say for each bad input what it takes; the value itself is shown unless it is a secret."""
    lines = []
    for problem in error.errors():
        # The field's name, or that of one key among the keys.
        name = str(problem["loc"][-1])
        # Pydantic's message without its own prefixes.
        message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        field = Inputs.model_fields.get(name)
        secret = name.endswith(_KEY_ENDING) or (field and field.annotation is SecretStr)
        value = "" if secret else f" cannot be {values.get(name, '')[:80]!r}"
        lines.append(f"input {name!r}{value}: {message}")
    return ConfigError("; ".join(lines), hint="see the table of inputs in the README")
