"""`codeflow findings`: a report's findings for an agent that fixes them."""

import sys
from pathlib import Path

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.engine.errors import ConfigError
from codeflow_action.hosts.report_file import MAX_REPORT, parse_report
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.hand_off_lines import hand_off_file
from codeflow_action.run.clean import clean_report


def run(call: CommandCall) -> int:
    """Print the findings as JSON Lines. The report may be anybody's."""
    path = call.options.report
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(MAX_REPORT + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_REPORT + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror})") from error
    report = clean_report(parse_report(raw), call.redactor.text)
    server = call.environment.get("GITHUB_SERVER_URL", "https://github.com")
    links = Links(server_url=server, repository=report.repository)
    call.write(hand_off_file(report, links), as_json=True)
    return 0
