"""Answers that need nothing but the command and the configuration. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches

from codeflow_action.engine.commands import USAGES, Command, CommandName
from codeflow_action.engine.effective_values import EffectiveValue
from codeflow_action.engine.proposals import Reply

_MAX_QUOTE = 40  # characters of a command that there is none of
_DEFAULT = "default"  # the layer of what nobody has set
_NO_MEMORY = (
    "Nothing was changed: without a model's key nothing is sealed, and without the comment there "
    "is no place to keep it, so the next run would not know."
)


def help_answer(command: Command) -> Reply:
    """Return the commands that the reader may use; for a wrong name the nearest right one first."""
    word = command.argument.split(maxsplit=1)[0].lower() if command.argument.strip() else ""
    names = [name for name in CommandName if name in command.permitted_names]
    if word in {name.value for name in names}:
        return Reply(body=_line(CommandName(word)))
    lines = ["Write one of these on the first line of a comment:", "", *map(_line, names)]
    if not word:
        return Reply(body="\n".join(lines))
    # 0.6 is the library's own default: about two wrong letters in five.
    nearest_name = get_close_matches(word, [name.value for name in names], n=1, cutoff=0.6)
    hint = f" Did you mean `{nearest_name[0]}`?" if nearest_name else ""
    quote = word[:_MAX_QUOTE].replace("`", "'")
    lead = f"There is no command `{quote}` that you may use here.{hint}"
    return Reply(body="\n".join([lead, "", *lines]), is_refusal=True)


def _line(name: CommandName) -> str:
    usage, meaning = USAGES[name]
    return f"- `/codeflow {usage}` {meaning}"


def configuration_answer(values: Sequence[EffectiveValue]) -> Reply:
    """Return what is configured here, folded; what nobody has set is only counted."""
    own_values = [value for value in values if value.layer != _DEFAULT]
    default_count = len(values) - len(own_values)
    rest = f"{default_count} other keys have their defaults."
    if not own_values:
        return Reply(
            body=f"Nothing is configured here: all {default_count} keys have their defaults."
        )
    lines: list[str] = []
    for layer in dict.fromkeys(value.layer for value in own_values):
        lines += ["", f"# {layer}"]
        lines += [f"{value.key}: {value.value}" for value in own_values if value.layer == layer]
    return Reply(
        body=f"This is configured, by the place that says it. {rest}",
        code="\n".join(lines[1:]),
        code_title=f"{len(own_values)} keys",
    )


def pause_answer(command: Command) -> Reply:
    """Return that no model is asked any more."""
    if not command.has_memory:
        return Reply(body=_NO_MEMORY, is_refusal=True)
    return Reply(
        body="Paused: no model is asked about this pull request until somebody writes `resume`. "
        "Gates still run, and `review`, `describe` and `ask` still do what they are asked for."
    )


def resume_answer(command: Command) -> Reply:
    """Return that models are asked again, from the next push on."""
    if not command.has_memory:
        return Reply(body=_NO_MEMORY, is_refusal=True)
    return Reply(
        body="Resumed: the next push is reviewed. `review` asks for the head as it is now."
    )
