"""What silences a tool is counted once, net of what was taken out or moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates import suppressions
from codeflow_action.engine.findings import Severity
from tests.actions.gating import check, check_many, only

ALONE = only("suppressions")


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("a.py", "import os  # noqa: F401", "noqa"),
        ("a.py", "x = f()  # type: ignore[no-untyped-call]", "type ignore"),
        ("a.py", "x = 1  # pylint: disable=invalid-name", "pylint"),
        ("a.py", "run(x)  # nosec B602", "nosec"),
        ("a.js", "// eslint-disable-next-line no-console", "eslint disable"),
        ("a.tsx", "{/* eslint-disable react/no-danger */}", "eslint disable"),
        ("a.ts", "// @ts-expect-error later", "ts ignore"),
        ("a.ts", "// biome-ignore lint/a: b", "biome ignore"),
        ("a.go", "x := f() //nolint:errcheck", "nolint"),
        ("a.cpp", "int x; // NOLINT(readability)", "nolint"),
        ("a.rb", "eval(x) # rubocop:disable Security/Eval", "rubocop disable"),
        ("a.php", "// phpcs:ignore", "phpcs ignore"),
        ("A.java", "int x = 1; // NOSONAR", "NOSONAR"),
        ("A.java", '@SuppressWarnings("unchecked")', "Suppress"),
        ("a.kt", '@file:Suppress("unused")', "Suppress"),
        ("a.rs", "#[allow(dead_code)]", "allow"),
        ("a.cs", "#pragma warning disable CS0618", "pragma"),
        ("a.yml", "  - run: x # zizmor: ignore[template-injection]", "zizmor ignore"),
        ("a.tf", "# checkov:skip=CKV_AWS_1: why", "checkov skip"),
        ("a.sh", "# shellcheck disable=SC2086", "shellcheck disable"),
        ("Dockerfile", "# hadolint ignore=DL3008", "hadolint ignore"),
        ("a.py", "KEY = load()  # gitleaks:allow", "secret scan ignore"),
        ("a.py", "KEY = load()  # kingfisher:ignore", "secret scan ignore"),
        ("a.go", 'x := "a" // nosemgrep', "nosemgrep"),
    ],
)
def test_found(path, line, kind):
    (finding,) = check(path, f"\n{line}\n", **ALONE)
    assert finding.message.startswith(f"Added: 1 {kind}, in {path}.")
    assert (finding.line, finding.severity) == (2, Severity.NOTICE)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "PATTERN = r'# noqa: F401'"),
        ("a.py", '"""Write # noqa at the end of the line."""'),
        ("a.py", "noqa = 1"),
        ("a.js", "const rule = 'eslint-disable-next-line'"),
        ("a.ts", "const x = `@ts-ignore`"),
        ("a.go", 'x := "//nolint"'),
        ("A.java", "// see @SuppressWarnings"),
        ("a.md", "Use `# noqa` for this, or #[allow(dead_code)]"),
        ("a.rs", "// #[allow(dead_code)]"),
        ("a.rs", 'let x = "#[allow(dead_code)]";'),
        ("vendor/a.js", "// eslint-disable"),
        ("a.yml", "key: 'x # zizmor: ignore'"),
    ],
)
def test_left_alone(path, line):
    assert check(path, f"\n{line}\n", **ALONE) == ()


def test_all_of_a_pull_request_are_one_notice():
    noisy = "import os  # noqa\nimport re  # noqa\n"
    files = {"a.py": ("", noisy), "b.ts": ("", "// @ts-ignore\n")}
    (finding,) = check_many("suppressions", files)
    assert finding.title == "3 suppressions added"
    assert finding.message.startswith("Added: 2 noqa, 1 ts ignore, in a.py, b.ts.")
    assert (finding.path, finding.line) == ("a.py", 1)


def test_a_moved_one_is_not_new():
    line = "import os  # noqa: F401\n"
    assert (
        check_many("suppressions", {"a.py": (line + "x = 1\n", "x = 1\n"), "b.py": ("", line)})
        == ()
    )
    edited = {"a.py": (line, "import sys  # noqa: F401\n")}
    assert check_many("suppressions", edited) == ()


def test_a_second_one_beside_a_moved_one_is_new():
    line = "import os  # noqa: F401\n"
    (finding,) = check_many("suppressions", {"a.py": (line, ""), "b.py": ("", line * 2)})
    assert finding.title == "1 suppression added"


def test_one_that_was_removed_is_no_finding():
    assert check("a.py", "import os\n", "import os  # noqa\n", **ALONE) == ()


def test_a_level_of_error_is_heeded():
    (finding,) = check("a.py", "x  # noqa\n", suppressions="error", broken_files="off")
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("search", suppressions._SEARCHES, ids=["comments", "code"])
@given(st.data())
def test_each_match_holds_one_of_the_plain_words(search, data):
    _, words, pattern, _ = search
    text = data.draw(st.from_regex(pattern))
    assert any(word in text for word in words)
