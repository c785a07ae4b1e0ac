"""Writes the generated tables of the documents anew: `make tables`.

README: inputs and outputs, from action.yml. docs/configuration.md: every key, from the models.
docs/actions/quality_gates.md: every gate, from its class. docs/actions/pr_reviewer.md: every kind
of claim, from the table of checks. docs/models.md: every provider, from its profile.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.gate import Gate
from codeflow_action.ai.registry import Providers, load_providers
from codeflow_action.config.json_schema import configuration_schema
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.review.proof import CHECKERS, ClaimCheck, ClaimKind

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Rewrite what stands between the markers."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


def documents() -> dict[Path, str]:
    """Return each document with tables in it, as it should be."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    schema = configuration_schema(load_registry())
    tables = {
        "README.md": {
            "inputs": _inputs(action["inputs"]),
            "outputs": _outputs(action["outputs"]),
        },
        "docs/configuration.md": {"keys": _keys(schema)},
        "docs/actions/quality_gates.md": {"gates": _gates(QualityGates().gates)},
        "docs/actions/pr_reviewer.md": {"claims": _claims(CHECKERS)},
        "docs/models.md": {"providers": providers_table(load_providers())},
    }
    found = {}
    for name, by_marker in tables.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for marker, table in by_marker.items():
            text = put(text, marker, table)
        found[ROOT / name] = text
    return found


def put(text: str, marker: str, table: str) -> str:
    """Return the text with the table between `<!-- marker:start -->` and `<!-- marker:end -->`."""
    start, end = f"<!-- {marker}:start -->", f"<!-- {marker}:end -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no {start} ... {end}")
    return pattern.sub(lambda _match: f"{start}\n{table}\n{end}", text)


def _inputs(inputs: Mapping[str, Mapping[str, str]]) -> str:
    rows = ["| input | default | meaning |", "| --- | --- | --- |"]
    for name, about in inputs.items():
        default = f"`{about['default']}`" if "default" in about else ""
        rows.append(f"| `{name}` | {default} | {about['description']} |")
    return "\n".join(rows)


def _outputs(outputs: Mapping[str, Mapping[str, str]]) -> str:
    rows = ["| output | meaning |", "| --- | --- |"]
    rows += [f"| `{name}` | {about['description']} |" for name, about in outputs.items()]
    return "\n".join(rows)


def _gates(gates: Iterable[Gate]) -> str:
    rows = ["| gate | default | finds |", "| --- | --- | --- |"]
    for gate in gates:
        finds = (gate.__doc__ or "").split("\n")[0]
        rows.append(f"| [{gate.name}](quality_gates/{gate.name}.md) | `{gate.level}` | {finds} |")
    return "\n".join(rows)


def providers_table(providers: Providers) -> str:
    """Return a row for each provider, in the order of `auto`."""
    rows = ["| provider | input for its key | variables | address | default model | prices of |"]
    rows += ["| --- | --- | --- | --- | --- | --- |"]
    for name, provider in providers.items():
        profile = provider.profile
        named = filter(None, (*profile.key_variables, profile.base_url_variable))
        variables = ", ".join(f"`{variable}`" for variable in named)
        asked = f"`{profile.default_model}`" if profile.default_model else ""
        rows.append(
            f"| `{name}` | `{provider.key_input}` | {variables} | {profile.address} | {asked} "
            f"| {profile.priced_on} |"
        )
    return "\n".join(rows)


def _claims(checks: Mapping[ClaimKind, ClaimCheck]) -> str:
    rows = ["| claim | what code proves | what that leaves open | then it is |"]
    rows += ["| --- | --- | --- | --- |"]
    for kind, check in checks.items():
        label = "judged again" if check.leaves_open else "`proven`"
        rows.append(f"| `{kind}` | {check.proves} | {check.leaves_open} | {label} |")
    return "\n".join(rows)


def _keys(schema: Mapping[str, Any]) -> str:
    rows = ["| key | type | default |", "| --- | --- | --- |"]
    rows += [
        f"| `{key}` | {kind} | {default} |" for key, kind, default in _walk(schema, schema, "")
    ]
    return "\n".join(rows)


def _walk(
    node: Mapping[str, Any], schema: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str, str]]:
    for name, raw in node.get("properties", {}).items():
        key = f"{prefix}{name}"
        about = _resolved(raw, schema)
        if about.get("properties"):
            yield from _walk(about, schema, f"{key}.")
        else:
            default = json.dumps(raw["default"]) if "default" in raw else ""
            yield key, _kind(about, schema), f"`{default}`" if default not in ("", "null") else ""


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def _kind(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    node = _resolved(node, schema)
    if "anyOf" in node:
        kinds = [_kind(branch, schema) for branch in node["anyOf"]]
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("type") == "array":
        items = _resolved(node.get("items", {}), schema)
        return "list of mappings" if items.get("properties") else "list"
    kind: str = node.get("type", "")
    limits = [f"{sign} {node[word]}" for word, sign in _LIMITS.items() if word in node]
    return f"{'mapping' if kind == 'object' else kind} {', '.join(limits)}".strip()


_LIMITS = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">"}

if __name__ == "__main__":
    main()
