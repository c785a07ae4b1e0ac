"""A configuration that is broken can be mended, and a pull request that breaks one is told so."""

import asyncio
import json
from dataclasses import dataclass

import pytest

from codeflow_action.config.inputs import Inputs
from codeflow_action.config.json_schema import configuration_schema
from codeflow_action.config.model_choice import Access
from codeflow_action.config.pages import resolve
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.run.configuration import read_configuration
from codeflow_action.run.resolver import Resolver
from tests.pull_requests import pull_request

PATH = ".github/codeflow.yml"
TODAY = "2026-12-01"
PLUGINS = load_plugins()
SCHEMA = configuration_schema(PLUGINS.actions)
RESOLVER = Resolver(inputs=Inputs(), access=Access(keys={"openai": "key"}), plugins=PLUGINS)
GOOD = b"version: 1\n"
MENDING = pull_request(ChangedFile(path=PATH, status=FileStatus.MODIFIED))
OTHER = pull_request(ChangedFile(path="a.py", status=FileStatus.MODIFIED))
WRONG = (None, "x", -1, True, [], {"a": 1}, "opnai:x", "anthropic:x")


def keys(node, path=()):
    """Yield the path of each key of a schema; 0 stands for the first element of a list."""
    node = resolve(node, SCHEMA)
    for branch in node.get("anyOf", ()):
        yield from keys(branch, path)
    if node.get("type") == "array" and "items" in node:
        yield (*path, 0)
        yield from keys(node["items"], (*path, 0))
    for name, option in node.get("properties", {}).items():
        yield (*path, name)
        yield from keys(option, (*path, name))


def document(path, value):
    """Return a configuration that says nothing else, as JSON, which is YAML."""
    for part in reversed(path):
        value = [value] if part == 0 else {part: value}
    return json.dumps(value).encode()


PATHS = tuple(dict.fromkeys(keys(SCHEMA)))


@dataclass
class Commit:
    """A tree that holds the configuration and nothing else."""

    content: bytes
    sha: str = "5ca1ab1e" * 5

    async def read_many(self, paths):
        return {path: self.content if path == PATH else Absent.MISSING for path in paths}


def read(base, head, change):
    policy = NamedTree(branch="main", tree=Commit(base))
    trees = PolicyTrees(policy=policy, default=policy)
    return asyncio.run(
        read_configuration(
            resolver=RESOLVER, pull_request=change, trees=trees, head=Commit(head), today=TODAY
        )
    )


def refusal(base):
    """Return why a run that does not touch the configuration ends with exit code 2, or nothing."""
    try:
        read(base, base, OTHER)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("section", sorted(SCHEMA["properties"]))
def test_whatever_is_broken_in_the_base_can_be_mended_by_its_own_pull_request(section):
    wrong_texts = [
        (path, value, document(path, value))
        for path in PATHS
        if path[0] == section
        for value in WRONG
    ]
    refused = 0
    for path, value, text in wrong_texts:
        words = refusal(text)
        # What would end every run once it is merged is said on the pull request that brings it.
        bringing = read(GOOD, text, MENDING)
        rules = {finding.rule for finding in bringing.findings}
        assert rules == ({"configuration/invalid"} if words else set()), (path, value)
        if not words:
            continue
        refused += 1
        mended = read(text, GOOD, MENDING)
        assert not mended.findings
        assert [shortfall.reason for shortfall in mended.shortfalls] == [Reason.INVALID_CONFIG]
        # Where the file cannot be read nobody knows what it keeps from models.
        assert mended.resolution.choice.default is None
    assert refused >= len(wrong_texts) / 4


def test_no_complaint_speaks_of_types_of_a_programming_language():
    complaints = [
        refusal(document(path, value)) for path in PATHS for value in (None, 1.5, [], {}, "x")
    ]
    assert sum(map(bool, complaints)) > len(PATHS)
    for complaint in complaints:
        for word in ("tuple", "dict", "instance", "None", "True", "str]", "parse", "valid "):
            assert word not in complaint


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("pipeline: [{pr_reviewer: {only: {evnts: [push]}}}]", "'events'"),
        ("pipeline: [{quality_gates: {size: {levle: off}}}]", "'level'"),
        ("pipeline: [{quality_gates: {debug_leftovers: {patterns: [{patern: a}]}}}]", "'pattern'"),
        ("models: {prices: {'openai:x': {inputs: 1, output: 1}}}", "'input'"),
        ("models: {roles: {verfy: 'openai:x'}}", "'verify'"),
        ("paths: {rules: [{match: a, instruction: b}]}", "'instructions'"),
    ],
)
def test_a_wrong_key_is_told_the_names_of_its_own_level(text, near):
    assert near in refusal(text.encode())


def test_an_editor_is_told_what_each_key_means():
    def properties(node):
        if isinstance(node, dict):
            yield from node.get("properties", {}).values()
            for value in node.values():
                yield from properties(value)
        elif isinstance(node, list):
            for value in node:
                yield from properties(value)

    described = [about for about in properties(SCHEMA) if about.get("description")]
    assert described == list(properties(SCHEMA))
    assert len(described) > 150


def test_an_entry_of_allow_that_has_ended_is_a_notice():
    """It names what the entry is about, so that somebody takes it out."""
    row = "{rule: secrets, path: 'tests/**', why: a test key, until: 2026-11-30}"
    text = f"allow: [{row}, {row.replace('2026-11-30', TODAY)}]".encode()
    (notice,) = read(text, text, OTHER).notices
    assert notice.startswith("`allow` of secrets in tests/** ended on 2026-11-30: ")
