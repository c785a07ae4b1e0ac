"""What GitHub takes as the name and the color of a label."""

from typing import Annotated

from pydantic import AfterValidator

from codeflow_action.engine.lazy import regex

# Longer ones are refused: https://github.com/github/docs/issues/32156. Commas are allowed.
MAX_NAME = 50  # characters
_COLOR = regex(r"#?([0-9a-fA-F]{6})")


def _check_name(name: str) -> str:
    # GitHub trims a name. Then ours would never be found among those that the pull request bears.
    if not name or name != name.strip() or not name.isprintable():
        raise ValueError("write a label's name on one line, without spaces around it")
    if len(name) > MAX_NAME:
        raise ValueError(f"a label's name has at most {MAX_NAME} characters on GitHub")
    return name


def _bare_color(color: str) -> str:
    match = _COLOR.fullmatch(color)
    if match is None:
        raise ValueError("write a color as six hexadecimal digits in quotes, such as '0e8a16'")
    return match[1].lower()


type LabelName = Annotated[str, AfterValidator(_check_name)]
type LabelColor = Annotated[str, AfterValidator(_bare_color)]
