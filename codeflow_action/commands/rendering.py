"""A report in the form that was asked for."""

import json
import sys

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.config.pages import rule_pages
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.integrations.sarif_output import to_sarif
from codeflow_action.integrations.terminal import to_terminal, wants_colour


def render(report: Report, call: CommandCall) -> str:
    """Return the report as `--format` says, clean for a job's step."""
    form = call.options.format
    match form:
        case "json":
            text = report.model_dump_json(indent=2) + "\n"
        case "sarif":
            # What a job makes may be uploaded to code scanning, which shows all of it as open.
            is_job = call.environment.get("GITHUB_ACTIONS") == "true"
            sarif = to_sarif(report, rule_pages(load_registry()), with_dismissals=not is_job)
            text = json.dumps(sarif, indent=2) + "\n"
        case "markdown":
            # Without addresses, what would be a link is plain text: nothing here is on GitHub.
            text = summary(report, None, Links(server_url="", repository=""), report.notices)
        case _:
            text = to_terminal(report, colour=wants_colour(sys.stdout, call.environment))
    return call.clean(text, as_json=form in {"json", "sarif"})
