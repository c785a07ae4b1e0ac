"""The languages that are parsed, as data: where a grammar comes from, which files it reads."""

from collections.abc import Mapping

from codeflow_action.engine.files import language
from codeflow_action.engine.lazy import dataclass


@dataclass(frozen=True, kw_only=True)
class Language:
    """One grammar, by the name that `engine.files.language` gives its files.

    `queries` are files of `queries/`, read as one; later ones add to earlier.
    """

    name: str
    module: str  # the package that brings the grammar
    entry: str = "language"  # its function that returns it
    queries: tuple[str, ...]
    separator: str = ""  # an import without a name binds what follows the last one of its source


LANGUAGES: tuple[Language, ...] = (
    Language(name="bash", module="tree_sitter_bash", queries=("bash",)),
    Language(name="c", module="tree_sitter_c", queries=("c",)),
    Language(name="c_sharp", module="tree_sitter_c_sharp", queries=("c_sharp",)),
    Language(name="cpp", module="tree_sitter_cpp", queries=("c", "cpp")),
    Language(name="elixir", module="tree_sitter_elixir", queries=("elixir",), separator="."),
    Language(name="go", module="tree_sitter_go", queries=("go",), separator="/"),
    Language(name="hcl", module="tree_sitter_hcl", queries=("hcl",)),
    Language(name="java", module="tree_sitter_java", queries=("java",)),
    Language(
        name="javascript",
        module="tree_sitter_javascript",
        queries=("ecmascript", "javascript", "jsx"),
    ),
    Language(name="kotlin", module="tree_sitter_kotlin", queries=("kotlin",)),
    Language(name="lua", module="tree_sitter_lua", queries=("lua",)),
    Language(name="php", module="tree_sitter_php", entry="language_php", queries=("php",)),
    Language(name="python", module="tree_sitter_python", queries=("python",)),
    Language(name="ruby", module="tree_sitter_ruby", queries=("ruby",)),
    Language(name="rust", module="tree_sitter_rust", queries=("rust",)),
    Language(name="scala", module="tree_sitter_scala", queries=("scala",)),
    Language(name="swift", module="tree_sitter_swift", queries=("swift",)),
    Language(
        name="typescript",
        module="tree_sitter_typescript",
        entry="language_typescript",
        queries=("ecmascript", "typescript"),
    ),
    Language(
        name="tsx",
        module="tree_sitter_typescript",
        entry="language_tsx",
        queries=("ecmascript", "typescript", "jsx"),
    ),
)

_BY_NAME: Mapping[str, Language] = {grammar.name: grammar for grammar in LANGUAGES}


def language_of(path: str) -> Language | None:
    """Return the language that a file's name speaks of, None for one without a grammar here."""
    return language_named(language(path))


def language_named(name: str) -> Language | None:
    """Return a language by the name that `engine.files.language` gives it."""
    return _BY_NAME.get(name)
