"""Short names for what the tests of syntax and units say often."""

from codeflow_action.review.syntax import Syntax, read_syntax


def read(path, text):
    content = text if isinstance(text, bytes) else text.encode()
    syntax = read_syntax(path, content)
    assert isinstance(syntax, Syntax)
    return syntax


def outline(path, text):
    """Return `kind qualified.name first-last` of each definition."""
    return [
        f"{one.kind} {one.qualified_name} {one.line}-{one.end_line}"
        for one in read(path, text).definitions
    ]
