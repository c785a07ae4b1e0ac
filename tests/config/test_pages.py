"""The pages of what is installed say what the classes say."""

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from codeflow_action.ai.registry import InstalledProvider
from codeflow_action.config.pages import pages
from codeflow_action.config.plugins import Plugins, load_plugins
from codeflow_action.engine.action import Action
from codeflow_action.engine.model import ModelProfile, ProviderProfile
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.pull_request import Trigger


class Limits(BaseModel):
    """How long a name may be.

    A second paragraph.
    """

    most: int = 80


class Names(Action):
    """Looks at names.

    It reads | no more.
    """

    name = "names"
    checks = False
    needs = (Platforms,)
    triggers: ClassVar[frozenset[Trigger]] = frozenset({Trigger.PUSH, Trigger.CHANGED})

    share: float = Field(default=0.5, gt=0, lt=1, description="How many\nmay be a|b.")
    text: str | None = Field(default=None, min_length=2, max_length=9)
    kinds: tuple[Literal["class", "def"], ...] = Field(default=("class",), max_length=2)
    limits: Limits = Limits()
    table: dict[str, int] = Field(default={"a": 1})
    needed: bool

    async def run(self, task):
        return Done()


class Silent(Action):
    name = "silent"

    async def run(self, task):
        return Done()


def page(name, **providers):
    plugins = Plugins(actions={"names": Names, "silent": Silent}, providers=providers)
    return dict(pages(plugins))[name]


def rows(text):
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return dict(line.removeprefix("| `").split("` | ", 1) for line in lines)


def test_the_docstring_and_the_facts_come_first():
    assert page("names").startswith(
        "Looks at names.\n\nIt reads | no more.\n\n- Kind: action\n- Asks a model: no\n"
        "- Is a check: no, it gives context only\n"
        "- Runs for: `changed`, `push`; `only.events` may add to these\n"
        "- Needs facts: `Platforms`\n\n| option |"
    )


def test_each_option_has_its_type_its_limits_its_default_and_its_meaning():
    shown = rows(page("names"))
    assert shown["share"] == r"number, > 0, < 1 | `0.5` | How many may be a\|b. |"
    assert shown["text"] == "string, ≥ 2 characters, ≤ 9 characters |  |  |"
    assert shown["kinds"] == 'list of `class`, `def`, ≤ 2 entries | `["class"]` |  |'
    assert shown["limits"] == "mapping of `most` |  | How long a name may be. |"
    assert shown["table"] == 'mapping | `{"a": 1}` |  |'
    assert shown["needed"] == "boolean |  |  |"


def test_a_class_without_a_docstring_does_not_borrow_one():
    assert page("silent").startswith("- Kind: action\n")


def test_a_provider_of_which_nothing_is_known_has_a_page():
    provider = InstalledProvider(name="bare", profile=ProviderProfile(), create=Silent)
    assert page("bare", bare=provider) == "- Kind: provider\n- Input for its key: `bare_api_key`"


def test_a_model_without_a_price_is_said_to_have_none():
    profile = ProviderProfile(models={"m": ModelProfile(window=8_000)})
    provider = InstalledProvider(name="bare", profile=profile, create=Silent)
    assert rows(page("bare", bare=provider)) == {"m": "8,000 | unknown |  |  |"}


def test_everything_that_is_installed_has_a_page_with_a_first_sentence():
    for name, text in pages(load_plugins()):
        assert text.splitlines()[0].endswith("."), name
