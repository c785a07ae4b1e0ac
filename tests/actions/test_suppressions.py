"""What silences a tool is counted once, net of what was taken out or moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates.suppression_table import SUPPRESSIONS
from codeflow_action.engine.findings import Severity
from tests.actions.gating import check, check_many, only
from tests.properties import examples

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
        ("a.php", "<?php // phpcs:ignore", "phpcs ignore"),
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
        ("a.py", "# flake8: noqa", "noqa"),
        ("a.py", "x: Any = f()  # pyright: ignore[reportAny]", "type ignore"),
        ("a.py", "# mypy: ignore-errors", "type ignore"),
        ("a.py", "@typing.no_type_check", "no type check"),
        ("a.py", "def f():  # pragma: no cover", "coverage exclusion"),
        ("a.js", "/* istanbul ignore next */", "coverage exclusion"),
        ("a.ts", "/* v8 ignore start */", "coverage exclusion"),
        ("a.js", "// $FlowFixMe[incompatible-type]", "flow ignore"),
        ("a.css", "/* stylelint-disable-next-line a */", "eslint disable"),
        ("a.vue", "<!-- eslint-disable vue/a -->", "eslint disable"),
        ("a.sol", "// solhint-disable-next-line no-console", "eslint disable"),
        ("a.go", "//lint:ignore SA1019 later", "lint ignore"),
        ("a.rb", "# typed: ignore", "sorbet"),
        ("a.rb", "# :nocov:", "coverage exclusion"),
        ("a.php", "<?php /** @psalm-suppress Mixed */", "phpstan ignore"),
        ("a.php", "<?php // @codeCoverageIgnoreStart", "coverage exclusion"),
        ("A.java", "// CHECKSTYLE:OFF", "checkstyle off"),
        ("A.java", "int f() { return 1; } // NOPMD", "NOPMD"),
        ("A.java", '@SuppressFBWarnings("NP")', "Suppress"),
        ("A.scala", '@nowarn("msg=x")', "Suppress"),
        ("A.cs", '[assembly: SuppressMessage("Design", "CA1")]', "SuppressMessage"),
        ("A.cs", "// ReSharper disable once UnusedMember.Global", "ReSharper disable"),
        ("A.cs", "[ExcludeFromCodeCoverage]", "coverage exclusion"),
        (
            "a.ps1",
            "[Diagnostics.CodeAnalysis.SuppressMessageAttribute('A', '')]",
            "SuppressMessage",
        ),
        ("a.c", "int a; // cppcheck-suppress unusedVariable", "cppcheck suppress"),
        ("a.c", "#define X 1 // NOLINT", "nolint"),
        ("a.cpp", '#pragma GCC diagnostic ignored "-Wall"', "pragma"),
        ("a.cpp", "int f(); // LCOV_EXCL_LINE", "coverage exclusion"),
        ("a.rs", "#[cfg_attr(test, allow(dead_code))]", "allow"),
        ("a.rs", "#[cfg(not(tarpaulin_include))]", "coverage exclusion"),
        ("a.dart", "// ignore_for_file: unused_import", "dart ignore"),
        ("a.ex", "# credo:disable-for-this-file", "credo disable"),
        ("a.ex", "  @dialyzer {:nowarn_function, f: 0}", "dialyzer"),
        ("a.lua", "-- luacheck: ignore 211", "luacheck ignore"),
        ("a.hs", "{-# OPTIONS_GHC -Wno-orphans #-}", "ghc warnings off"),
        ("a.sql", "SELECT 1 -- noqa: L010", "noqa"),
        ("README.md", "<!-- markdownlint-disable MD013 -->", "markdownlint disable"),
        ("README.md", "<!-- vale off -->", "markdownlint disable"),
        ("a.tf", "# kics-scan ignore-block", "checkov skip"),
        ("a.tf", "# tflint-ignore: x", "trivy ignore"),
        ("a.yml", "# yamllint disable-line rule:line-length", "yamllint disable"),
        ("Dockerfile", "# check=skip=all", "hadolint ignore"),
        ("a.proto", "// buf:lint:ignore PACKAGE", "buf lint ignore"),
        ("a.test.ts", "it.skip('adds', () => {});", "skipped test"),
        ("a.test.ts", "it.skip.each([1])('adds', () => {});", "skipped test"),
        ("a.test.ts", "test.fixme('adds', () => {});", "skipped test"),
        ("a.test.js", "xdescribe('b', () => {});", "skipped test"),
        ("a.test.mjs", "test('b', { skip: true }, () => {});", "skipped test"),
        ("test_a.py", "@pytest.mark.skip(reason='slow')", "skipped test"),
        ("test_a.py", "pytestmark = pytest.mark.skip", "skipped test"),
        ("test_a.py", "@unittest.skip('slow')", "skipped test"),
        ("src/test/java/ATest.java", "@Disabled @Test void a() { }", "skipped test"),
        ("src/test/java/ATest.java", '@Test(groups = "a", enabled = false)', "skipped test"),
        ("src/test/kotlin/A.kt", '    "!adds" { 1 shouldBe 1 }', "skipped test"),
        ("a.html.erb", "<%# erb_lint:disable Rails/A %>", "erb lint disable"),
        ("a.hbs", "{{! template-lint-disable no-bare-strings }}", "eslint disable"),
        ("tests/a.rs", '#[ignore = "slow"]', "skipped test"),
        ("a_test.go", "\tt.Skip()", "skipped test"),
        ("a_test.go", 'var _ = XDescribe("a", func() {', "skipped test"),
        ("tests/ATests.cs", '[Fact(Skip = "slow")]', "skipped test"),
        ("tests/ATests.cs", '[Test, Ignore("slow")]', "skipped test"),
        ("a_test.cpp", "TEST(A, DISABLED_Adds) {", "skipped test"),
        ("a_spec.rb", "  xit 'adds' do", "skipped test"),
        ("a_spec.rb", "  pending 'later'", "skipped test"),
        ("a_spec.rb", "  it 'adds', skip: true do", "skipped test"),
        ("tests/ATest.php", "<?php it('a')->skip();", "skipped test"),
        ("ATests.swift", '@Test(.disabled("slow")) func a() {}', "skipped test"),
        ("a_test.exs", "  @tag :skip", "skipped test"),
        ("a.bats", "  skip 'slow'", "skipped test"),
        ("test/a_test.dart", "  }, skip: 'slow');", "skipped test"),
        ("test/runtests.jl", "@test_broken f() == 1", "skipped test"),
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
        ("a.js", "const r = /\\/\\/ eslint-disable-line/;"),
        ("a.tsx", "const a = <p>\n  // @ts-ignore\n</p>;"),
        ("a.go", "const s = `\n// nolint\n`"),
        ("a.rb", "x = <<~A\n  # rubocop:disable all\nA"),
        ("a.js", "const u = 'https://x.example.com/nosec';"),
        ("a.css", "a { b: url(//eslint-disable) }"),
        ("a.md", "```html\n<!-- markdownlint-disable -->\n```"),
        ("a.md", "Write `<!-- markdownlint-disable -->` there."),
        ("a.sql", "SELECT '-- noqa'"),
        ("a.ts", "const rest = list.skip(2); it.skipped = true; stream.skip(1);"),
        ("a.spec.ts", "test.skip(browserName === 'firefox', 'slow');"),
        ("a.spec.ts", "test.skip();"),
        ("a.spec.ts", "expect('it.skip(').toBe('it.skip(\"a\"');"),
        ("test_a.py", "@pytest.mark.skipif(sys.platform == 'win32', reason='x')"),
        ("test_a.py", "@pytest.mark.xfail(sys.platform == 'win32', reason='x')"),
        ("a_test.go", "\t\tt.Skip()"),
        ("src/main/java/A.java", "@Ignore String a;"),
        ("src/test/java/ATest.java", "@DisabledOnOs(WINDOWS) void a() {}"),
        ("a_spec.rb", "  skip 'x' if windows?"),
        ("a.rb", "  skip"),
        ("a.swift", "Button().disabled(true)"),
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


@pytest.mark.parametrize("row", SUPPRESSIONS, ids=lambda row: f"{row.kind}: {row.words[0]}")
@examples(10)
@given(data=st.data())
def test_each_match_holds_one_of_the_plain_words(row, data):
    text = data.draw(st.from_regex(row.pattern))
    match = row.pattern.search(text)
    assert any(word in match[0] for word in row.words)
