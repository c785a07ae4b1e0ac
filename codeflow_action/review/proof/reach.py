"""Reach: who may call a definition without naming it, and who may not."""

import re

from codeflow_action.engine.files import is_test
from codeflow_action.engine.lazy import regex
from codeflow_action.review.proof.proof_facts import SourceText
from codeflow_action.review.syntax import Definition

# Names that a language, a framework or a runner calls by themselves.
_CALLED_BY_OTHERS = regex(
    r"""__\w+__|_?_?main|init|setup|teardown|set_?up\w*|tear_?down\w*|test\w*|bench\w*|on[A-Z_]\w*
    |handle\w*|\w*[Hh]andler|visit_?\w*|do_[A-Z]+|do[A-Z]\w*|get_?queryset|configure|register
    |constructor|render|dispose|run|call|apply|invoke|execute|build|create|update|destroy|up|down
    |(?:component|get|should|ng|before|after|pytest_|default|to|from|as|is|has)[A-Z_]\w*
    |initialize|method_missing|respond_to_missing\?|inherited|included|extended|perform
    |String|Error|Unwrap|Close|Read|Write|Len|Less|Swap|ServeHTTP|MarshalJSON|UnmarshalJSON""",
    re.VERBOSE,
)
_MARK = regex(r"^\s*(?:@\w|\[\w|#\[|#!\[|%)")
_PRIVATE = regex(r"(?<![\w.])private\b")
_BY_WORD = frozenset({"c_sharp", "java", "kotlin", "php", "scala", "swift"})


def is_registered(text: SourceText, definition: Definition) -> bool:
    """True when something other than a call that names it may reach it."""
    return (
        bool(_CALLED_BY_OTHERS.fullmatch(definition.name))
        or is_test(text.path)
        or any(
            _MARK.match(line)
            for line in text.lines[max(0, definition.line - 2) : definition.name_line]
        )
        or "export default" in text.lines[definition.line - 1]
    )


def is_private(text: SourceText, definition: Definition) -> bool:
    """True when the language or its custom keeps others from using it."""
    line = text.lines[definition.name_line - 1]
    match text.language:
        case "python":
            # Another class may override or call a member with one underscore.
            keeps = definition.name.startswith("__" if definition.outer_names else "_")
        case "javascript" | "typescript" | "tsx":
            # A module keeps what it does not export; a script's names are everybody's.
            is_module = any(re.match(r"(?:import|export)\b", code) for code in text.lines)
            is_member = bool(definition.outer_names)
            is_kept = is_module and not line.startswith("export")
            keeps = bool(_PRIVATE.search(line)) if is_member else is_kept
        case "go":
            keeps = definition.name[:1].islower() and not definition.outer_names
        case "rust":
            keeps = not definition.outer_names and not re.search(r"\bpub\b", line)
        case "c":
            keeps = bool(re.match(r"static\b", text.lines[definition.line - 1]))
        case language:
            keeps = language in _BY_WORD and bool(_PRIVATE.search(line))
    return keeps
