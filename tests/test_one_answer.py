"""Everybody who asks what kind of file a path is gets the answer of `engine.files`."""

import asyncio

import pytest

from codeflow_action.actions.platform_detector.components import scope_of
from codeflow_action.actions.platform_detector.language_shares import LanguageCount
from codeflow_action.actions.platform_detector.linguist import load_linguist
from codeflow_action.actions.platform_detector.survey import own_paths
from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.engine import files
from codeflow_action.engine.git_attributes import GitAttributes
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.platforms import PlatformScope
from codeflow_action.review.context import neighbourhood
from codeflow_action.review.context.nearby_tests import NearbyTests
from codeflow_action.review.packing import risk
from codeflow_action.review.proof.proof_facts import SourceText
from codeflow_action.review.proof.reach import is_registered
from codeflow_action.review.scope import split_scope
from codeflow_action.review.syntax.grammar_list import LANGUAGES, language_of
from tests.actions.gating import only, task_of
from tests.engine.test_files import KINDS, NO_TESTS, TESTS
from tests.review.changes import changed, numbered

PATHS = sorted({*TESTS, *NO_TESTS, *(path for _, path, _ in KINDS)})
NONE = GitAttributes({})
NAMED = {"lock file": files.is_lock_file, "vendored": files.is_vendored}
NAMED |= {"snapshot": files.is_snapshot, "generated": files.is_generated}


def notes_of_size(path: str) -> str:
    code = changed("", numbered(12), "own.py"), changed("", "x\n", path)
    task = task_of(code, {"own.py": b"x\n", path: b"x\n"})
    done = asyncio.run(QualityGates.model_validate(only("size")).run(task))
    return "".join(done.notes)


@pytest.mark.parametrize("path", PATHS)
def test_a_test_is_one_for_everybody(path):
    is_test = files.is_test(path)
    assert bool(NearbyTests(None, [path], {})._by_subject) is is_test
    if not files.is_documentation(path):
        assert (risk(path) == 2) is is_test
    if not files.is_foreign(path):
        assert ("tests: +1" in notes_of_size(path)) is is_test
    folder = path.rpartition("/")[0] + "/"
    if files.is_test(folder):
        assert scope_of(path) in (PlatformScope.TEST, PlatformScope.EXAMPLE)
    if language_of(path):
        text = SourceText(path=path, content=b"x\n")
        nobody = type("One", (), {"name": "zz", "line": 1, "name_line": 1})()
        assert is_registered(text, nobody) is is_test


@pytest.mark.parametrize("path", PATHS)
def test_what_nobody_here_wrote_is_foreign_to_everybody(path):
    file = changed("", "x = 1\n", path)
    _, left_out = split_scope([file], {path: b"x = 1\n"}, Guidance(), NONE)
    reason = left_out[0].reason if left_out else ""
    assert bool(reason) is files.is_foreign(path)
    assert not reason or NAMED[reason](path)
    assert bool(own_paths([path], ())) is not files.is_vendored(path)
    near = neighbourhood.search_order([path], [path])
    assert bool(near) is (bool(files.family(path)) and not files.is_foreign(path))
    if files.is_vendored(path) or files.is_generated(path):
        assert (
            LanguageCount(paths=(path,), sizes={path: 1}, attributes=NONE, reads_singly=True).files
            == ()
        )


@pytest.mark.parametrize("path", PATHS)
def test_a_language_is_the_grammars_and_one_of_linguists(path):
    spoken, grammar = files.language(path), language_of(path)
    assert (grammar.name if grammar else "") == (
        spoken if spoken in {one.name for one in LANGUAGES} else ""
    )
    if files.is_code(path):
        assert load_linguist().candidates(path)[1]
