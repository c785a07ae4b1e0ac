"""The page of an action, a gate or a provider, made from its class: `codeflow docs NAME` prints it.

The pages of what is built in begin with the same text, so a plug-in is documented as they are.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from itertools import chain
from typing import Any

from codeflow_action.actions.quality_gates.gate import Gate
from codeflow_action.ai.registry import InstalledProvider
from codeflow_action.config.pipeline_entries import Registry
from codeflow_action.config.plugins import Plugins
from codeflow_action.engine.action import Action
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.integrations.sarif_output import RulePage

# Words of JSON Schema (https://json-schema.org/draft/2020-12/json-schema-validation), and ours.
_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "minItems": "≥ {} entries",
    "maxItems": "≤ {} entries",
}
_NO_DEFAULT: tuple[object, ...] = (None, "", [])


def pages(plugins: Plugins) -> Iterator[tuple[str, str]]:
    """Yield the name and the Markdown of everything that is installed; the heading is left out.

    An action's gates follow it, and providers come last, in the order of `auto`. An action and a
    provider may share a name.
    """
    for name, action in plugins.actions.items():
        triggers = [trigger for trigger in Trigger if trigger in action.triggers]
        commands = [f"/codeflow {name}" for name in CommandName if name in action.commands]
        runs_for = f"{_code(triggers)}; `only.events` may add to these" if triggers else ""
        facts = {
            "kind": "action",
            "asks a model": _models_word(action),
            "is a check": "yes" if action.checks else "no, it gives context only",
            "runs for": runs_for,
            "answers to": _code(commands),
            "needs facts": _code(fact.__name__ for fact in action.needs),
            "gives facts": _code(fact.__name__ for fact in action.gives),
        }
        yield name, _page(action, facts, options_table(action.model_json_schema()))
        for option in action.model_fields.values():
            if isinstance(gate := option.default, Gate):
                facts = {
                    "kind": f"gate of `{name}`",
                    "asks a model": "no",
                    "category": f"`{gate.category}`",
                }
                # A gate may also be written as its level alone; the other branch has the options.
                schema = gate.model_json_schema()
                options = {"$defs": schema["$defs"], **schema["anyOf"][1]}
                yield gate.name, _page(type(gate), facts, options_table(options))
    for name, provider in plugins.providers.items():
        accounts = _code(provider.account_inputs.values())
        facts = {
            "kind": "provider",
            **provider_facts(provider),
            "inputs for the job's identity in its place": accounts,
        }
        rows = []
        for model, profile in provider.profile.models.items():
            price = profile.price
            dollars = (price.input, price.cached, price.output) if price else ("unknown", "", "")
            rows.append((f"`{model}`", f"{profile.window:,}", *map(str, dollars)))
        heading = ("model", "window, tokens", "input, $ for a million", "cached input", "output")
        prices = markdown_table(heading, rows) if rows else ""
        yield name, _page(provider.create, facts, prices)


def rule_pages(actions: Registry, docs_url: str = "") -> Mapping[str, RulePage]:
    """Return what pages say of the rules of each gate and action, by the rules' first part.

    `docs_url` is where this version's `docs/` can be read; plug-ins have their pages elsewhere.
    """
    rules: dict[str, RulePage] = {}

    def add(kind: type[Action] | type[Gate], name: str, path: str) -> None:
        is_ours = kind.__module__.startswith("codeflow_action.")
        address = f"{docs_url}/{path}.md" if docs_url and is_ours else ""
        rules[name] = RulePage(text=cleandoc(kind.__doc__ or name), address=address)

    for name, action in actions.items():
        add(action, name, f"actions/{name}")
        for option in action.model_fields.values():
            if isinstance(gate := option.default, Gate):
                add(type(gate), gate.name, f"actions/{name}/{gate.name}")
    if "pr_reviewer" in rules:
        rules["check"] = rules["pr_reviewer"]  # a project's own checks are the reviewer's
    return rules


def _page(kind: object, facts: Mapping[str, str], details: str) -> str:
    list_text = "\n".join(f"- {word.capitalize()}: {fact}" for word, fact in facts.items() if fact)
    return "\n\n".join(filter(None, (cleandoc(kind.__doc__ or ""), list_text, details)))


def _models_word(action: type[Action]) -> str:
    if not action.asks_models:
        return "no"
    return "yes, and does less without" if action.runs_without_models else "yes"


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def provider_facts(provider: InstalledProvider) -> Mapping[str, str]:
    """Return what a user has to know of a provider, as cells of a table with these headings."""
    profile = provider.profile
    variables = (*profile.key_variables, profile.base_url_variable, *chain(*profile.needed))
    return {
        "input for its key": f"`{provider.key_input}`",
        "variables": _code(dict.fromkeys(filter(None, variables))),
        "address": profile.address,
        "default model": f"`{profile.default_model}`" if profile.default_model else "",
        "prices of": profile.priced_on,
    }


def options_table(schema: Mapping[str, Any]) -> str:
    """Return a row for each property of a JSON Schema, with type, limits, default and meaning."""
    rows = []
    for name, option in schema["properties"].items():
        shape = resolve(option, schema)
        default = option.get("default")
        if isinstance(default, dict) and "properties" in shape:
            default = None  # it has defaults of its own
        elif isinstance(default, dict) and "anyOf" in shape:
            default = default.get("level")  # of a gate, for which its level may stand
        cell_text = "" if default in _NO_DEFAULT else f"`{json.dumps(default, ensure_ascii=False)}`"
        branches = (resolve(branch, schema) for branch in shape.get("anyOf", ()))
        meanings = (source.get("description", "") for source in (option, shape, *branches))
        meaning = next(filter(None, meanings), "").partition("\n\n")[0]
        rows.append((f"`{name}`", type_name(option, schema), cell_text, meaning))
    return markdown_table(("option", "type", "default", "meaning"), rows)


def resolve(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a node of the schema refers to, or the node itself."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def type_name(node: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return which values a node of a JSON Schema takes, in words, with their limits."""
    node = resolve(node, schema)
    if "anyOf" in node:
        kinds = [type_name(branch, schema) for branch in node["anyOf"]]
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if "enum" in node or "const" in node:
        return _code(node.get("enum", [node.get("const")]))
    kind: str = node.get("type", "")
    if kind == "array":
        element = resolve(node.get("items", {}), schema)
        kind = "list"
        if "enum" in element:
            kind = f"list of {_code(element['enum'])}"
        elif "properties" in element:
            kind = f"list of mappings of {_code(element['properties'])}"
    elif kind == "object":
        kind = f"mapping of {_code(node['properties'])}" if "properties" in node else "mapping"
    limits = [words.format(node[limit]) for limit, words in _LIMITS.items() if limit in node]
    return ", ".join((kind, *limits))


def markdown_table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; a cell may hold any text of one paragraph."""
    cells = [tuple(heading), *map(tuple, rows)]
    cells.insert(1, ("---",) * len(cells[0]))
    # A bar ends a cell, also within backticks: https://github.github.com/gfm/#tables-extension-
    table_rows = ([" ".join(cell.split()).replace("|", r"\|") for cell in row] for row in cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in table_rows)
