"""The package reads as `make measure-code` measures it."""

import ast
import io
import re
import tokenize

import pytest

from scripts.measure_code import PACKAGE, Module, main, measures, read_modules
from scripts.write_tables import ROOT

# What is measured does not hang on the modules; to read and measure them all takes seconds.
TITLES = [measure.title for measure in measures([Module(path=PACKAGE / "empty.py", text="\n")])]
PUBLIC = set(
    re.findall(
        r"\w+", (ROOT / "action.yml").read_text() + (ROOT / "codeflow.schema.json").read_text()
    )
)
# Words in backticks that others have coined: git, GitHub, OpenTelemetry, languages, our own YAML.
FOREIGN = frozenset(
    [
        "author_association",
        "authorization",
        "blob",
        "c_sharp",
        "cart",
        "commit",
        "data",
        "env",
        "escapeData",
        "escapeProperty",
        "export",
        "external_id",
        "eyes",
        "generate",
        "noUnusedVariables",
        "no_key",
        "php",
        "progress_callback",
        "proven",
        "pull_request_target",
        "query_cursor_matches",
        "quoted",
        "traceparent",
        "tracestate",
        "wildmatch",
    ]
)


def measured(*texts):
    modules = [
        Module(path=PACKAGE / f"folder{number}" / "made_up.py", text=text)
        for number, text in enumerate(texts)
    ]
    return {measure.title: measure for measure in measures(modules)}


@pytest.fixture(scope="module")
def package_modules():
    return read_modules(PACKAGE)


@pytest.fixture(scope="module")
def package_measures(package_modules):
    return {measure.title: measure for measure in measures(package_modules)}


@pytest.mark.parametrize("title", TITLES)
def test_the_package_is_within_the_limit_of(package_measures, title):
    measure = package_measures[title]
    assert measure.holds, "\n".join((measure.row(), *map(str, measure.places)))


@pytest.mark.parametrize(
    ("title", "texts", "names"),
    [
        (  # a loop variable, a parameter, a caught error, a field; not `self`, not a real noun
            "bindings named by a pronoun or participle",
            ["class Box:\n kept: int\n def f(self, told, path):\n  for one in path: pass\n"],
            {"kept", "told", "one"},
        ),
        (  # states are named by participles everywhere
            "bindings named by a pronoun or participle",
            ["class State(Enum):\n    REMOVED = 1\n"],
            set(),
        ),
        (
            "functions named by a bare participle or gerund",
            ["def _named(): 0\ndef placing(): 0\ndef string(): 0\ndef added_lines(): 0\n"],
            {"_named", "placing"},
        ),
        (
            "classes named by a bare participle or gerund",
            ["class Told: pass\nclass Finding: pass\nclass ToolReports: pass\n"],
            {"Told"},
        ),
        (
            "public class names that mean two things",
            ["class Rule: pass\nclass _Row: pass\n", "class Rule: pass\nclass _Row: pass\n"],
            {"Rule"},
        ),
        ("module names that stand twice", ["x = 1\n", "x = 1\n"], {"made_up"}),
        (
            "private functions used once, of at most 8 lines",
            ["def _short(): pass\ndef _twice(): pass\n_short()\n_twice()\n_twice()\n"],
            {"_short"},
        ),
        (
            "catch-alls",
            ["try: f()\nexcept Exception: pass\ntry: f()\nexcept BaseException: raise\n"],
            {"except"},
        ),
        ("functions over 50 lines", ["def long():\n" + "    f()\n" * 50], {"long"}),
        ("functions without all annotations", ["def f(x) -> None: pass\n"], {"f"}),
    ],
)
def test_a_measure_names_what_it_counts(title, texts, names):
    assert {place.name for place in measured(*texts)[title].places} == names


def test_comments_for_tools_are_no_comments():
    title = "comments for 1,000 lines"
    assert measured("x = 1  # noqa: S105\n# why\n")[title].value == 500


@pytest.mark.parametrize("texts", [[], [""]])
def test_a_folder_without_python_is_said_to_have_none(tmp_path, capsys, texts):
    for text in texts:
        (tmp_path / "__init__.py").write_text(text)
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])
    assert "there is no Python to measure in" in capsys.readouterr().err


def docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str(text)) as constant), *_]:
                    yield constant.lineno, text


def words_in_code(module, without):
    words = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        is_word = token.type in {tokenize.NAME, tokenize.STRING, tokenize.FSTRING_MIDDLE}
        if is_word and token.start[0] not in without:
            words.update(re.findall(r"\w+", token.string))
    return words


def stale_words(modules):
    """A parameter that was renamed leaves its old name behind in the docstring."""
    names = {part for module in modules for part in (module.path.stem, module.path.parent.name)}
    for module in modules:
        texts = list(docstrings(module.tree))
        words = words_in_code(module, {line for line, _ in texts}) | PUBLIC | FOREIGN | names
        for line, text in texts:
            for word in re.findall(r"`([a-z_]\w*)`", text):
                if word not in words:
                    yield f"{module.path}:{line}: {word}"


def test_docstrings_speak_of_names_that_are_there(package_modules):
    assert not list(stale_words(package_modules))


def test_a_name_that_a_docstring_has_kept_is_found():
    text = 'def f(path):\n    """Read `path`, not `old_name`."""\n    return path\n'
    module = Module(path=PACKAGE / "made_up.py", text=text)
    assert [line.split()[-1] for line in stale_words([module])] == ["old_name"]


# What pytest's `monkeypatch` and `unittest.mock` call a change of something that is there.
PATCHING = frozenset({"setattr", "delattr", "setitem", "delitem", "patch", "object", "dict"})


def root_name(node):
    """Return the name that `name.attribute[0]` begins with, empty for other expressions."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def patches(text):
    """Yield the lines that change something in our own package, whoever puts it back."""
    tree = ast.parse(text)
    ours = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if f"{getattr(node, 'module', None) or alias.name}.".startswith("codeflow_action.")
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=verb) | ast.Attribute(attr=verb), args=[target, *_]) if (
                verb in PATCHING
            ):
                path = target.value if isinstance(target, ast.Constant) else ""
                if str(path).startswith("codeflow_action.") or root_name(target) in ours:
                    yield node.lineno
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if root_name(node) in ours:
                yield node.lineno


def test_no_test_patches_the_package():
    """A limit, a clock and a program are handed in: a patch breaks at every renaming."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert not [f"{path}:{line}" for path in files for line in patches(path.read_text())]


@pytest.mark.parametrize(
    "change",
    [
        'monkeypatch.setattr("codeflow_action.cli._config", 1)',
        'monkeypatch.setattr(cli, "_config", 1)',
        "monkeypatch.setitem(cli.TABLE, 1, 1)",
        'mock.patch.object(Git, "run")',
        'mock.patch("codeflow_action.cli.main")',
        'setattr(Git, "run", 1)',
        "cli._config = 1",
        "cli.Limits.memory += 1",
        "codeflow_action.cli.main = 1",
    ],
)
def test_a_patch_of_the_package_is_found(change):
    imports = (
        "import codeflow_action.cli\nfrom codeflow_action import cli\n"
        "from codeflow_action.integrations.git import Git\n"
    )
    assert list(patches(f"{imports}{change}\n")) == [4]


@pytest.mark.parametrize(
    "change",
    [
        'monkeypatch.setattr(tempfile, "tempdir", "/nowhere")',  # whose knob that is
        'monkeypatch.delitem(sys.modules, "codeflow_action.cli")',  # it is imported anew
        "server = GitHubServer()\nserver.git = False",  # what a test has made
    ],
)
def test_other_changes_are_none(change):
    imports = "import sys, tempfile\nfrom codeflow_action.testing.github import GitHubServer\n"
    assert not list(patches(f"{imports}{change}\n"))
