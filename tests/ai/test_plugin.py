"""A provider of somebody else's: installed beside us, found by name, held to the contract."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = """
from codeflow_action.ai.providers.openai import OpenAIProvider


class Example(OpenAIProvider):
    name = "example"
"""
# Tries again by itself: who counts the requests, and the budget, would be wrong.
TIRELESS = """
from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.engine.errors import ProviderError


class Example(OpenAIProvider):
    name = "example"

    async def generate(self, prompt):
        try:
            return await super().generate(prompt)
        except ProviderError:
            return await super().generate(prompt)
"""
# Lets an error of its SDK through.
FOREIGN = """
from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.ai.providers.status import RefusalError


class Example(OpenAIProvider):
    name = "example"

    async def _send(self, request):
        try:
            return await super()._send(request)
        except RefusalError as error:
            raise error.__context__
"""


# Gives up on a parameter that could be done without.
STUBBORN = """
from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.ai.providers.status import RefusalError, to_error


class Example(OpenAIProvider):
    name = "example"

    async def _send(self, request):
        try:
            return await super()._send(request)
        except RefusalError as error:
            raise to_error(error.refusal) from error
"""


@pytest.fixture
def contract(forks, tmp_path):
    def run(module):
        (tmp_path / "example_provider.py").write_text(module)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")  # no other one, further up, is found
        metadata = tmp_path / "example_provider-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: example-provider\n")
        (metadata / "entry_points.txt").write_text(
            "[codeflow.providers]\nexample = example_provider:Example\n"
        )
        chosen = (
            "structured or (by_name and vllm) or (one_of_our_errors and (401 or 503))"
            " or (so_many_requests and 503)"
        )
        return forks.run(
            [
                *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--disable-plugin-autoload"),
                *("--basetemp", str(tmp_path / "pytest"), "-k", chosen),
                *("--pyargs", "codeflow_action.testing.provider"),
            ],
            env={
                **os.environ,
                "CODEFLOW_PROVIDER": "example",
                "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
            },
            cwd=tmp_path,
        )

    return run


def test_a_good_plugin_keeps_the_contract(contract):
    ended = contract(GOOD)
    assert ended.returncode == 0, ended.stdout
    assert "7 passed" in ended.stdout


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (TIRELESS, "assert 3 == (1 + 1)"),
        (FOREIGN, "AuthenticationError"),
        (STUBBORN, "example (a-model) answered 400"),  # Fault 20
    ],
)
def test_a_bad_plugin_does_not(contract, module, said):
    ended = contract(module)
    assert ended.returncode == 1
    assert "failed" in ended.stdout
    assert said in ended.stdout
