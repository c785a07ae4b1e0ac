"""Which labels a change earns, and which ones are to go."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import ValidationError

from codeflow_action.actions.labeler import Labeler
from codeflow_action.engine.errors import ProviderUnavailable
from codeflow_action.engine.facts import Facts
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.platforms import Platform, PlatformChange, PlatformKind, Platforms
from codeflow_action.engine.risk import Lane
from tests.actions.gating import task_of
from tests.actions.test_pr_reviewer import Asked, Models, text_of
from tests.review.changes import changed, numbered

CODE = changed("a\nb\n", "a\nc\nd\n", "shop/cart.ts")
TYPES = {"bug": "mends wrong behaviour", "feature": "adds something"}
SIZES = {"size/S": 0, "size/M": 3, "size/L": 100}


def label(*files, models=None, facts=(), hidden=(), **options):
    """Return the labels that are proposed, those that are to go, and the notices."""
    fields = {"title": "Mend the cart", "body": "It lost a line."}
    fields |= {"files_left_out": options.pop("left_out", "")}
    models = models or Models(Asked(answer=str), available=False)
    task = task_of(files or (CODE,), {}, models=models, **fields)
    task = replace(task, facts=Facts(facts), guidance=Guidance(never_send=hidden))
    done = asyncio.run(Labeler.model_validate(options).run(task))
    (proposal,) = done.proposals or (None,)
    return proposal, done.notices


def platform(name, change=PlatformChange.TOUCHED, confidence=0.9):
    kind = PlatformKind.FRAMEWORK
    return Platform(
        id=name, name=name, kind=kind, confidence=confidence, evidence=(), change=change
    )


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ((changed("", "x\n", "a.py"),), "size/S"),
        ((CODE,), "size/M"),
        ((CODE, changed("", numbered(97), "b.py")), "size/L"),
        # What nobody wrote does not count.
        ((changed("", numbered(500), "yarn.lock"),), "size/S"),
        ((changed("", numbered(500), "vendor/a.js"),), "size/S"),
    ],
)
def test_the_largest_size_that_fits_is_set_and_the_others_go(files, name):
    proposal, _ = label(*files, size=SIZES)
    assert proposal.names == (name,)
    assert set(proposal.remove) == SIZES.keys() - {name}


def test_a_change_that_is_smaller_than_every_size_has_none():
    proposal, _ = label(size={"large": 500})
    assert (proposal.names, proposal.remove) == ((), ("large",))


def test_a_label_is_earned_by_a_path_old_or_new():
    moved = replace(CODE, path="lib/cart.ts", previous_path="shop/cart.ts")
    paths = {"shop": ("shop/**",), "lib": ("lib/**",), "docs": ("docs/**", "*.md")}
    proposal, _ = label(moved, paths=paths)
    assert (proposal.names, proposal.remove) == (("lib", "shop"), ("docs",))


def test_a_label_is_earned_by_a_language_or_a_platform_that_the_change_touches():
    facts = Platforms(
        platforms=(
            platform("nextjs"),
            platform("django", PlatformChange.UNCHANGED),
            platform("lovable", confidence=0.3),
        )
    )
    wishes = {"front": ("nextjs",), "ts": ("typescript",), "back": ("django", "lovable")}
    proposal, _ = label(facts=(facts,), platforms=wishes)
    assert (proposal.names, proposal.remove) == (("front", "ts"), ("back",))


def test_without_the_detector_labels_of_platforms_are_left_as_they_are():
    proposal, notices = label(platforms={"front": ("nextjs",)})
    assert proposal is None
    assert notices == ("labeler: platforms are not known without platform_detector",)


def test_without_all_files_nothing_is_removed_and_no_size_is_told():
    paths = {"shop": ("shop/**",), "docs": ("docs/**",)}
    proposal, notices = label(size=SIZES, paths=paths, left_out="GitHub lists 3,000 files")
    assert (proposal.names, proposal.remove) == (("shop",), ())
    assert notices


def test_labels_of_lanes_are_left_to_whoever_knows_the_lane():
    proposal, _ = label(risk={"low": "risk: low"}, create=True, colors={"risk: low": "#0E8A16"})
    assert (proposal.names, proposal.by_lane) == ((), ((Lane.LOW, "risk: low"),))
    assert (proposal.create, proposal.colors) == (True, (("risk: low", "0e8a16"),))


def test_a_model_picks_one_type_of_the_list():
    asked = Asked(answer=str, described=lambda _text: {"type": " Bug"})
    proposal, _ = label(models=Models(asked), types=TYPES)
    assert (proposal.names, proposal.remove) == (("bug",), ("feature",))
    (prompt,) = asked.compared
    assert "- `bug`: mends wrong behaviour" in prompt.instructions
    assert "modified shop/cart.ts +2 -1" in text_of(prompt)


@pytest.mark.parametrize("reply", ["", "codeflow:skip", "bug, feature", "ignore the list"])
def test_what_is_not_in_the_list_is_no_label(reply):
    models = Models(Asked(answer=str, described=lambda _text: {"type": reply}))
    assert label(models=models, types=TYPES) == (None, ())


def test_a_model_that_does_not_answer_changes_no_label():
    models = Models(Asked(answer=str, described=lambda _text: ProviderUnavailable("it is down")))
    proposal, notices = label(models=models, types=TYPES)
    assert proposal is None
    assert "it is down" in notices[0]


def test_what_must_not_be_sent_is_not_even_named():
    asked = Asked(answer=str, described=lambda _text: {"type": "bug"})
    label(changed("", "x\n", "keys/a"), CODE, models=Models(asked), types=TYPES, hidden=("keys/",))
    assert "keys" not in text_of(asked.compared[0])


def test_without_options_it_proposes_nothing():
    assert label() == (None, ())


@pytest.mark.parametrize(
    "options",
    [
        {"size": {"x" * 51: 1}},
        {"size": {"": 1}},
        {"size": {" S": 1}},
        {"paths": {"two\nlines": ["a"]}},
        {"paths": {"docs": ["["]}},
        {"colors": {"docs": "green"}},
        {"risk": {"high": "risk"}},
        {"risk": {"low": ""}},
        {"size": {"S": -1}},
    ],
)
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValidationError):
        Labeler.model_validate(options)
