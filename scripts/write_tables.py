"""Writes the generated tables of the documents anew: `make tables`.

README: inputs and outputs, from action.yml, and prices, from the providers' profiles, as in
docs/adopting.md. docs/configuration.md: every key, from the models.
docs/actions/: what `codeflow docs` prints of each action and gate; in quality_gates.md also where
the gates' pages are, in pr_reviewer.md every kind of claim, from the table of checks.
docs/models.md: every provider, from its profile. SKILL.md and llms.txt: see `agent_pages`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.config.json_schema import configuration_schema
from codeflow_action.config.pages import markdown_table, pages, provider_facts, resolve, type_name
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.model import ProviderProfile, Usage
from codeflow_action.review.proof import CHECKERS, ClaimCheck, ClaimKind
from scripts.agent_pages import agent_pages

ROOT = Path(__file__).resolve().parents[1]
# Of both rounds over 300 changed lines; docs/adopting.md says how it was measured.
_TYPICAL_TOKENS = 18_000


def main() -> None:
    """Rewrite what stands between the markers."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


def documents() -> dict[Path, str]:
    """Return each document with tables in it, as it should be."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    plugins = load_plugins()
    schema = configuration_schema(plugins.actions)
    providers = [provider_facts(provider) for provider in plugins.providers.values()]
    names = [f"`{name}`" for name in plugins.providers]
    gates = [f"[{gate.name}](quality_gates/{gate.name}.md)" for gate in QualityGates().gates]
    about = dict(pages(plugins))
    prices = _prices({name: provider.profile for name, provider in plugins.providers.items()})
    tables = {
        path.relative_to(ROOT).as_posix(): {"page": about[path.stem]}
        for path in sorted(ROOT.glob("docs/actions/**/*.md"))
    }
    tables |= {
        "README.md": {
            "inputs": _inputs(action["inputs"]),
            "outputs": _outputs(action["outputs"]),
            "prices": prices,
        },
        "docs/adopting.md": {"prices": prices},
        "docs/configuration.md": {"keys": _keys(schema)},
        "docs/models.md": {
            "providers": markdown_table(
                ("provider", *providers[0]),
                ((name, *facts.values()) for name, facts in zip(names, providers, strict=True)),
            )
        },
    }
    tables["docs/actions/quality_gates.md"]["gates"] = " · ".join(gates)
    tables["docs/actions/pr_reviewer.md"]["claims"] = _claims(CHECKERS)
    found = {}
    for name, by_marker in tables.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for marker, table in by_marker.items():
            text = put(text, marker, table)
        found[ROOT / name] = text
    return found | agent_pages()


def put(text: str, marker: str, table: str) -> str:
    """Return the text with the table between `<!-- marker:start -->` and `<!-- marker:end -->`."""
    start, end = f"<!-- {marker}:start -->", f"<!-- {marker}:end -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no {start} ... {end}")
    return pattern.sub(lambda _match: f"{start}\n{table}\n{end}", text)


def _prices(profiles: Mapping[str, ProviderProfile]) -> str:
    """Return a row for each default model whose price is known."""
    rows = [
        (
            f"`{name}:{profile.default_model}`",
            f"{price.input:g}",
            f"{price.output:g}",
            profile.priced_on,
            f"${price.of(Usage(input_tokens=_TYPICAL_TOKENS)):.3f}",
        )
        for name, profile in profiles.items()
        if (model := profile.models.get(profile.default_model)) and (price := model.price)
    ]
    return markdown_table(("default model", "input", "output", "read on", "300 lines, input"), rows)


def _inputs(inputs: Mapping[str, Mapping[str, str]]) -> str:
    rows = (
        (f"`{name}`", f"`{about['default']}`" if "default" in about else "", about["description"])
        for name, about in inputs.items()
    )
    return markdown_table(("input", "default", "meaning"), rows)


def _outputs(outputs: Mapping[str, Mapping[str, str]]) -> str:
    rows = ((f"`{name}`", about["description"]) for name, about in outputs.items())
    return markdown_table(("output", "meaning"), rows)


def _claims(checks: Mapping[ClaimKind, ClaimCheck]) -> str:
    heading = ("claim", "what code proves", "what that leaves open", "then it is")
    rows = (
        (
            f"`{kind}`",
            check.proves,
            check.leaves_open,
            _becomes(check),
        )
        for kind, check in checks.items()
    )
    return markdown_table(heading, rows)


def _becomes(check: ClaimCheck) -> str:
    if not check.leaves_open:
        return "`proven`"
    return f"`proven` if {check.whole_if}; else judged again" if check.whole_if else "judged again"


def _keys(schema: Mapping[str, Any]) -> str:
    return markdown_table(("key", "type", "default", "meaning"), _walk(schema, schema, ""))


def _walk(
    node: Mapping[str, Any], schema: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str, str, str]]:
    for name, raw in node.get("properties", {}).items():
        key = f"{prefix}{name}"
        about = resolve(raw, schema)
        if about.get("properties"):
            yield from _walk(about, schema, f"{key}.")
        else:
            default = json.dumps(raw["default"]) if "default" in raw else ""
            shown = f"`{default}`" if default not in ("", "null") else ""
            yield f"`{key}`", type_name(about, schema), shown, raw["description"]


if __name__ == "__main__":
    main()
