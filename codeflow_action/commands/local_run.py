"""What a command has to work with that reviews, or configures a review."""

import asyncio
import math
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

from codeflow_action.commands.command_call import CommandCall, show_progress, write_result
from codeflow_action.commands.options import read_options
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.report import Report
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.laptop import Local, ReviewRequest
from codeflow_action.hosts.log import make_log
from codeflow_action.hosts.telemetry import (
    end_telemetry,
    run_attributes,
    start_telemetry,
    tell_report,
)
from codeflow_action.integrations.scanners import BundledScanners


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """A laptop, or a step of a job: `stop` is set when it is to come to an end."""

    call: CommandCall
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def request(self) -> ReviewRequest:
        """What is to be reviewed, by the options."""
        options = self.call.options
        return ReviewRequest(
            directory=Path.cwd(),
            base=options.base,
            head=getattr(options, "head", ""),  # `config` has no such options
            is_staged=getattr(options, "staged", False),
            config=Path(options.config) if options.config else None,
        )

    def run[Result](
        self, work: Callable[[Local], Awaitable[Result]], show: Callable[[Result], str]
    ) -> Result:
        """Do the work, with its progress on stderr, and write the result."""
        options, environment = self.call.options, self.call.environment
        scanners = BundledScanners(environment)
        redactor = self.call.redactor.with_search(scanners)
        log = make_log(sys.stderr, redactor, debug=False)
        telemetry = start_telemetry(environment, redactor, log)
        # In a workflow these lie in the workspace; here they may lie anywhere.
        paths = {name: getattr(options, name, "") for name in ("record", "cache_dir")}
        inputs = read_options(options).model_copy(update=paths)

        async def work_locally() -> Result:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stop.set)
            local = Local(
                inputs=inputs,
                environment=environment,
                redactor=redactor,
                scanners=scanners,
                clock=RealClock(),
                today=datetime.now(UTC).date().isoformat(),
                log=log,
                tracer=telemetry,
                progress=lambda text: show_progress(redactor.text(text)),
                stop=self.stop,
            )
            return await work(local)

        try:
            with telemetry.span(f"codeflow {options.command}", run_attributes({})) as span:
                try:
                    result = asyncio.run(work_locally())
                finally:
                    show_progress("")
                if isinstance(result, Report):
                    tell_report(span, result)
            # Before telemetry ends: a collector that is slow keeps nobody from the result.
            write_result(show(result))
            return result
        finally:
            end_telemetry(telemetry, log, seconds_left=math.inf, hurry=False)
