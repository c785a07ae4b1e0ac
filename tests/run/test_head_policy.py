"""The head's copy of the configuration is data: what is wrong with it is told, and ends nothing."""

import asyncio
from dataclasses import dataclass

import pytest

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.model_choice import Access
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.run.head_policy import check_head
from codeflow_action.run.resolver import Resolver
from tests.pull_requests import pull_request

PATH = ".github/codeflow.yml"
PLUGINS = load_plugins()
CHANGE = pull_request(ChangedFile(path=PATH, status=FileStatus.ADDED))


@dataclass
class Head:
    """A tree of one file."""

    content: bytes

    async def read_many(self, paths):
        return dict.fromkeys(paths, self.content)


def checked(text):
    resolver = Resolver(inputs=Inputs(), access=Access(), plugins=PLUGINS)
    return asyncio.run(check_head(Head(text.encode()), CHANGE, "main", resolver))


@pytest.mark.promise(
    "The head's copy of the configuration is only checked as data: its mistakes become findings, "
    "and none of them ends a run."
)
@pytest.mark.parametrize(
    "text",
    [
        "gate: {}\n# \x07\n",  # a control character
        "gate: {min_coverage: !!float ''}\n",  # an empty float
        "budget: {max_tokens: !!int ''}\n",  # an empty integer
        "gate: {model_findings_block: !!bool maybe}\n",  # no boolean
        "budget: {timeout_minutes: 1:2}\n",  # sixty by sixty
        "? [a]\n: b\n",  # a list as a key
        "language: !!timestamp 2020-99-99\n",  # a date that is none
        "a: &x {<<: *x}\n",  # a merge with itself
        'guidelines: ["a\\0b"]\n',  # an escaped zero byte
        "models: {fallback: ['opnai:x']}\n",  # a fallback that nobody knows
        "models: {base_url: 'https://a:b@c'}\n",  # an address with a password
        "models: {prices: {x: {input: -1, output: 1}}}\n",  # a price below nothing
        "pipeline: [quality_gates, quality_gates]\n",  # an action twice
        "paths: {ignore: ['[']}\n",  # a pattern that is none
    ],
)
def test_what_is_wrong_is_a_finding_on_the_file(text):
    """Faults 14 and 19: whatever the parsers below say to it."""
    findings = checked(text).findings
    assert findings
    assert {(finding.rule, finding.path) for finding in findings} == {
        ("configuration/invalid", PATH)
    }


def test_nothing_wrong_is_no_finding():
    assert checked("gate: {min_coverage: 0.5}\n").findings == ()
