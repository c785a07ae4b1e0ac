"""One line about the change, never a finding."""

import asyncio

from codeflow_action.actions.quality_gates import QualityGates
from tests.actions.gating import only, task_of
from tests.review.changes import changed, numbered

CODE = numbered(12)


def notes(*files, **options):
    task = task_of(files, {file.path: b"x\n" for file in files})
    done = asyncio.run(QualityGates.model_validate(only("size", **options)).run(task))
    assert done.findings == ()
    return done.notes


def test_code_without_a_test():
    files = changed("", CODE, "a.py"), changed("a\nb\n", "b\nc\n", "b.go")
    assert notes(*files) == ("2 code files, +13 -1 lines; no tests changed",)


def test_code_with_a_test():
    files = changed("", CODE, "a.py"), changed("", "x\ny\n", "tests/test_a.py")
    assert notes(*files) == ("1 code file, +12 -0 lines; tests: +2 -0",)
    for path in ("ATest.java", "Shop.Tests/Cart.cs", "a.spec.ts", "a_test.go"):
        assert "tests: +1 -0" in notes(changed("", CODE, "a.py"), changed("", "x\n", path))[0]


def test_little_code_says_nothing():
    assert notes(changed("", "x = 1\n", "a.py")) == ()


def test_documents_data_lock_files_and_tests_are_no_code():
    for path in ("a.md", "a.yml", "a.json", "package-lock.json", "vendor/a.js", "tests/a.py"):
        assert notes(changed("", CODE, path)) == ()


def test_it_can_be_turned_off():
    assert notes(changed("", CODE, "a.py"), level="off") == ()
