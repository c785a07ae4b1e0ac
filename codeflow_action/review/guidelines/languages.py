"""Which language a rule is about, where its heading or its first words say so."""

from collections.abc import Mapping

from codeflow_action.engine.lazy import regex

_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte")
_C = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx")
_BY_NAME: Mapping[str, tuple[str, ...]] = {
    "python": (".py", ".pyi", ".pyx", ".ipynb"),
    "typescript": (".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"),
    "javascript": _SCRIPTS,
    "java": (".java",),
    "kotlin": (".kt", ".kts"),
    "go": (".go",),
    "golang": (".go",),
    "rust": (".rs",),
    "ruby": (".rb", ".erb", ".rake"),
    "php": (".php",),
    "c": _C,
    "c++": _C,
    "c#": (".cs", ".razor"),
    "swift": (".swift",),
    "scala": (".scala", ".sc"),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "lua": (".lua",),
    "sql": (".sql",),
    "css": (".css", ".scss", ".sass", ".less"),
    "scss": (".scss", ".sass"),
    "html": (".html", ".htm", ".vue", ".svelte"),
    "bash": (".sh", ".bash"),
    "terraform": (".tf", ".hcl"),
    "protobuf": (".proto",),
    "vue": (".vue",),
    "svelte": (".svelte", ".ts", ".js"),
}
_NAME = r"C\+\+|C#|[A-Za-z]+"
_HEADING = regex(
    rf"^(?:\d+(?:\.\d+)*\.?\s+)?({_NAME})((?:\s*(?:/|&|,|and)\s*(?:{_NAME}))*)"
    r"(?:\s*\([^)]*\))?(?:\s+(?:code|style|coding|naming|conventions?|guidelines?|rules?|standards?"
    r"|requirements|specific|style guide|best practices|files?|tests?|backend|frontend)\b.*)?:?$"
)
_LABEL = regex(rf"^(?:In |For )?({_NAME})(?: code| files)?[:,]\s")
_SEPARATORS = regex(r"\s*(?:/|&|,|\band\b)\s*")


def language_endings(headings: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the endings of the files that a rule is about, empty where no language is named."""
    for heading in reversed(headings):
        if match := _HEADING.match(heading):
            names = _SEPARATORS.split(match[1] + match[2])
            # "C" and "Go" are words too: as names they stand with a capital letter.
            endings_by_name = [_BY_NAME.get(name.lower()) for name in names if name[:1].isupper()]
            if endings_by_name and len(endings_by_name) == len(names) and all(endings_by_name):
                return tuple(ending for endings in endings_by_name if endings for ending in endings)
    label = _LABEL.match(text)
    return _BY_NAME.get(label[1].lower(), ()) if label and label[1][0].isupper() else ()
