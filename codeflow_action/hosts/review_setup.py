"""What a run of the Action is set up with: plug-ins, keys, the configuration, and its venue."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from codeflow_action.ai.registry import provider_inputs
from codeflow_action.config.inputs import Stage, unused_provider_inputs
from codeflow_action.config.layers import Effective
from codeflow_action.config.model_choice import Access, MissingKey
from codeflow_action.config.pages import rule_pages
from codeflow_action.config.plugins import Plugins, load_plugins
from codeflow_action.config.when import review_depth
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.hosts.admission import Admission, Doorkeeper
from codeflow_action.hosts.delivery import Delivery, make_delivery
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.label_allowances import LabelReader
from codeflow_action.hosts.lost_keys import LostKeys, find_lost_keys
from codeflow_action.hosts.messages import Lines
from codeflow_action.hosts.provider_access import open_access
from codeflow_action.hosts.report_file import SEAL_PURPOSE
from codeflow_action.hosts.venue import Venue
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.dismissal_rights import (
    DismissalRules,
    read_dismissals,
)
from codeflow_action.integrations.github.read.pull_request import LoadedPullRequest
from codeflow_action.integrations.github.read.threads import with_findings
from codeflow_action.integrations.runner import mask
from codeflow_action.run.configuration import RunConfiguration, read_configuration
from codeflow_action.run.resolver import Resolver
from codeflow_action.security.seal import Seal


@dataclass(frozen=True)
class ReviewSetup:
    """Reads what a review needs before it begins, each thing once.

    `is_approved_elsewhere` tells a shard, which does not ask GitHub for it, whether somebody with
    write access wants this head reviewed. `is_asked` tells a job for a comment whether such a
    person has written it; it is asked when the pull request is loaded.
    """

    job: Job
    is_approved_elsewhere: Callable[[], bool] = lambda: False
    is_asked: Callable[[], bool] = lambda: False

    @cached_property
    def delivery(self) -> Delivery:
        """Receives this run's results until it hands over its end."""
        job = self.job
        # To look for actions again would open the metadata of every package a second time.
        return make_delivery(
            job.environment, job.redactor, job.send, load_actions=lambda: self.plugins.actions
        )

    @cached_property
    def plugins(self) -> Plugins:
        """The actions and providers that are installed, built in or not."""
        plugins = load_plugins()
        names = provider_inputs(plugins.providers.values())
        self.job.warnings += unused_provider_inputs(self.job.inputs, names)
        return plugins

    @cached_property
    def access(self) -> Access:
        """The keys that this run may use, and where they lead."""
        job = self.job
        # A job that publishes asks no model, so that its keys may be missing.
        is_publisher = job.inputs.stage is Stage.PUBLISH
        outsider = job.outsider or (Reason.NO_KEY if is_publisher else None)
        access = open_access(
            self.plugins.providers,
            job.inputs,
            job.environment,
            job.redactor,
            outsider=outsider,
            mask=lambda token: job.send(Lines(lines=(mask(token),))),
        )
        job.warnings += access.warnings
        return access

    @cached_property
    def seal(self) -> Seal:
        """Seals reports that pass from one job of this review to another."""
        return Seal.of(self.access.seal_secrets, SEAL_PURPOSE)

    @property
    def command_names(self) -> frozenset[CommandName]:
        """The commands that there is an action for, besides that the pipeline can be run again."""
        actions = self.plugins.actions.values()
        return frozenset({CommandName.REVIEW}.union(*(action.commands for action in actions)))

    @property
    def rule_pages(self) -> Mapping[str, str]:
        """The addresses of rules' pages by the rules' first part."""
        pages = rule_pages(self.plugins.actions, self.delivery.docs_url)
        return {name: page.address for name, page in pages.items() if page.address}

    async def configure(self, target: LoadedPullRequest) -> RunConfiguration:
        """Return what the configuration comes to for this pull request.

        Raises `ConfigError`, of which `MissingKey` says what to do about a key that is gone.
        """
        resolver = Resolver(inputs=self.job.inputs, access=self.access, plugins=self.plugins)
        try:
            configuration = await read_configuration(
                resolver=resolver,
                pull_request=target.pull_request,
                trees=target.policy_trees,
                head=target.head,
                today=self.job.today,
            )
        except MissingKey as error:
            if advice := (await self._find_lost_keys(target)).advice:
                raise MissingKey(str(error), hint=advice, path=error.path) from error
            raise
        choice, rules = (
            configuration.resolution.choice,
            configuration.resolution.effective.policy.when,
        )
        depth = review_depth(rules, target.pull_request, target.trigger, is_asked=self.is_asked())
        if choice.default or choice.is_declined or depth.reason:
            return configuration
        lost_keys = await self._find_lost_keys(target)
        notices = (*configuration.notices, *filter(None, (lost_keys.advice,)))
        return replace(configuration, notices=notices, lost_keys=lost_keys.keys)

    async def _find_lost_keys(self, target: LoadedPullRequest) -> LostKeys:
        job = self.job
        policy, providers = target.policy_trees.policy.tree, self.plugins.providers
        return await find_lost_keys(job.inputs, job.environment, policy, providers, job.outsider)

    async def venue(
        self,
        target: LoadedPullRequest,
        conversation: Conversation | None,
        configuration: RunConfiguration,
    ) -> Venue:
        """Return where this run may speak, once it is known who may have what reviewed."""
        policy = configuration.resolution.effective.policy
        marks = Marks(
            repository=self.job.surroundings.repository,
            number=target.pull_request.number or 0,
            name=self.job.inputs.name,
            seal=Seal.of(self.access.seal_secrets, PURPOSE),
        )
        doorkeeper = Doorkeeper(
            api=self.job.api,
            policy=policy,
            target=target,
            conversation=conversation,
            marks=marks,
            today=self.job.today,
            is_asked=self.is_asked(),
        )
        if self.job.inputs.shard_number:
            # The job that planned was admitted, and has divided what the author may use today.
            is_approved = self.is_approved_elsewhere()
            depth = review_depth(
                policy.when, target.pull_request, target.trigger, is_approved=is_approved
            )
            admission = Admission(depth=depth, is_approved=is_approved)
        elif configuration.resolution.choice.default is None or target.trigger is Trigger.CLOSED:
            # Nobody is told how to ask for a model where there is none to be asked.
            depth = review_depth(
                policy.when, target.pull_request, target.trigger, is_asked=self.is_asked()
            )
            admission = Admission(depth=depth)
        else:
            admission = await doorkeeper.admit()
        venue = Venue(
            job=self.job,
            target=target,
            conversation=conversation,
            admission=admission,
            policy=policy,
            marks=marks,
            comment_notices=(*configuration.notices, *filter(None, [admission.hint])),
            allowances=policy.allowances(self.job.today),
            rule_pages=self.rule_pages,
        )
        return await self._with_discussion(venue) if conversation else venue

    async def _with_discussion(self, venue: Venue) -> Venue:
        """Return the venue that knows what was said there, and which findings were dismissed."""
        conversation = venue.conversation or Conversation()
        discussion = with_findings(conversation.discussion, venue.marks)
        rules = DismissalRules(
            access=venue.policy.commands.allow,
            author=venue.target.pull_request.author.login,
            previous=venue.marks.read_ledger(venue.sticky_body),
        )
        repository = self.job.surroundings.repository
        dismissals = await read_dismissals(self.job.api, repository, discussion, rules)
        labels = await LabelReader(
            api=self.job.api,
            event=self.job.event,
            pull_request=venue.target.pull_request,
            conversation=conversation,
            marks=venue.marks,
        ).read()
        return replace(
            venue,
            discussion=discussion,
            dismissals=dismissals,
            allowances=(*venue.allowances, *labels.allowances),
            comment_notices=(*venue.comment_notices, *labels.notices),
        )

    def effective_for(self, command: Command, effective: Effective) -> Effective:
        """Return the configuration with whoever carries the command out, by its default options.

        A question is for nobody else.
        """
        name = command.name
        answerers = [action for action in effective.actions if name in action.commands]
        others = [action for action in effective.actions if action not in answerers]
        answerers = answerers or [
            kind() for kind in self.plugins.actions.values() if name in kind.commands
        ]
        actions = answerers if name.is_question else [*others, *answerers]
        return replace(effective, actions=tuple(actions))
