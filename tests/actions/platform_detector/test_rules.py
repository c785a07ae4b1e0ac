"""The data: every rule means something, names nobody twice, and says where it comes from."""

import json
import re
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.platform_detector.linguist import load_linguist
from codeflow_action.actions.platform_detector.rules import load_rules, read_data
from codeflow_action.actions.platform_detector.segments import Segments
from codeflow_action.engine.platforms import PlatformKind

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = (ROOT / "scripts" / "import-platform-rules.mjs").read_text()
DATA = resources.files("codeflow_action.actions.platform_detector") / "data"


@pytest.mark.parametrize("name", ["rules.json", "overlay.json"])
def test_no_rule_stands_twice_in_a_file(name):
    counts = Counter(rule["id"] for rule in json.loads(read_data(name)))
    assert [one for one, count in counts.items() if count > 1] == []


def test_every_rule_is_loaded_and_looks_at_something():
    rules = load_rules()
    for name in ("rules.json", "overlay.json"):
        assert {rule["id"] for rule in json.loads(read_data(name))} <= set(rules.by_id)
    for rule in rules.by_id.values():
        assert rule.files or rule.extensions or rule.dependencies or rule.content or rule.env, (
            rule.id
        )
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*(#[a-z]+)?", rule.id)
        assert rule.name.isprintable()


def test_what_is_superseded_exists():
    rules = load_rules()
    wanted = {one for rule in rules.by_id.values() for one in rule.supersedes}
    assert wanted
    assert wanted <= set(rules.by_id)


def test_a_replaced_rule_is_not_carried_along():
    ours = {rule["id"] for rule in json.loads(read_data("overlay.json")) if rule.get("replaces")}
    assert ours.isdisjoint(rule["id"] for rule in json.loads(read_data("rules.json")))


def test_variants_of_a_platform_agree_on_its_name_and_kind():
    told: dict[str, set[tuple[str, PlatformKind]]] = {}
    for rule in load_rules().by_id.values():
        told.setdefault(rule.platform, set()).add((rule.name, rule.kind))
    assert {one: names for one, names in told.items() if len(names) > 1} == {}


def test_the_notice_names_the_versions_that_the_script_takes():
    notice = (DATA / "NOTICE.md").read_text()
    sources = re.findall(r"name: '([^']+)', version: '([^']+)', licence: '([^']+)'", SCRIPT)
    assert len(sources) == 4
    for name, version, licence in sources:
        assert re.search(rf"\| {re.escape(name)} \| {re.escape(version)} \| {licence} \|", notice)
        assert licence in {"MIT", "ISC", "Apache-2.0"}


def test_the_data_is_small():
    """It is read on every run, and copied into every image."""
    sizes = {path.name: len(path.read_bytes()) for path in DATA.iterdir()}
    assert set(sizes) == {"NOTICE.md", "languages.json", "overlay.json", "rules.json"}
    assert sum(sizes.values()) <= 420_000


def test_almost_every_pattern_of_linguist_means_something_here():
    heuristics = [one for group in load_linguist().heuristics.values() for one in group]
    patterns = [pattern for one in heuristics for pattern in (*one.any, *one.all, *one.none)]
    broken = 0
    for pattern in patterns:
        try:
            re.compile(pattern, re.MULTILINE)
        except re.error:
            broken += 1
    assert len(patterns) > 50
    assert broken <= 6


WORDS = st.sampled_from(["a", "b", "ab", "docs", "x.js", "vendor"])


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_patterns_at_segments_say_what_searching_says(parts):
    patterns = [r"(^|/)docs?/", r"(?:^|/)vendor/a", r"^ab/", r"\.js$", r"(^|/)a$", r"(.*?)b/docs"]
    path = "/".join(parts)
    for pattern in patterns:
        assert Segments([pattern]).match(path) is (re.search(pattern, path) is not None)
    searched = any(re.search(pattern, path) for pattern in patterns)
    assert Segments(patterns).match(path) is searched
