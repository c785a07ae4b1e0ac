"""The languages that are parsed, as data: where a grammar comes from, which files it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, kw_only=True)
class Language:
    """One grammar. `queries` are files of `queries/`, read as one; later ones add to earlier."""

    name: str
    module: str  # the package that brings the grammar
    entry: str = "language"  # its function that returns it
    queries: tuple[str, ...]
    suffixes: tuple[str, ...]  # of file names, lower case
    names: tuple[str, ...] = ()  # whole file names
    separator: str = ""  # an import without a name binds what follows the last one of its source


LANGUAGES: tuple[Language, ...] = (
    Language(
        name="bash",
        module="tree_sitter_bash",
        queries=("bash",),
        suffixes=(".sh", ".bash", ".bats"),
        names=(".bashrc", ".bash_profile", ".profile"),
    ),
    Language(name="c", module="tree_sitter_c", queries=("c",), suffixes=(".c",)),
    Language(
        name="c_sharp", module="tree_sitter_c_sharp", queries=("c_sharp",), suffixes=(".cs", ".csx")
    ),
    # A `.h` may be either: C++ reads nearly all of C.
    Language(
        name="cpp",
        module="tree_sitter_cpp",
        queries=("c", "cpp"),
        suffixes=(".cc", ".cpp", ".cxx", ".c++", ".h", ".hh", ".hpp", ".hxx", ".ipp", ".inl"),
    ),
    Language(
        name="elixir",
        module="tree_sitter_elixir",
        queries=("elixir",),
        suffixes=(".ex", ".exs"),
        separator=".",
    ),
    Language(name="go", module="tree_sitter_go", queries=("go",), suffixes=(".go",), separator="/"),
    Language(
        name="hcl",
        module="tree_sitter_hcl",
        queries=("hcl",),
        suffixes=(".tf", ".tfvars", ".hcl", ".nomad"),
    ),
    Language(name="java", module="tree_sitter_java", queries=("java",), suffixes=(".java",)),
    Language(
        name="javascript",
        module="tree_sitter_javascript",
        queries=("ecmascript", "javascript", "jsx"),
        suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    ),
    Language(
        name="kotlin", module="tree_sitter_kotlin", queries=("kotlin",), suffixes=(".kt", ".kts")
    ),
    Language(
        name="lua",
        module="tree_sitter_lua",
        queries=("lua",),
        suffixes=(".lua",),
    ),
    Language(
        name="php",
        module="tree_sitter_php",
        entry="language_php",
        queries=("php",),
        suffixes=(".php", ".phtml", ".inc"),
    ),
    Language(
        name="python",
        module="tree_sitter_python",
        queries=("python",),
        suffixes=(".py", ".pyi", ".pyw"),
        names=("SConstruct", "SConscript", "wscript"),
    ),
    Language(
        name="ruby",
        module="tree_sitter_ruby",
        queries=("ruby",),
        suffixes=(".rb", ".rake", ".gemspec", ".ru", ".podspec"),
        names=("Gemfile", "Rakefile", "Podfile", "Fastfile", "Vagrantfile", "Brewfile"),
    ),
    Language(name="rust", module="tree_sitter_rust", queries=("rust",), suffixes=(".rs",)),
    Language(
        name="scala", module="tree_sitter_scala", queries=("scala",), suffixes=(".scala", ".sbt")
    ),
    Language(name="swift", module="tree_sitter_swift", queries=("swift",), suffixes=(".swift",)),
    Language(
        name="typescript",
        module="tree_sitter_typescript",
        entry="language_typescript",
        queries=("ecmascript", "typescript"),
        suffixes=(".ts", ".mts", ".cts"),
    ),
    Language(
        name="tsx",
        module="tree_sitter_typescript",
        entry="language_tsx",
        queries=("ecmascript", "typescript", "jsx"),
        suffixes=(".tsx",),
    ),
)

_BY_SUFFIX: Mapping[str, Language] = {
    suffix: language for language in LANGUAGES for suffix in language.suffixes
}
_BY_NAME: Mapping[str, Language] = {
    name: language for language in LANGUAGES for name in language.names
}


def language_of(path: str) -> Language | None:
    """Return the language that a file's name speaks of, None for one without a grammar here."""
    name = PurePosixPath(path)
    return _BY_NAME.get(name.name) or _BY_SUFFIX.get(name.suffix.lower())
