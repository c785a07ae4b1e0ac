"""The documents say what is true: tables, links, configurations, examples of code."""

import ast
import re
from collections import Counter
from functools import cache

import pytest
import yaml

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.ai.registry import provider_inputs
from codeflow_action.arguments import make_parser
from codeflow_action.config.dismissed_file import read_dismissed
from codeflow_action.config.inputs import input_names
from codeflow_action.config.layers import read_layer
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.hand_off import HAND_OFF_FILE
from scripts.absolute_links import with_absolute_links
from scripts.write_tables import ROOT, documents

PAGES = sorted(path for path in ROOT.rglob("*.md") if ".venv" not in path.parts)
DOCUMENTS = [path for path in PAGES if "codeflow_action" not in path.parts]


def blocks(path, language):
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_generated_tables_are_up_to_date(path):
    """`make tables` writes them."""
    assert path.read_text() == documents()[path]


@pytest.mark.promise("docs/security.md explains how, and what is left for you to decide.")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path):
    targets = re.findall(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)", path.read_text())
    for target, anchor in targets:
        page = path.parent / target if target else path
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), f"{target}#{anchor}"


def test_the_readme_leads_somewhere_from_a_package_index_too():
    """`scripts/build-wheel` puts it into the wheel like this."""
    text = with_absolute_links((ROOT / "README.md").read_text(), "https://x.test/o/r/blob/v1/")
    links = [*re.findall(r"\]\(([^)\s]+)", text), *re.findall(r'src(?:set)?="([^"]+)', text)]
    assert "https://x.test/o/r/blob/v1/docs/adopting.md#pinning" in links
    assert "https://x.test/o/r/raw/v1/docs/images/demo-light.png" in links
    assert all(link.startswith(("https://", "#")) for link in links)


@cache
def anchors(page):
    """Return what GitHub's headings on a page can be linked by."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"\]\([^)]*\)", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-") for heading in plain}


def test_every_configuration_in_the_documents_is_valid():
    installed = load_plugins()
    seen = 0
    for path in DOCUMENTS:
        for block in blocks(path, "yaml"):
            value = yaml.safe_load(block)
            if isinstance(value, list):  # steps of a workflow
                continue
            if "on" in value or True in value:  # a workflow, in which YAML 1.1 reads `on` as true
                continue
            if "dismissed" in value:  # the file beside the configuration
                _, problems = read_dismissed(block)
            else:
                _, problems = read_layer(str(path), block, installed)
            assert not problems, (path, [problem.message for problem in problems])
            seen += 1
    assert seen >= 5


def test_every_step_in_the_documents_gives_inputs_that_exist():
    lists = [
        value
        for path in DOCUMENTS
        for block in blocks(path, "yaml")
        if isinstance(value := yaml.safe_load(block), list)
    ]
    ours = [
        step for steps in lists for step in steps if step.get("uses", "").startswith("org/codeflow")
    ]
    assert ours
    inputs = set(input_names(provider_inputs(load_plugins().providers.values())))
    for step in ours:
        assert set(step["with"]) <= inputs


def test_the_code_in_the_documents_is_python():
    examples = [block for path in DOCUMENTS for block in blocks(path, "python")]
    assert len(examples) == 6
    for example in examples:
        compile(example, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        exec(example, {"__name__": "example"})


def test_the_glossary_says_where_each_word_is_defined():
    text = (ROOT / "docs/glossary.md").read_text()
    places = re.findall(r"\| `([\w.]+)` \|$", text, re.MULTILINE)
    words = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    assert len(places) > 40
    assert max(Counter(word for word in words if word not in {"word", "---"}).values()) == 1
    for place in places:
        parts = place.split(".")
        names = []
        while not (module := ROOT.joinpath("codeflow_action", *parts)).is_dir():
            if module.with_suffix(".py").is_file():
                break
            names.insert(0, parts.pop())
        source = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
        body = ast.parse(source.read_text()).body
        for name in names:
            (definition,) = [node for node in body if name in _defined_names(node)]
            body = getattr(definition, "body", [])


def _defined_names(node):
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
            return [name]
    return []


def test_every_shipped_action_has_its_page():
    for name in load_registry():
        assert (ROOT / "docs" / "actions" / f"{name}.md").is_file()


def test_every_gate_has_its_page_and_every_page_its_gate():
    gates = {gate.name for gate in QualityGates().gates}
    pages = {path.stem: path for path in (ROOT / "docs/actions/quality_gates").glob("*.md")}
    assert pages.keys() == gates
    for name, path in pages.items():
        assert path.read_text().startswith(f"# {name}\n\n<!-- page:start -->\n")


def test_the_test_command_of_the_readme_is_the_one_of_continuous_integration():
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "make test" in readme
    assert "make lint type test" in script


def test_the_page_for_agents_is_a_skill_that_names_what_there_is():
    """The form is https://agentskills.io/specification."""
    text = (ROOT / "SKILL.md").read_text()
    _, front, body = text.split("---\n", 2)
    about = yaml.safe_load(front)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", about["name"])
    assert 0 < len(about["description"]) <= 1024
    assert len(text) < 6_000
    parser = make_parser()
    for line in "".join(blocks(ROOT / "SKILL.md", "console")).splitlines():
        parser.parse_args(line.partition(" >")[0].removeprefix("codeflow ").split())
    named = set(re.findall(r"/codeflow (\w+)", body))
    assert named == set(CommandName)
    outputs = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    assert "findings_path" in outputs
    assert HAND_OFF_FILE in body


def test_the_list_of_pages_for_agents_names_every_page_once():
    """The form is https://llmstxt.org."""
    text = (ROOT / "llms.txt").read_text()
    assert re.match(r"# CodeFlow\n\n> .+\n\n## ", text)
    rows = re.findall(r"^- \[(.+?)\]\((.+?)\): (.+)$", text, re.MULTILINE)
    listed = [path for _title, path, _note in rows]
    assert len(set(listed)) == len(listed)
    wanted = {path for path in ROOT.glob("docs/**/*.md") if "adr" not in path.parts}
    wanted |= set(ROOT.glob("*.md"))
    assert {ROOT / path for path in listed} == wanted
    assert all(len(note) > 10 for _title, _path, note in rows)
