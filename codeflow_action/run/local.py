"""The command line's run: a range of a local repository through the same engine."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codeflow_action.ai.models import Factory, ModelPorts, NoModels, RunModels, load_factories
from codeflow_action.ai.wrappers.recording import Asked
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective, combine
from codeflow_action.config.models import Chosen, choose_models, find_access
from codeflow_action.config.pipeline import load_registry
from codeflow_action.engine.action import Reason
from codeflow_action.engine.errors import ConfigError, RepositoryError
from codeflow_action.engine.ports import Clock, NoForge
from codeflow_action.engine.pull_request import Association, Author, PullRequest, Trigger
from codeflow_action.engine.report import Report
from codeflow_action.engine.tracing import Tracer
from codeflow_action.integrations.folder import FolderStore
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.integrations.repository import Repository
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.run.asking import make_models
from codeflow_action.run.conclude import conclude
from codeflow_action.run.line_hashes import with_line_hashes
from codeflow_action.run.log import Log, log_bug
from codeflow_action.run.policy import file_layers, inline_layers
from codeflow_action.run.recorder import Recorder
from codeflow_action.run.round import Ports, Round, Start, run_round
from codeflow_action.run.surroundings import find_secrets
from codeflow_action.run.tools import read_tools
from codeflow_action.security.redaction import Redactor


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the reader asked for. An empty `base` means the default branch; `head` the work tree."""

    directory: Path
    base: str = ""
    head: str = ""
    title: str = ""
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a review is done with: the configuration, the models, and who makes these by name."""

    effective: Effective
    chosen: Chosen
    factories: Mapping[str, Factory]


@dataclass(frozen=True, kw_only=True)
class Local:
    """A review on this machine. `environment` holds the keys; nothing is written anywhere."""

    inputs: Inputs
    environment: Mapping[str, str]
    redactor: Redactor
    clock: Clock
    log: Log
    tracer: Tracer
    progress: Callable[[str], None]
    stop: asyncio.Event

    async def review(self, wanted: Wanted) -> Report:
        """Return the report, by the configuration that lies in the work tree.

        Raises `CodeFlowError`.
        """
        repository = await open_repository(wanted.directory)
        effective = read_effective(self.inputs, repository.directory)
        factories = load_factories()
        chosen = choose_models(effective, find_access(self.inputs, self.environment), factories)
        setting = Setting(effective=effective, chosen=chosen, factories=factories)
        return await self.carry_out(wanted, repository, setting)

    async def carry_out(self, wanted: Wanted, repository: Repository, setting: Setting) -> Report:
        """Return the report of a review in that setting. Raises `CodeFlowError`."""
        started = self.clock.now()
        self.progress("reading the change")
        pull_request = await _pull_request(repository, wanted)
        head = (
            repository.tree(pull_request.head_sha)
            if pull_request.head_sha
            else repository.working_tree()
        )
        asked: list[Asked] = []
        models = (
            self._models(setting, started, asked)
            if pull_request.files
            else NoModels(Reason.NO_REVIEWABLE_CHANGES.value)
        )
        models.warm_up()
        scanners = BundledScanners(self.environment)
        told = await read_tools(
            setting.effective.policy,
            workspace=Workspace(repository.directory),
            pull_request=pull_request,
            head=head,
            scanners=scanners,
        )
        start = Start(
            name=self.inputs.name,
            pull_request=pull_request,
            trigger=Trigger.LOCAL,
            effective=setting.effective,
            model=setting.chosen.label,
            no_model=setting.chosen.missing(was_asked=False),
            **vars(told),
        )
        ports = Ports(
            head=head,
            base=repository.tree(pull_request.merge_base_sha),
            scanners=scanners,
            models=models,
            clock=self.clock,
            forge=NoForge(),
        )
        recorder = Recorder(ports, asked) if self.inputs.record else None
        round_ = await self._round(start, recorder.ports if recorder else ports, started)
        await models.aclose()
        report = await with_line_hashes(conclude(round_, self.redactor), head)
        if recorder:
            secrets = find_secrets(self.environment)
            self._keep(recorder.cassette(round_, report, secrets))
        return report

    async def _round(self, start: Start, ports: Ports, started: float) -> Round:
        def on_bug(action: str, error: BaseException) -> None:
            log_bug(self.log, action, error)

        return await run_round(
            start,
            ports,
            started=started,
            progress=self.progress,
            on_bug=on_bug,
            stop=self.stop,
            tracer=self.tracer,
        )

    def _keep(self, cassette: str) -> None:
        try:
            Path(self.inputs.record).write_text(cassette, encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigError(
                f"the cassette cannot be written to {self.inputs.record} ({error.strerror})"
            ) from error

    def _models(self, setting: Setting, started: float, asked: list[Asked]) -> RunModels | NoModels:
        store = FolderStore(Path(cache), Path()) if (cache := self.inputs.cache_dir) else None
        if store:
            store.prune()
        ports = ModelPorts(
            clock=self.clock,
            rng=random.Random(),  # noqa: S311 - jitter, no secret
            redactor=self.redactor,
            store=store,
            sink=asked.append if self.inputs.record else None,
            stop=self.stop,
            tracer=self.tracer,
        )
        return make_models(
            setting.effective,
            setting.chosen,
            ports,
            deadline=started + setting.effective.policy.budget.timeout_minutes * 60,
            factories=setting.factories,
        )


async def open_repository(directory: Path) -> Repository:
    """Return the repository around the directory. Raises `RepositoryError`."""
    repository = await Repository.discover(directory, GitSettings())
    if repository is None:
        raise RepositoryError(
            f"{directory} is in no git repository", hint="change into one, and run this again"
        )
    return repository


def read_effective(inputs: Inputs, directory: Path) -> Effective:
    """Return the configuration of the work tree's file and the inputs. Raises `ConfigError`."""
    registry = load_registry()
    file = directory / inputs.config_path
    layers = []
    if not file.is_file() and inputs.config_path != Inputs().config_path:
        raise ConfigError(f"there is no {inputs.config_path} in {directory}")
    if file.is_file():
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigError(f"{file} cannot be read ({error.strerror})") from error
        layers += file_layers(inputs.config_path, text, registry)
    return combine([*layers, *inline_layers(inputs, registry)], inputs, registry)


async def _pull_request(repository: Repository, wanted: Wanted) -> PullRequest:
    base_ref = wanted.base or await repository.default_branch()
    base = await repository.resolve(base_ref)
    head = await repository.resolve(wanted.head) if wanted.head else ""
    tip = head or await repository.resolve("HEAD")
    merge_base = await repository.merge_base(base, tip)
    if merge_base is None:
        raise RepositoryError(
            f"{base_ref} and the head have no common ancestor here",
            hint="in a shallow clone run `git fetch --unshallow`",
        )
    name = await repository.remote_name()
    return PullRequest(
        repository=name,
        number=None,
        title=wanted.title,
        body=wanted.body,
        author=Author(login="", association=Association.OWNER),
        base_ref=base_ref,
        base_sha=base,
        head_ref=wanted.head or await repository.current_branch(),
        head_sha=head,
        merge_base_sha=merge_base,
        head_repository=name,
        files=await repository.changed_files(merge_base, head or None),
    )
