"""What switches a check off: a tool's warning, a count of coverage, a test; one row each.

A row's words are plain text of which one stands in each match, so that a text without any costs
next to nothing: one expression of all rows was a tenth of a run over 1,500 files. A test that is
skipped under a condition (pytest's skipif, `t.Skip` within an `if`) is not switched off.
"""

# ruff: noqa: E501 - a row is read best on its line

import re
from functools import cached_property

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax.source_parts import SourcePart


@dataclass(frozen=True, kw_only=True)
class SuppressionRow:
    """A comment or a piece of code that switches a check off, in these languages or in all.

    `kind` is what people are told; `source` is whose it is, or where it is documented.
    """

    kind: str
    words: tuple[str, ...]
    expression: str
    source: str
    part: SourcePart = SourcePart.COMMENT
    languages: frozenset[str] = frozenset()
    in_tests: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when a file holds one of the row's words: few rows are used."""
        return re.compile(self.expression)


def _comment(
    kind: str, words: str, pattern: str, source: str, languages: str = ""
) -> SuppressionRow:
    return SuppressionRow(
        kind=kind,
        words=tuple(words.split("|")),
        expression=pattern,
        source=source,
        languages=frozenset(languages.split()),
    )


def _code(kind: str, words: str, pattern: str, source: str, languages: str) -> SuppressionRow:
    return SuppressionRow(
        kind=kind,
        words=tuple(words.split("|")),
        expression=pattern,
        source=source,
        part=SourcePart.CODE,
        languages=frozenset(languages.split()),
    )


def _skip(
    words: str, pattern: str, source: str, languages: str, *, in_tests: bool = True
) -> SuppressionRow:
    return SuppressionRow(
        kind=_SKIP_KIND,
        words=tuple(words.split("|")),
        expression=pattern,
        source=source,
        part=SourcePart.CODE,
        languages=frozenset(languages.split()),
        in_tests=in_tests,
    )


_SKIP_KIND = "skipped test"
_COVERAGE = "coverage exclusion"
_SECRETS = "secret scan ignore"
_JVM = "java kotlin scala groovy"
_C = "c cpp objective_c"
_JS = "javascript typescript tsx vue svelte"

_WARNINGS: tuple[SuppressionRow, ...] = (
    # Python
    _comment("noqa", "noqa", r"\bnoqa\b(?::[ ]?[A-Za-z-]+[0-9]*)?", "flake8, ruff, ansible-lint, SQLFluff"),
    _comment(
        "type ignore",
        "ignore",
        r"\b(?:type|pyright|ty|mypy|pyrefly|zuban):\s?ignore\b(?:-errors\b|\[[^\]]{0,80}\])?",
        "mypy, pyright, ty, pyrefly",
    ),
    _comment("pyre ignore", "pyre-", r"\bpyre-(?:ignore|fixme)\b(?:-all-errors\b)?", "Pyre"),
    _comment("mypy", "disable-error-code", r"\bmypy:\s?disable-error-code\b", "mypy"),
    _comment("pytype", "pytype:", r"\bpytype:\s?(?:disable|skip-file)\b", "pytype"),
    _comment("pylint", "pylint:", r"\bpylint:\s?(?:disable|skip-file)\b(?:-next\b)?", "Pylint"),
    _comment("nosec", "nosec", r"(?<![/\w])nosec\b", "Bandit, gosec"),
    # JavaScript
    _comment(
        "eslint disable",
        "-disable|:disable",
        r"\b(?:eslint|oxlint|tslint|stylelint|solhint|slither|html-validate|template-lint|textlint"
        r"|secretlint)[-:]disable(?:-next-line|-line)?",
        "ESLint, oxlint, TSLint, Stylelint, Solhint, Slither, textlint",
    ),
    _comment("ts ignore", "@ts-", r"@ts-(?:ignore|expect-error|nocheck)\b", "TypeScript"),
    _comment(
        "biome ignore",
        "-ignore",
        r"\b(?:biome-ignore(?:-all|-start)?|deno-lint-ignore(?:-file)?|svelte-ignore)\b",
        "Biome, deno lint, Svelte",
    ),
    _comment("jshint ignore", "jshint", r"\bjshint\s+ignore:", "JSHint"),
    _comment(
        "flow ignore",
        "$Flow|@noflow",
        r"\$Flow(?:FixMe|Ignore|Issue|ExpectedError)\b|@noflow\b",
        "https://flow.org/en/docs/errors/",
    ),
    # Go
    _comment("nolint", "nolint|NOLINT", r"\b(?:nolint|NOLINT(?:NEXTLINE|BEGIN)?)\b", "golangci-lint, clang-tidy, lintr"),
    _comment("lint ignore", "lint:|revive:disable", r"(?<!:)\blint:(?:file-)?ignore\b|\brevive:disable\b", "staticcheck, revive"),
    # Ruby
    _comment("rubocop disable", "rubocop:|standard:", r"\b(?:rubocop|standard):(?:disable|todo)\b", "RuboCop, Standard"),
    _comment(
        "erb lint disable",
        "lint:disable",
        r"\b(?:erb_?lint|haml-lint|slim-lint):disable\b",
        "erb_lint, HAML-Lint, Slim-Lint",
    ),
    _comment("sorbet", "typed:", r"^\s*#\s*typed: ignore\b", "https://sorbet.org/docs/static", "ruby"),
    _comment("steep ignore", "steep:", r"\bsteep:ignore\b", "Steep", "ruby"),
    # PHP
    _comment(
        "phpcs ignore",
        "phpcs:|@codingStandards",
        r"\bphpcs:(?:ignore|disable)\b|@codingStandardsIgnore\w+",
        "PHP_CodeSniffer",
    ),
    _comment(
        "phpstan ignore",
        "@phpstan-ignore|-suppress|@mago-",
        r"@(?:phpstan-ignore|(?:psalm|phan)-suppress|phan-file-suppress|mago-(?:ignore|expect))\b",
        "PHPStan, Psalm, Phan, Mago",
    ),
    _comment("phpmd", "@SuppressWarnings", r"@SuppressWarnings\(\"?PHPMD\b", "PHPMD", "php"),
    # Java and its kin
    _comment(
        "checkstyle off",
        "CHECKSTYLE|checkstyle",
        r"\b(?:CHECKSTYLE|checkstyle)\s?[.:]\s?(?:OFF|off)\b|\bSUPPRESS CHECKSTYLE\b|\bCHECKSTYLE\.OFF\b",
        "https://checkstyle.org/filters/suppressioncommentfilter.html",
    ),
    _comment("NOPMD", "NOPMD", r"\bNOPMD\b", "PMD"),
    _comment("noinspection", "noinspection", r"(?<!\w)@?noinspection\s+\w+", "IntelliJ IDEA"),
    _comment("ktlint disable", "ktlint-disable", r"\bktlint-disable\b", "ktlint"),
    _comment(
        "scalafix off",
        "scalafix:|scalastyle:",
        r"\bscalafix:(?:off|ok)\b|\bscalastyle:off\b",
        "Scalafix, Scalastyle",
    ),
    # C and C++
    _comment(
        "cppcheck suppress",
        "cppcheck-suppress|codechecker_|coverity[|parasoft-suppress",
        r"\bcppcheck-suppress\b(?:-begin|-file|-macro)?|\bcodechecker_(?:suppress|false_positive"
        r"|intentional)\b|\bcoverity\[|\bparasoft-suppress\b",
        "Cppcheck, CodeChecker, Coverity, Parasoft",
    ),
    _comment("PVS-Studio", "-V", r"//\s?-V(?:::)?\d{3,4}\b", "PVS-Studio", _C + " c_sharp java"),
    _comment("flawfinder ignore", "lawfinder:", r"\b[Ff]lawfinder:\s?ignore\b", "Flawfinder", _C),
    # C#
    _comment("ReSharper disable", "ReSharper disable", r"\bReSharper disable\b(?: once)?", "ReSharper"),
    # Swift, Dart, Elixir, Lua, R, Haskell, Perl, Clojure
    _comment("swiftlint disable", "swiftlint:|periphery:", r"\bswiftlint:disable\b|\bperiphery:ignore\b", "SwiftLint, Periphery"),
    _comment(
        "dart ignore",
        "ignore",
        r"//\s*ignore(?:_for_file)?:\s*[a-z]\w*",
        "https://dart.dev/tools/analysis#suppressing-diagnostics-for-a-file",
        "dart",
    ),
    _comment("credo disable", "credo:disable|sobelow_skip", r"\bcredo:disable-for\b|\bsobelow_skip\b", "Credo, Sobelow"),
    _comment(
        "luacheck ignore",
        "luacheck|selene|@diagnostic",
        r"\bluacheck:\s?(?:push )?(?:ignore|no\b)|\bselene:\s?allow\b|@diagnostic\s+disable\b",
        "luacheck, selene, LuaLS",
        "lua",
    ),
    _comment("hlint ignore", "HLINT|hlint", r"\b(?:HLINT|hlint:?)\s+ignore\b", "HLint", "haskell"),
    _comment("no critic", "no critic", r"##\s*no critic\b", "Perl::Critic", "perl"),
    _comment("clj-kondo ignore", "clj-kondo", r":?clj-kondo/ignore\b", "clj-kondo", "clojure"),
    # Shell, containers, infrastructure, documents, data
    _comment("shellcheck disable", "shellcheck disable=", r"\bshellcheck disable=", "ShellCheck"),
    _comment("hadolint ignore", "hadolint|check=", r"\bhadolint (?:global )?ignore=|#\s*check=(?:\w+=\w+;)?skip=", "Hadolint, docker build --check"),
    _comment(
        "checkov skip",
        "kov:skip=|crew:skip=|ts:skip=|kics-scan",
        r"\b(?:checkov|bridgecrew|ts):skip=|\bkics-scan (?:ignore|disable)",
        "Checkov, Terrascan, KICS",
    ),
    _comment(
        "trivy ignore",
        ":ignore|tflint-ignore|snyk",
        r"\b(?:trivy|tfsec|bearer|snyk):ignore\b|\btflint-ignore(?:-file)?:",
        "Trivy, tfsec, TFLint",
    ),
    _comment("zizmor ignore", "zizmor:", r"\bzizmor:\s?ignore\b", "zizmor"),
    _comment("yamllint disable", "yamllint disable", r"\byamllint disable\b(?:-line|-file)?", "yamllint"),
    _comment(
        "markdownlint disable",
        "markdownlint-|vale |rumdl-disable",
        r"\b(?:markdownlint|rumdl)-disable\b(?:-line|-next-line|-file)?|\bvale (?:off\b|[\w.]+ = NO\b)",
        "markdownlint, Vale, rumdl",
    ),
    _comment("spell check off", "pell|typos:", r"\b(?:c[sS]pell|spell-?checker|codespell|typos):\s?(?:disable|ignore)\b", "cSpell, codespell, typos"),
    _comment("buf lint ignore", "buf:|protolint:|squawk-ignore|atlas:nolint", r"\bbuf:(?:lint|breaking):ignore\b|\bprotolint:disable\b|\bsquawk-ignore\b|\batlas:nolint\b", "Buf, protolint, Squawk, Atlas"),
    # Any language
    _comment("NOSONAR", "NOSONAR", r"\bNOSONAR\b", "SonarQube"),
    _comment("nosemgrep", "nosem", r"\bnosem(?:grep)?\b", "Semgrep"),
    _comment("codeql ignore", "lgtm[|codeql[|lgtm [|codeql [", r"\b(?:lgtm|codeql) ?\[[\w/-]{1,80}\]", "CodeQL"),
    _comment(
        "deepsource skip",
        "skipcq|deepcode ignore|trunk-ignore|qlty-ignore|sourcery skip|devskim:",
        r"\bskipcq\b|\bdeepcode ignore\b|\btrunk-ignore(?:-all|-begin)?\(|\bqlty-ignore\b"
        r"|\bsourcery skip\b|\bdevskim:\s?ignore\b",
        "DeepSource, Snyk Code, Trunk, Qlty, Sourcery, DevSkim",
    ),
    _comment(
        _SECRETS,
        ":ignore|:allow|list |ggignore",
        r"\b(?:kingfisher|trufflehog|noseyparker):ignore\b|\b(?:gitleaks|betterleaks):allow\b"
        r"|\bpragma: ?(?:allow|white)list (?:nextline )?secret\b|\bggignore\b",
        "Kingfisher, TruffleHog, Gitleaks, detect-secrets, ggshield",
    ),
)  # fmt: skip

_COUNTS: tuple[SuppressionRow, ...] = (
    _comment(_COVERAGE, "pragma:", r"\bpragma:\s?no\s?(?:cover|branch|mutate)\b", "coverage.py, mutmut"),
    _comment(
        _COVERAGE,
        "istanbul|c8 ignore|v8 ignore|coverage|Stryker disable",
        r"\b(?:istanbul|c8|v8) ignore (?:next|if|else|file|start|try)\b|\bnode:coverage (?:ignore|disable)\b"
        r"|\bdeno-coverage-ignore\b|\bcoverage[:-]ignore\b|\bStryker disable\b",
        "Istanbul, c8, Vitest, Node.js, Deno, go-test-coverage, Dart, Stryker",
    ),
    _comment(_COVERAGE, "_EXCL_", r"\b(?:LCOV|GCOV|GCOVR|GRCOV|COV)_EXCL_(?:BR_)?(?:LINE|START)\b", "lcov, gcovr, grcov, Coverage.jl"),
    _comment(_COVERAGE, ":nocov:|simplecov:disable", r":nocov:|\bsimplecov:disable\b", "SimpleCov", "ruby"),
    _comment(_COVERAGE, "@codeCoverageIgnore|@infection-ignore", r"@codeCoverageIgnore(?:Start)?\b|@infection-ignore-all\b", "PHPUnit, Infection", "php"),
    _comment(_COVERAGE, "coveralls-ignore", r"\bcoveralls-ignore-(?:start|next-line)\b", "ExCoveralls", "elixir"),
    _comment(_COVERAGE, "$COVERAGE-OFF$", r"\$COVERAGE-OFF\$", "scoverage", "scala"),
    _comment(_COVERAGE, "nocov", r"#\s*nocov\b(?! end)", "covr", "r"),
    _comment(_COVERAGE, "luacov:", r"\bluacov:\s?disable\b", "LuaCov", "lua"),
    _comment(_COVERAGE, "uncoverable", r"#\s*uncoverable\b", "Devel::Cover", "perl"),
    _code(
        _COVERAGE,
        "tarpaulin|coverage(off|mutants::skip",
        r"#\[(?:cfg\(not\(tarpaulin|cfg_attr\([^\]\n]{0,80}\b(?:coverage\(off|tarpaulin::skip)"
        r"|coverage\(off|tarpaulin::skip|mutants::skip)",
        "cargo-tarpaulin, cargo-llvm-cov, cargo-mutants",
        "rust",
    ),
    _code(_COVERAGE, "ExcludeFromCodeCoverage", r"[\[<,:]\s*(?:[\w.]+\.)?ExcludeFromCodeCoverage(?:Attribute)?\b", "Coverlet", "c_sharp fsharp visual_basic"),
    _code(_COVERAGE, "JacocoGenerated|ExcludeFromCodeCoverage|@JacocoSkip", r"@(?:ExcludeFrom)?JacocoGenerated(?:Report)?\b|@ExcludeFromCodeCoverage\b", "JaCoCo", _JVM),
)  # fmt: skip

_ATTRIBUTES: tuple[SuppressionRow, ...] = (
    _code("allow", "allow(|expect(", r"#!?\[(?:allow|expect)\(|#!?\[cfg_attr\([^\]\n]{0,80}\ballow\(", "rustc, Clippy", "rust"),
    _code(
        "Suppress",
        "@Suppress|@file:Suppress|nowarn",
        r"@(?:SuppressWarnings|SuppressFBWarnings|SuppressLint|SuppressAjWarnings)\b"
        r"|@(?:file:)?Suppress\(|@(?:scala\.annotation\.)?nowarn\b",
        "javac, SpotBugs, Android Lint, detekt, scalac",
        _JVM,
    ),
    _code(
        "pragma",
        "#pragma",
        r"#pragma\s+(?:warning\s*\(?\s*(?:push\s*,\s*)?(?:disable|suppress)|(?:GCC|clang)\s+diagnostic\s+ignored)\b",
        "C# compiler, MSVC, GCC, Clang",
        f"{_C} c_sharp",
    ),
    _code("pragma", "_Pragma|gsl::suppress|no_sanitize", r"\[\[gsl::suppress\b|\bno_sanitize(?:_\w+)?\b", "C++ Core Guidelines, sanitizers", _C),
    _code(
        "SuppressMessage",
        "SuppressMessage",
        r"[\[<,]\s*(?:(?:assembly|module):\s*)?(?:[\w.]+\.)?(?:Unconditional)?SuppressMessage(?:Attribute)?\s*\(",
        ".NET analyzers, PSScriptAnalyzer",
        "c_sharp fsharp visual_basic powershell",
    ),
    _code("pragma", "#nullable|#nowarn", r"^\s*#(?:nullable disable|nowarn)\b", "C#, F#", "c_sharp fsharp"),
    _code("dialyzer", "@dialyzer|no_warn_undefined", r"^\s*@dialyzer\b|\bno_warn_undefined\b", "Dialyzer", "elixir"),
    _code("no type check", "no_type_check", r"^\s*@(?:typing\.|t\.)?no_type_check\b", "typing", "python"),
    _code("no warnings", "no warnings|no strict", r"^\s*no (?:warnings|strict)\b", "perl", "perl"),
    _code("ghc warnings off", "OPTIONS_GHC", r"\{-#\s*OPTIONS_GHC\s[^#\n]*-(?:w\b|Wno-|fno-warn-)", "GHC", "haskell"),
)  # fmt: skip

_SUITE = (
    r"(?<![\w.$])(?:QUnit\.|Deno\.)?(?:describe|it|test|context|suite|specify|bench|fixture|module)"
)
_CALLBACK = r"(?:async\b|function\b|\(\s*[\w\s,{}]*\)\s*=>|\w+\s*=>)"
_BODY = r"^(?: {8}|\t\t)"  # at the top of a method: deeper it hangs on a condition

_SKIPS: tuple[SuppressionRow, ...] = (
    _skip(
        ".skip|.fixme|.failing|.fails|.ignore",
        # Playwright's `test.skip(condition, reason)` holds only sometimes.
        rf"{_SUITE}(?:\.\w+){{0,2}}\.(?:skip|fixme|failing|fails|ignore)\b(?:\.(?:each|for)\b|\s*`"
        rf"|\(\s*(?:[\"'`]|$|[\w.$]+\s*,\s*{_CALLBACK}))",
        "Jest, Vitest, Mocha, Playwright, AVA, node:test, Deno, QUnit",
        _JS,
        in_tests=False,
    ),
    _skip(
        "xdescribe(|xit(|xtest(|xcontext(|xspecify(",
        r"(?<![\w.$])x(?:describe|it|test|context|specify)\(\s*(?:[\"'`]|$)",
        "Jasmine, Jest, Mocha",
        _JS,
        in_tests=False,
    ),
    _skip("t.skip(", r"(?<![\w.$])t\.skip\(\s*[\"'`]", "tap", _JS),
    _skip(
        "skip:|ignore:",
        rf"{_SUITE}\([^\n]{{0,300}}?[{{,]\s*(?:skip|ignore):\s*(?:true\b|[\"'`])",
        "node:test, Deno",
        _JS,
        in_tests=False,
    ),
    _skip(
        "mark.skip|mark.xfail",
        r"\bmark\.skip\b|@(?:pytest\.)?mark\.xfail(?:\s*$|\(\s*(?:reason|strict|raises|\)|$))",
        "pytest",
        "python",
        in_tests=False,
    ),
    _skip(
        "@unittest.|@skip|@expectedFailure",
        r"^\s*@(?:unittest\.)?(?:skip\(|expectedFailure\b)",
        "unittest",
        "python",
    ),
    _skip(
        "@Disabled|@Ignore|@PendingFeature",
        r"@(?:Disabled|Ignore|PendingFeature)\b",
        "JUnit, Kotlin test, Spock",
        _JVM,
    ),
    _skip("enabled", r"@Test\([^)\n]*\benabled\s*=\s*false\b|\.config\([^)\n]*\benabled\s*=\s*false\b", "TestNG, Kotest", _JVM),
    _skip('"!', r"(?:^|[{(])\s*\"![^\"\n]*\"[^{}\n]{0,200}\{", "Kotest", "kotlin"),
    _skip("xdescribe(|xcontext(|xit(|xtest(", r"^\s*x(?:describe|context|it|test)\(\s*\"", "Kotest, Quick", "kotlin swift"),
    _skip(
        "ignore",
        r"^\s*ignore\(\s*\"|\"\s+ignore\s*\{|\bignore should\b|\"\s*\.ignore\s*\)|@@\s*(?:TestAspect\.)?ignore\b",
        "ScalaTest, MUnit, ZIO Test",
        "scala",
    ),
    _skip("ignore", r"#\[ignore\b", "cargo test", "rust", in_tests=False),
    _skip("t.Skip", r"^\tt\.Skip(?:f|Now)?\(", "go test", "go"),
    _skip(
        "PDescribe|XDescribe|PContext|XContext|PIt(|XIt(|PWhen|XWhen|PSpecify|XSpecify|PEntry|XEntry",
        r"(?:^|=|\s)[PX](?:Describe(?:Table)?|Context|When|It|Specify|Entry)\(\s*[\"`]",
        "Ginkgo",
        "go",
    ),
    _skip("Ignore", r"^\s*\[(?:[^\]\n]{0,80},\s*)?Ignore(?:\(|\]|,)", "NUnit, MSTest", "c_sharp"),
    _skip("Skip", r"\[(?:\w*Fact|\w*Theory)\([^\]\n]*\bSkip\s*=", "xUnit.net", "c_sharp"),
    _skip(
        "DISABLED_|doctest::skip",
        r"\bTEST(?:_[A-Z]+)?\(\s*(?:\w+\s*,\s*)?DISABLED_|\bdoctest::skip\(",
        "GoogleTest, doctest",
        "cpp",
    ),
    _skip(
        "xdescribe|xcontext|xit |xit(|xspecify|xexample|xscenario|xfeature",
        r"^\s*x(?:describe|context|it|specify|example|scenario|feature)[ (]",
        "RSpec",
        "ruby",
    ),
    _skip(
        "skip|pending",
        r"^\s*(?:skip|pending)\b(?:\s*\(|\s+[\"']|\s*$)(?!.*\b(?:if|unless)\b)"
        r"|^\s*(?:describe|context|it|specify|example|scenario|feature)[ (].*,\s?"
        r"(?:skip: (?:true|[\"'])|pending: (?:true|[\"'])|:skip\b|:pending\b)",
        "RSpec, minitest",
        "ruby",
    ),
    _skip(
        "markTestSkipped|markTestIncomplete",
        rf"{_BODY}(?:\$this->|self::|static::)markTest(?:Skipped|Incomplete)\(",
        "PHPUnit",
        "php",
    ),
    _skip("->skip(|->todo(", r"\)->(?:skip|todo)\(\s*(?:\)|[\"'])", "Pest", "php"),
    _skip(".disabled(", r"@(?:Test|Suite)\([^\n]*\.disabled\(", "Swift Testing", "swift"),
    _skip("XCTSkip(", rf"{_BODY}throw XCTSkip\(", "XCTest", "swift"),
    _skip("skip", r"^\s*@(?:module|describe)?tag\s+(?::skip\b|skip:)", "ExUnit", "elixir"),
    _skip("skip", r"^(?: {2}|\t)skip(?:\s|$)", "Bats", "bash"),
    _skip("skip:|@Skip(", r"(?:^|[,(])\s*skip:\s*(?:true\b|['\"])|^\s*@Skip\(", "package:test", "dart"),
    _skip("@test_skip|@test_broken", r"(?<!\w)@test_(?:skip|broken)\b", "Test.jl", "julia"),
    _skip("skip(", r"^ {2}skip\(", "testthat", "r"),
    _skip("xit |xdescribe |xcontext |pendingWith", r"^\s*x(?:it|describe|context) +\"|\bpendingWith\b", "Hspec", "haskell"),
    _skip("-Skip", r"^\s*(?:It|Describe|Context)\b.*\s-Skip(?![:\w])", "Pester", "powershell"),
)  # fmt: skip

SUPPRESSIONS: tuple[SuppressionRow, ...] = (*_WARNINGS, *_COUNTS, *_ATTRIBUTES, *_SKIPS)
