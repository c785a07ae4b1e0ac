"""A guideline's statements become rules with a scope, a place and an id."""

import pytest

from codeflow_action.review.guidelines import (
    RuleFile,
    choose_rules,
    numbered,
    project_rules,
    rule_files,
    rules_of,
)

GUIDE = """---
title: not a rule, never
---
# Style

Always write plainly,
and never in verse.

- Never log a card number,
  not even in tests.
- What is this for?

Never use:

- `eval` on input
- global variables

```
- never in a block
```
<!-- - never in a comment -->

## Kotlin
* Avoid the `!!` operator.

## Getting started
1. Run `make test` before you push.
2. Install the hooks.
"""


def read(path, text, kind="", folder=""):
    return rules_of(RuleFile(path=path, kind=kind or path, folder=folder), text, "f" * 40)


def texts(rules):
    return [rule.citation.text for rule in rules]


def test_rules_have_their_lines_and_lists_their_first_sentence():
    rules = read("AGENTS.md", GUIDE)
    assert [(rule.citation.line, rule.citation.text) for rule in rules] == [
        (6, "Always write plainly, and never in verse."),
        (9, "Never log a card number, not even in tests."),
        (15, "Never use: `eval` on input"),
        (16, "Never use: global variables"),
        (24, "Avoid the `!!` operator."),
    ]
    assert rules[0].citation.sha == "f" * 40


def test_a_rule_below_a_languages_heading_is_for_its_files():
    rule = read("AGENTS.md", GUIDE)[-1]
    assert rule.scope.holds_for("app/Main.kt")
    assert not rule.scope.holds_for("app/Main.java")


# The front matter, a file that its rules hold for, and one that they do not; None for no such file.
FORMATS = {
    ".github/instructions/a.instructions.md": [
        ('applyTo: "**/*.ts,**/*.{jsx,tsx}"', "web/a.tsx", "web/a.py"),
        ("applyTo: '**'\nexcludeAgent: code-review", None, "a.py"),
        ("description: Types", None, "a.py"),  # must be attached by hand
    ],
    ".cursor/rules/a.mdc": [
        ("description: x\nglobs: *.py, docs/**\nalwaysApply: false", "a/b.py", "a/b.ts"),
        ("globs:\n  - src/**\n  - '!src/old/**'", "src/a.c", "src/old/a.c"),
        ("globs: [src/**]\nalwaysApply: true", "a.py", None),
        ("description: when it is about money\nglobs:\nalwaysApply: false", "a.py", None),
        ("globs:\nalwaysApply: false", None, "a.py"),  # by name alone
    ],
    ".clinerules/a.md": [
        ('paths:\n  - "src/**"', "src/a.py", "a.py"),
        ("paths: []", None, "a.py"),
        ("title: x", "a.py", None),
    ],
}


@pytest.mark.parametrize(
    ("path", "front", "inside", "outside"),
    [(path, *row) for path, rows in FORMATS.items() for row in rows],
)
def test_front_matter_says_what_rules_hold_for(path, front, inside, outside):
    kind = path.rpartition("/")[0]
    rules = read(path, f"---\n{front}\n---\n- Never use `eval`.\n", kind)
    holding = [any(rule.scope.holds_for(one) for rule in rules) for one in (inside, outside) if one]
    assert holding == [True] * bool(inside) + [False] * bool(outside)


def test_path_instructions_of_coderabbit_are_rules_for_their_paths():
    text = (
        "reviews:\n  path_instructions:\n    - path: 'api/**'\n      instructions: |\n"
        "        Check this:\n        - Never return a `500`.\n        - Prefer `409` here.\n"
        "    - path: 'web/**'\n      instructions: Avoid inline styles in components.\n"
        "    - path: '['\n      instructions: Avoid globs that mean nothing.\n"
    )
    rules = read(".coderabbit.yaml", text)
    assert [(str(rule.scope), rule.citation.line) for rule in rules] == [
        ("api/**", 6),
        ("api/**", 7),
        ("web/**", 9),
    ]
    assert read(".coderabbit.yaml", "reviews: [") == ()
    assert read(".coderabbit.yaml", "reviews: {path_instructions: 3}") == ()


def test_of_a_paragraph_on_contributing_only_the_sentence_on_code_stays():
    text = (
        "Thank you for your interest! Please open an issue first. "
        "Public functions must have a docstring that names each `Error` they raise.\n"
    )
    (rule,) = read("CONTRIBUTING.md", text)
    assert rule.citation.text.startswith("Public functions must")


def test_nested_files_hold_for_their_folder_and_folders_for_all_that_is_in_them():
    tree = [
        *("AGENTS.md", "web/AGENTS.md", "api/AGENTS.md", "web/docs/CONTRIBUTING.md"),
        *("web/.cursor/rules/a.mdc", "web/.cursor/rules/notes.txt", ".clinerules/a.md"),
        *(".clinerules/workflows/release.md", "STYLE.md"),
    ]
    configured = ["AGENTS.md", ".cursor/rules", ".clinerules", "CONTRIBUTING.md", "STYLE.md"]
    found = rule_files(configured, tree, ["web/src/a.ts", "b.ts"])
    assert [(file.path, file.folder) for file in found] == [
        ("AGENTS.md", ""),
        ("web/AGENTS.md", "web/"),
        ("web/.cursor/rules/a.mdc", "web/"),
        (".clinerules/a.md", ""),
        ("STYLE.md", ""),
    ]
    # Where the tree cannot be listed, what is named is asked for.
    assert [file.path for file in rule_files(["A.md"], None, ["web/a.ts"])] == ["A.md"]
    assert [file.path for file in rule_files(["STYLE.md"], tree, ["web/a.ts"])] == ["STYLE.md"]


def test_only_rules_for_the_files_are_chosen_and_what_the_code_names_comes_first():
    rules = numbered(
        [
            *read("AGENTS.md", "- Never round a sum.\n- Never call `eval` here.\n"),
            *read("CLAUDE.md", "- Never round a sum.\n"),  # said already
            *read("web/AGENTS.md", "- Avoid signals.\n", "AGENTS.md", "web/"),
        ]
    )
    assert [rule.id for rule in rules] == ["r1", "r2", "r3"]
    chosen = choose_rules(rules, {"api/a.py"}, "", 10_000, len)
    assert texts(chosen) == ["Never round a sum.", "Never call `eval` here."]
    assert texts(choose_rules(rules, {"web/a.ts"}, "", 10_000, len))[-1] == "Avoid signals."
    shown = len(project_rules(rules[:1])) + 10
    assert texts(choose_rules(rules, {"api/a.py"}, "x = eval(y)", shown, len)) == [
        "Never call `eval` here."
    ]
    assert choose_rules(rules, {"a.py"}, "", 0, len) == ()


def test_rules_stand_below_their_file_and_say_what_they_are_for():
    rules = numbered(
        [
            *read("AGENTS.md", "# Money\n- Never round.\n- Always use cents.\n"),
            *read("web/AGENTS.md", "- Avoid signals.\n", "AGENTS.md", "web/"),
        ]
    )
    assert project_rules(rules).splitlines()[1:] == [
        "AGENTS.md, Money:",
        "- r1: Never round.",
        "- r2: Always use cents.",
        "web/AGENTS.md (for web/):",
        "- r3: Avoid signals.",
    ]
    assert project_rules(()) == ""
