"""Which lines of a step's output a runner obeys, by actions/runner (ActionCommand.cs).

Any name counts as a command's, known or not.
"""

import re

_NEWER = re.compile(r"\s*::\s*([\w-]+)(?: [^\n]*?)?::")
_OLDER = re.compile(r"##\[([\w-]+)[^\]]*\]")


def obeyed(output: str) -> list[str]:
    """Return the commands in an output, as their lines; between stop and resume there are none."""
    found: list[str] = []
    resume = ""
    for line in re.split(r"\r\n|\r|\n", output):
        if resume:
            resume = "" if line.strip() == f"::{resume}::" else resume
            continue
        if match := _NEWER.match(line) or _OLDER.search(line):
            if match[1] == "stop-commands":
                resume = line.rpartition("::")[2].strip()
            else:
                found.append(line)
    return found
