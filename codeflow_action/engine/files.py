"""What kind of file a path is: the one answer to "is it a test, generated, somebody else's?".

A name decides, and what the repository's own attributes say (`FileMarks`) decides before it. Where
tools disagree, the answer is what GitHub's linguist says (github.com/github-linguist/linguist:
`vendor.yml`, `generated.rb`, `documentation.yml`), what test runners look for by default, and what
most projects do; `docs/adr/0025-what-kind-of-file.md` tells where it differs, and why.

All patterns are tried at the beginnings of names or at a path's end, so that time stays in
proportion to the path, which strangers choose.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex


@dataclass(frozen=True, kw_only=True)
class FileMarks:
    """What git's attributes say of one file (`GitAttributes.marks`); None where they say nothing.

    `detectable` is whether the file counts among the repository's languages.
    """

    generated: bool | None = None
    vendored: bool | None = None
    documentation: bool | None = None
    detectable: bool | None = None
    language: str = ""


NO_MARKS = FileMarks()

# By the names that the grammars have (`review.syntax`), for those that have one. Suffixes are in
# lower case; of several dots the last one decides.
_SUFFIXES: Mapping[str, str] = {
    f".{suffix}": language
    for language, suffixes in {
        "bash": "sh bash bats",
        "c": "c",
        "c_sharp": "cs csx",
        "clojure": "clj cljc cljs",
        # A `.h` may be either: C++ reads nearly all of C.
        "cpp": "cc cpp cxx c++ h hh hpp hxx ipp inl",
        "css": "css",
        "dart": "dart",
        "dockerfile": "dockerfile",
        "elixir": "ex exs",
        "erlang": "erl hrl",
        "fsharp": "fs fsi fsx",
        "go": "go",
        "groovy": "groovy gradle",
        "haskell": "hs",
        "hcl": "tf tfvars hcl nomad",
        "html": "html htm",
        "ini": "ini cfg conf",
        "java": "java",
        "javascript": "js jsx mjs cjs",
        "json": "json ipynb webmanifest",
        "jsonc": "jsonc code-workspace",
        "julia": "jl",
        "kotlin": "kt kts",
        "less": "less",
        "lua": "lua",
        "objective_c": "m mm",
        "perl": "pl pm t",
        "php": "php phtml inc",
        "powershell": "ps1 psm1",
        "properties": "properties",
        "python": "py pyi pyw",
        "r": "r",
        "ruby": "rb rake gemspec ru podspec",
        "rust": "rs",
        "scala": "scala sbt",
        "scss": "scss",
        "sql": "sql",
        "svelte": "svelte",
        "swift": "swift",
        "toml": "toml",
        "tsx": "tsx",
        "typescript": "ts mts cts",
        "visual_basic": "vb",
        "vue": "vue",
        "xml": "xml csproj fsproj vbproj vcxproj shproj svg props targets resx nuspec plist xsd xsl"
        " xslt wsdl xaml axaml storyboard xib fxml xlf xliff",
        "yaml": "yml yaml",
        "zig": "zig",
    }.items()
    for suffix in suffixes.split()
}
# The suffix that most files of a language have, with its dot.
USUAL_SUFFIXES: Mapping[str, str] = {
    language: suffix for suffix, language in reversed([*_SUFFIXES.items()])
}
_NAMES: Mapping[str, str] = {
    name: language
    for language, names in {
        "bash": ".bashrc .bash_profile .profile",
        "jsonc": ".babelrc .eslintrc .jscsrc .jshintrc .jslintrc .swcrc bun.lock",
        "json": "composer.lock Pipfile.lock deno.lock flake.lock Package.resolved",
        "toml": "Cargo.lock poetry.lock uv.lock pdm.lock Pipfile",
        "yaml": "pubspec.lock Podfile.lock pixi.lock .clang-format .clang-tidy CITATION.cff",
        "dockerfile": "Dockerfile dockerfile Containerfile",
        "make": "Makefile GNUmakefile makefile",
        "python": "SConstruct SConscript wscript",
        "ruby": "Gemfile Rakefile Podfile Fastfile Vagrantfile Brewfile",
    }.items()
    for name in names.split()
}
# JSON whose readers take comments and trailing commas; linguist lists most under "JSON with
# Comments" (`languages.yml`). What is in a folder of an editor or a tool (`.vscode/`) is read so.
_JSON_WITH_COMMENTS = regex(
    r"(?:tsconfig|jsconfig|appsettings|launchsettings|api-extractor|typedoc|renovate|biome"
    r"|deno|turbo|nx|angular|project|tslint|cspell|wrangler|pyrightconfig|devcontainer|firebase"
    r"|babel\.config|settings|launch|tasks|extensions|keymap|global|host|local\.settings"
    r"|\.\w).*\.json$",
    re.IGNORECASE,
)
_DOT_FOLDER = regex(r"(?:^|/)\.[^/]+/")
# Their tools read plain JSON, wherever they stand: `JSON.parse`, PHP's `json_decode`, nbformat.
_PLAIN_JSON = regex(
    r"(?:package|package-lock|npm-shrinkwrap|composer|bower|lerna|elm|packages\.lock"
    r"|project\.assets|\.release-please-manifest|release-please-config)\.json"
    r"|composer\.lock|Pipfile\.lock|deno\.lock|flake\.lock|Package\.resolved"
    r"|.*\.(?:ipynb|webmanifest)"
)
# Of XML what is always a whole document; under other names fragments may be kept.
_WHOLE_XML = regex(r"(?:pom|AndroidManifest|web|strings)\.xml|.*\.(?!xml$)\w+")
# Of linguist's types those that are not `programming`.
_DATA = frozenset(
    {
        *("css", "html", "ini", "json", "jsonc", "less", "properties", "scss", "toml", "xml"),
        "yaml",
    }
)
_TABLE = regex(r"\.(?:csv|tsv|jsonl|ndjson|lock)$", re.IGNORECASE)
# Languages whose files import each other.
_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("typescript", "tsx", "vue", "svelte"), "javascript"),
    "cpp": "c",
    **dict.fromkeys(("kotlin", "scala", "groovy"), "java"),
}

_LOCK_FILES = frozenset(
    {
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
        *("bun.lock", "bun.lockb", "deno.lock"),
        *("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"),
        *("conda-lock.yml", "pixi.lock"),
        *("Cargo.lock", "go.sum", "go.work.sum", "Gemfile.lock", "composer.lock", "mix.lock"),
        *("pubspec.lock", "Podfile.lock", "Package.resolved", "Cartfile.resolved"),
        *("packages.lock.json", "project.assets.json", "gradle.lockfile", "rebar.lock"),
        *("flake.lock", "Chart.lock", ".terraform.lock.hcl", "MODULE.bazel.lock", "mise.lock"),
    }
)
# Of linguist's `vendor.yml` what can only be other people's code. Left out is what it keeps from
# statistics and projects write themselves: `.github/`, `dist/`, `external/`, `cache/`, `debian/`.
_VENDOR_FOLDER = regex(
    r"(?:^|/)(?:node_modules|bower_components|vendors?|_vendor|(?:3rd|third)[-_]?party|Godeps"
    r"|Carthage|Pods|\.yarn)/",
    re.IGNORECASE,
)
_SNAPSHOT = regex(r"(?:^|/)__(?:image_)?snapshots__/|\.(?:snap|ambr|golden)$")
_GENERATOR_NAME = regex(  # `generated.rb` by name, and what generators call their files
    r"(?:^|/)(?:__generated__|htmlcov|\.idea)/"
    r"|\.(?:nib|xcworkspacedata|xcuserstate|pnp\.\w+)$|\.feature\.cs$|\.zep\.(?:c|h|php)$"
    r"|_tlb\.pas$|\.designer\.(?:cs|vb)$|\.generated\.\w+$|(?:^|/)zz_generated[^/]*\.go$"
    r"|\.(?:[cm]?js|css|ts)\.map$|\.pb(?:\.gw)?\.(?:go|cc|h)$|_pb2(?:_grpc)?\.pyi?$"
    r"|_pb\.(?:js|d\.ts)$|\.g\.(?:dart|cs)$|\.g\.i\.cs$|\.freezed\.dart$",
    re.IGNORECASE,
)
_MINIFIER_NAME = regex(r"[.-]min\.(?:[cm]?js|css)$", re.IGNORECASE)

_PROSE_SUFFIX = regex(
    r"\.(?:md|mdx|markdown|rst|txt|adoc|asciidoc|org|textile|rdoc|eml)$", re.IGNORECASE
)
# Named as a text, and read by a program.
_TEXT_FOR_PROGRAMS = regex(
    r"(?:^|[/_.-])(?:CMakeLists|robots|requirements|constraints)(?:[/_.-].*)?\.txt$", re.IGNORECASE
)
_PROSE_NAME = regex(  # `documentation.yml`
    r"(?:^|/)(?:AUTHORS|CHANGE(?:S|LOG)?|CITATIONS?|CONTRIBUTING|COPYING|INSTALL|LICEN[CS]E|NOTICE"
    r"|README)(?:[.-][^/]*)?$",
    re.IGNORECASE,
)
_DOCUMENTATION = regex(
    r"(?:^|/)(?:docs?|docs?[._-](?:site|website)|documentation|groovydoc|javadoc)/|^man/",
    re.IGNORECASE,
)
_EXAMPLE = regex(
    r"(?:^|/)(?:examples?|samples?|demos?|tutorials?|playgrounds?|sandbox|cookbook)/"
    r"|[._-](?:example|sample|template|dist)s?(?:\.\w+)?$",
    re.IGNORECASE,
)
_FIXTURE = regex(
    r"(?:^|/)(?:__fixtures__|fixtures?|__mocks__|mocks?|testdata|test[-_]data)/", re.IGNORECASE
)

# Texts of a program for people, in many languages: what gettext, XLIFF, Fluent, Flutter, Apple,
# .NET, Java and Android call their files, and the folders that web frameworks look into.
_TRANSLATION_SUFFIX = regex(
    r"\.(?:po|pot|xlf|xliff|arb|strings|resx|ftl|lang|xcstrings|stringsdict)$",
    re.IGNORECASE,
)
_TRANSLATION_FOLDER = regex(
    r"(?:^|/)(?:locales?|i18n|l10n|intl|lang(?:s|uages?)?|translations?|values-[\w-]+|[\w-]+\.lproj)/"
    r".*\.(?:json5?|ya?ml|xml|toml|properties|php)$",
    re.IGNORECASE,
)
# `nl.json`, `pt-BR.yml`, `messages_fr.json`: named by a language of ISO 639, in lower case.
_TRANSLATION_NAME = regex(
    r"(?:^|/)(?:(?:messages|strings|labels|translations?|locale|lang|i18n|common)[._-])?"
    r"(?:ar|bg|bn|ca|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|ko|lt|lv|ms|nb|nl|nn|no|pl"
    r"|pt|ro|ru|sk|sl|sr|sv|ta|th|tr|uk|ur|vi|zh)(?:[_-][A-Z][A-Za-z]{1,3})?\.(?:json5?|ya?ml)$"
    r"|(?:^|/)(?:messages|labels|[A-Z]\w*(?:Messages|Bundle|Labels))(?:_\w{2,8})?\.properties$"
)

# What has a capital is one of Java's source sets (`androidTest`), or a project of Xcode's or Visual
# Studio's (`ShopTests`, `Shop.Tests`): `latest` and `contest` are none. An A/B test is no test.
_TEST_FOLDER = regex(
    r"(?:^|/)(?:(?i:tests?|specs?|__tests__|testing|testsuite|testdata|e2e|cypress"
    r"|[^/]*(?:unit|integration|functional|acceptance)tests?|(?!ab[_-])[^/]*[._-](?:tests?|e2e)"
    r"|tests?[._-](?:data|fixtures?|helpers?|resources|support|suites?|utils?))"
    r"|[^/]*[A-Za-z0-9]Tests?|testFixtures)/"
)
_TEST_NAME = regex(
    r"(?:^|/)(?:"
    # pytest, unittest, Django; testthat; Julia
    r"(?:conftest|tests?|runtests)\.\w+|test-[^/]*"
    # Go, Ruby, Elixir, Dart, Rust, Lua, C++; JavaScript's runners
    r"|[^/]*[_.-](?:(?:unit)?tests?|specs?|e2e)\.\w+|[^/]*\.cy\.\w+|[^/]*\.test-d\.ts"
    r"|(?:spec|rails)_helper\.rb"
    # Maven's Surefire and Failsafe (but `IT*`, which iTunes begins with too), NUnit, xUnit,
    # PHPUnit, XCTest; Erlang's Common Test
    r"|Test[A-Z0-9][^/]*\.(?:java|kt|scala|groovy)|[^/]*[A-Za-z0-9](?:Tests?|TestCase|ITCase)\.\w+"
    r"|[^/]*[a-z0-9]IT\.(?:java|kt)|[^/]*_SUITE\.erl"
    # ScalaTest, Spock, Kotest, hspec, Quick, phpspec, Jasmine. Elsewhere a `PodSpec` is a type.
    r"|[^/]*[A-Za-z0-9]Spec\.(?:scala|groovy|kt|hs|swift|php|m?js)"
    r")$"
)
_TEST_OF_ANY_KIND = regex(
    r"(?:^|/)test_[^/]*$|[._-]tests?(?:\.\w+)?$|\.(?:bats|feature|t|tftest\.hcl)$"
)


def language(path: str) -> str:
    """Return the language that a file's name speaks of, such as `c_sharp`; empty for others."""
    name = path.rpartition("/")[2]
    if name in _NAMES:
        return _NAMES[name]
    if name.lower().startswith(("dockerfile.", "containerfile.")):
        return "dockerfile"
    language_name = _SUFFIXES.get(_suffix(name), "")
    if language_name == "json" and not _PLAIN_JSON.fullmatch(name):
        takes_comments = _JSON_WITH_COMMENTS.match(name) or _DOT_FOLDER.search(path)
        return "jsonc" if takes_comments else "json"
    return language_name


def has_strict_reader(path: str) -> bool:
    """True where the program that reads a file of this name is known, and takes nothing odd."""
    name = path.rpartition("/")[2]
    return _PLAIN_JSON.fullmatch(name) is not None or (
        language(path) == "xml" and _WHOLE_XML.fullmatch(name) is not None
    )


def _suffix(path: str) -> str:
    """Return a name's last suffix in lower case; a name that begins with its only dot has none."""
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return f".{suffix}".lower() if dot and stem else ""


def family(path: str) -> str:
    """Return what files that import each other have in common: a language's, or their suffix."""
    language_name = language(path)
    if language_name:
        return _FAMILIES.get(language_name, language_name)
    return _suffix(path)


@lru_cache(maxsize=16_384)  # of a path each name that a change needs is asked about
def is_code(path: str) -> bool:
    """True for a program's source, not for data, configuration and markup."""
    language_name = language(path)
    return bool(language_name) and language_name not in _DATA


def is_data(path: str) -> bool:
    """True for configuration, markup and tables."""
    return language(path) in _DATA or _TABLE.search(path) is not None


def is_text(path: str) -> bool:
    """True for what its name says to be a text."""
    name = path.rpartition("/")[2]
    return (
        bool(language(path)) or is_prose(path) or name.startswith(".env") or name.endswith(".env")
    )


@lru_cache(maxsize=16_384)
def is_test(path: str) -> bool:
    """True for tests and what only they use: by folder, or by a name that a runner looks for."""
    folder, slash, name = path.rpartition("/")
    if _is_test_folder(folder + slash) or _TEST_OF_ANY_KIND.search(name):
        return True
    # Of data a name says less: `openapi-spec.yaml` and `tests.json` are no tests.
    return is_code(path) and _TEST_NAME.search(name) is not None


@lru_cache(maxsize=16_384)  # a tree has many files in each of its folders
def _is_test_folder(folder: str) -> bool:
    return _TEST_FOLDER.search(folder) is not None


def is_example(path: str) -> bool:
    """True for what shows others how something is used, or is a model for their own file."""
    return _EXAMPLE.search(path) is not None


def is_fixture(path: str) -> bool:
    """True for made-up data and doubles, wherever they are kept."""
    return _FIXTURE.search(path) is not None


def is_lock_file(path: str) -> bool:
    """True for what a package manager has resolved and written down."""
    return path.rpartition("/")[2] in _LOCK_FILES


def is_vendored(path: str, marks: FileMarks = NO_MARKS) -> bool:
    """True for somebody else's code that was copied in."""
    return _VENDOR_FOLDER.search(path) is not None if marks.vendored is None else marks.vendored


def is_snapshot(path: str) -> bool:
    """True for what a test runner has written down to compare with."""
    return _SNAPSHOT.search(path) is not None


def is_minified(path: str) -> bool:
    """True for scripts and styles that are named as made small."""
    return _MINIFIER_NAME.search(path) is not None


def is_generated(path: str, marks: FileMarks = NO_MARKS) -> bool:
    """True for what a program has written, as far as its name tells; minified files are."""
    if marks.generated is not None:
        return marks.generated
    return _GENERATOR_NAME.search(path) is not None or is_minified(path)


def is_foreign(path: str, marks: FileMarks = NO_MARKS) -> bool:
    """True for what nobody here wrote: vendored, generated, a snapshot or a lock file."""
    return (
        is_lock_file(path)
        or is_vendored(path, marks)
        or is_snapshot(path)
        or is_generated(path, marks)
    )


def is_prose(path: str) -> bool:
    """True for a text that people read, by its suffix or name."""
    if _PROSE_SUFFIX.search(path):
        return not _TEXT_FOR_PROGRAMS.search(path)
    return _PROSE_NAME.search(path) is not None and not language(path)


def is_translation(path: str) -> bool:
    """True for a file of texts in one of the languages that a program speaks."""
    return any(
        pattern.search(path)
        for pattern in (_TRANSLATION_SUFFIX, _TRANSLATION_FOLDER, _TRANSLATION_NAME)
    )


def is_documentation(path: str, marks: FileMarks = NO_MARKS) -> bool:
    """True for prose, and for all that is kept in a folder of documents."""
    if marks.documentation is not None:
        return marks.documentation
    return is_prose(path) or _DOCUMENTATION.search(path) is not None
