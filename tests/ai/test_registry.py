"""Which providers are installed, in which order, and what may not be installed."""

import pytest

from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.model import ProviderProfile

BORROWED = """
from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.engine.model import ProviderProfile


class Borrowed(OpenAIProvider):
    pass


class First(OpenAIProvider):
    profile = ProviderProfile(auto_rank=-1)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with entry points where this process looks."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "borrowed_provider.py").write_text(BORROWED)

    def installed(package, *points):
        metadata = tmp_path / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\n")
        lines = "\n".join(points)
        (metadata / "entry_points.txt").write_text(f"[codeflow.providers]\n{lines}\n")

    return installed


def test_the_built_in_ones_come_in_the_order_of_their_rank_then_all_others_by_name(install):
    install("theirs", "zed = borrowed_provider:First", "acme = borrowed_provider:Borrowed")
    apis, clouds = ["openai", "anthropic", "mistral", "groq"], ["azure", "bedrock", "vertex"]
    assert list(load_providers()) == [*apis, *clouds, "acme", "zed"]


def test_a_class_that_borrows_another_ones_wire_format_is_not_sent_its_key(install):
    install("theirs", "acme = borrowed_provider:Borrowed")
    assert load_providers()["acme"].profile == ProviderProfile()


@pytest.mark.parametrize("name", ["auto", "none", "Acme", "ac:me", "1st", "a b"])
def test_a_name_that_could_not_be_written_in_a_configuration_is_refused(install, name):
    install("theirs", f"{name} = borrowed_provider:Borrowed")
    with pytest.raises(ConfigError, match="theirs brings a provider named"):
        load_providers()


def test_two_names_that_would_share_one_input_are_refused(install):
    install("ours", "my-model = borrowed_provider:Borrowed")
    install("theirs", "my_model = borrowed_provider:Borrowed")
    with pytest.raises(ConfigError, match=r"ours and theirs|theirs and ours"):
        load_providers()


def test_what_is_no_provider_is_refused(install):
    install("theirs", "acme = borrowed_provider:ProviderProfile")
    with pytest.raises(ConfigError, match="in theirs is no LLMProvider"):
        load_providers()
