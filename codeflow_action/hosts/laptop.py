"""The command line's run: a range of a local repository through the same engine."""

import asyncio
import random
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path

from codeflow_action.ai.models import ModelPorts, NoModels, RunModels
from codeflow_action.ai.registry import Providers
from codeflow_action.ai.wrappers.recording import Exchange
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective
from codeflow_action.config.model_choice import Access, ModelChoice, make_models
from codeflow_action.config.plugins import Plugins, load_plugins
from codeflow_action.engine.errors import CodeFlowError, ConfigError, RepositoryError
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.policy_trees import PolicyTrees
from codeflow_action.engine.ports import Clock, NoForge, Tree
from codeflow_action.engine.pull_request import Association, Author, PullRequest, Trigger
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import Report
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.engine.standing_dismissals import NONE_STANDING, StandingDismissals
from codeflow_action.engine.tracing import Tracer
from codeflow_action.hosts.laptop_policy import default_commit, find_policy_trees, read_local
from codeflow_action.hosts.log import Log, log_bug
from codeflow_action.hosts.provider_access import key_shapes, open_access
from codeflow_action.integrations.folder_store import FolderStore
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.git_history import GitHistory
from codeflow_action.integrations.line_hashes import read_lines_of
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.integrations.reports.files import WorkspaceReports
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.integrations.safe_folder import locate
from codeflow_action.integrations.scanners import BundledScanners, LearningScanners
from codeflow_action.run.clean import clean_start
from codeflow_action.run.conclude import conclude
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.run.resolver import Resolver
from codeflow_action.run.round import Observer, Ports, Round, Start, run_round
from codeflow_action.security.redaction import Redactor
from codeflow_action.tape.recorder import Recorder


@dataclass(frozen=True, kw_only=True)
class ReviewRequest:
    """What the reader asked for. An empty `base` means the default branch; `head` the work tree.

    Where it `is_staged`, the index stands for the head, and the last commit is its usual base.
    `config` is a file of this machine that stands in the place of the repository's configuration.
    """

    directory: Path
    base: str = ""
    head: str = ""
    is_staged: bool = False
    config: Path | None = None
    title: str = ""
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a review is done with: the configuration, the models, and the providers of these.

    `policy` is where guidelines and checks are read, None for the merge base.
    """

    effective: Effective
    choice: ModelChoice
    providers: Providers
    policy: Tree | None = None
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()
    standing_dismissals: StandingDismissals = NONE_STANDING


@dataclass(frozen=True, kw_only=True)
class Local:
    """A review on this machine. `environment` holds the keys; nothing is written anywhere.

    `today` is the date of UTC at the start. `keep` takes the report as it were if the review ended
    now.
    """

    inputs: Inputs
    environment: Mapping[str, str]
    redactor: Redactor
    scanners: BundledScanners
    clock: Clock
    today: str
    log: Log
    tracer: Tracer
    progress: Callable[[str], None]
    stop: asyncio.Event
    keep: Callable[[Report], None] = lambda _report: None

    @cached_property
    def plugins(self) -> Plugins:
        """What is installed."""
        return load_plugins()

    def access(self, outsider: Reason | None = None) -> Access:
        """Return the keys and addresses of this machine; see `open_access`."""
        return open_access(
            self.plugins.providers, self.inputs, self.environment, self.redactor, outsider=outsider
        )

    async def review(self, request: ReviewRequest) -> Report:
        """Return the report, by the configuration at the base. Raises `CodeFlowError`."""
        start_time = self.clock.now()
        repository = await open_repository(request.directory, self.environment)
        self.progress("reading the change")
        pull_request = await _pull_request(repository, request)
        trees = await find_policy_trees(repository, pull_request)
        access = self.access()
        configuration = await self._configure(request, repository, pull_request, trees, access)
        setting = Setting(
            **vars(configuration.resolution),
            providers=self.plugins.providers,
            policy=trees.policy.tree,
            findings=configuration.findings,
            shortfalls=configuration.shortfalls,
            notices=configuration.notices,
            standing_dismissals=configuration.standing_dismissals,
        )
        head = await _head(repository, pull_request, request)
        return await self._carry_out(pull_request, repository, head, setting, start_time)

    async def configure(
        self, request: ReviewRequest, *, with_keys: bool = False
    ) -> RunConfiguration:
        """Return the configuration that a review would have. Keys may lack unless `with_keys`.

        Raises `CodeFlowError`.
        """
        repository = await open_repository(request.directory, self.environment)
        pull_request = await _pull_request(repository, request)
        trees = await find_policy_trees(repository, pull_request)
        access = self.access(None if with_keys else Reason.NO_KEY)
        return await self._configure(request, repository, pull_request, trees, access)

    async def _configure(
        self,
        request: ReviewRequest,
        repository: LocalRepository,
        pull_request: PullRequest,
        trees: PolicyTrees,
        access: Access,
    ) -> RunConfiguration:
        resolver = Resolver(inputs=self.inputs, access=access, plugins=self.plugins)
        return await read_local(
            resolver=resolver,
            pull_request=pull_request,
            trees=trees,
            head=await _head(repository, pull_request, request),
            file=request.config,
            today=self.today,
        )

    async def carry_out(
        self, request: ReviewRequest, repository: LocalRepository, setting: Setting
    ) -> Report:
        """Return the report of a review in that setting. Raises `CodeFlowError`."""
        start_time = self.clock.now()
        self.scanners.warm_up()
        self.progress("reading the change")
        pull_request = await _pull_request(repository, request)
        head = await _head(repository, pull_request, request)
        return await self._carry_out(pull_request, repository, head, setting, start_time)

    async def _carry_out(
        self,
        pull_request: PullRequest,
        repository: LocalRepository,
        head: Tree,
        setting: Setting,
        start_time: float,
    ) -> Report:
        exchanges: list[Exchange] = []
        models: RunModels | NoModels = NoModels(Reason.NO_REVIEWABLE_CHANGES.value)
        if pull_request.files:
            models = self._models(setting, start_time, exchanges)
        models.warm_up()
        scanners = LearningScanners(self.scanners, self.redactor)
        raw = Start(
            name=self.inputs.name,
            pull_request=pull_request,
            trigger=Trigger.LOCAL,
            effective=setting.effective,
            model=setting.choice.label,
            no_model=setting.choice.absence(was_asked=False),
            findings=setting.findings,
            shortfalls=setting.shortfalls,
            notices=(*setting.notices, *await _range_notices(repository, pull_request, head)),
            standing_dismissals=setting.standing_dismissals,
            allowances=setting.effective.policy.allowances(self.today),
        )
        # In a thread: scanners search all of it, and signals are to be answered meanwhile.
        start = await asyncio.to_thread(clean_start, raw, self.redactor)
        ports = Ports(
            head=head,
            base=repository.tree(pull_request.merge_base_sha),
            policy=setting.policy or repository.tree(pull_request.merge_base_sha),
            scanners=scanners,
            models=models,
            clock=self.clock,
            forge=NoForge(),
            history=GitHistory(repository=repository, sha=pull_request.merge_base_sha),
            reports=WorkspaceReports(Workspace(repository.root), self.redactor.try_redact),
            key_shapes=key_shapes(setting.providers),
        )
        recorder = Recorder(ports, exchanges) if self.inputs.record else None
        round_ = await self._round(start, recorder.ports if recorder else ports, start_time)
        await models.aclose()
        texts = await read_lines_of(round_.all_findings, head)
        report = await asyncio.to_thread(conclude, round_, self.redactor, texts)
        if recorder:
            await asyncio.to_thread(self._record, recorder, round_, report)
        return report

    async def _round(self, start: Start, ports: Ports, start_time: float) -> Round:
        observer = Observer(
            progress=self.progress,
            on_bug=partial(log_bug, self.log),
            # A terminal shows gates and models together, so each moment counts alike.
            keep=lambda round_, _gates_done: self.keep(conclude(round_, self.redactor)),
        )
        return await run_round(
            start,
            ports,
            observer,
            start_time=start_time,
            stop=self.stop,
            tracer=self.tracer,
        )

    def _record(self, recorder: Recorder, round_: Round, report: Report) -> None:
        try:
            cassette = recorder.cassette(round_, report, self.redactor)
        except ScannerFailed as error:
            raise CodeFlowError(
                f"nothing was recorded: it could not be searched for secrets ({error})",
                hint="run it again, or without `--record`",
            ) from error
        try:
            folder, file = locate(Path.cwd(), self.inputs.record)
            folder.write(file, cassette)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", error)
            raise ConfigError(
                f"the cassette cannot be written to {self.inputs.record} ({reason})"
            ) from error

    def _models(
        self, setting: Setting, start_time: float, exchanges: list[Exchange]
    ) -> RunModels | NoModels:
        cache = self.inputs.cache_dir
        store = FolderStore(Path.cwd(), cache) if cache else None
        if store:
            store.prune()
        ports = ModelPorts(
            clock=self.clock,
            rng=random.Random(),  # noqa: S311 - jitter, no secret
            redactor=self.redactor,
            store=store,
            sink=exchanges.append if self.inputs.record else None,
            stop=self.stop,
            tracer=self.tracer,
        )
        return make_models(
            setting.effective,
            setting.choice,
            setting.providers,
            ports,
            deadline=start_time + setting.effective.policy.budget.timeout_minutes * 60,
        )


async def open_repository(directory: Path, environment: Mapping[str, str]) -> LocalRepository:
    """Return the repository around the directory. Raises `RepositoryError`."""
    settings = GitSettings(environment=environment)
    repository = await LocalRepository.discover(directory, settings)
    if repository is None:
        raise RepositoryError(
            f"{directory} is in no git repository", hint="change into one, and run this again"
        )
    return repository


async def _head(
    repository: LocalRepository, pull_request: PullRequest, request: ReviewRequest
) -> Tree:
    if request.is_staged:
        return repository.tree(await repository.staged_tree())
    sha = pull_request.head_sha
    return repository.tree(sha) if sha else repository.working_tree()


async def _range_notices(
    repository: LocalRepository, pull_request: PullRequest, tree: Tree
) -> tuple[str, ...]:
    """Return what was compared with what, and a sentence where the two have no common history."""
    head = pull_request.head_ref or pull_request.head_sha[:7]
    head_name = f"{head} ({pull_request.head_sha[:7]})"
    if not pull_request.head_sha:
        head_name = "what is staged" if tree.sha else "the working tree"
    since = f"{pull_request.base_ref} ({pull_request.merge_base_sha[:7]})"
    if pull_request.merge_base_sha != pull_request.base_sha:
        since += ", from which it parted there"
    comparison = (
        f"compared {head_name} with {since}: {count(len(pull_request.files), 'changed file')}"
    )
    if not pull_request.files:
        return (f"{comparison}; --base and --head name another range",)
    if pull_request.merge_base_sha != pull_request.base_sha:
        return (comparison,)
    tip = pull_request.head_sha or await repository.resolve("HEAD")
    if await repository.merge_base(pull_request.base_sha, tip):
        return (comparison,)
    warning = "base and head have no common history, so their files were compared as they are"
    return comparison, warning


async def _pull_request(repository: LocalRepository, request: ReviewRequest) -> PullRequest:
    if request.is_staged and request.head:
        raise ConfigError("--staged and --head name two heads", hint="leave one of them out")
    if revision := request.base or ("HEAD" if request.is_staged else ""):
        base_ref, base = revision, await repository.resolve(revision)
    else:
        base_ref, base = await default_commit(repository)
    head = await repository.resolve(request.head) if request.head else ""
    tip = head or await repository.resolve("HEAD")
    merge_base = await repository.merge_base(base, tip)
    if merge_base is None and repository.is_shallow:
        raise RepositoryError(
            f"{base_ref} and the head have no common ancestor here",
            hint="in a shallow clone run `git fetch --unshallow`",
        )
    merge_base = merge_base or base  # an orphan branch: all of its files against the base's
    name = await repository.remote_name()
    tree = await repository.staged_tree() if request.is_staged else head
    change = await repository.change(merge_base, tree or None)  # None is the work tree
    return PullRequest(
        repository=name,
        number=None,
        title=request.title,
        body=request.body,
        # Who runs it here is no stranger: rules for newcomers' pull requests do not apply.
        author=Author(login="", association=Association.OWNER),
        base_ref=base_ref,
        base_sha=base,
        head_ref=request.head or await repository.current_branch(),
        head_sha=head,
        merge_base_sha=merge_base,
        head_repository=name,
        files=change.files,
        files_left_out=change.left_out,
    )
