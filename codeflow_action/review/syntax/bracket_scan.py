"""Brackets of Kotlin and Swift, counted without a grammar.

Their grammars lag behind the languages and lose themselves in strings that hold code. How strings,
comments and names in backticks begin and end has not changed in any version.

https://kotlinlang.org/spec/syntax-and-grammar.html#lexical-grammar
https://docs.swift.org/swift-book/documentation/the-swift-programming-language/lexicalstructure/
"""

import re

from codeflow_action.engine.lazy import regex

# What may repeat has a bound: a token that turns out to be text is read again from its second sign.
_TOKEN = regex(
    rb"//|/\*|\*/|(?P<hashes>#{0,9})(?P<quotes>\"{3,9}|\")(?P<ends>#{0,9})|\$\{|\\\#{0,9}\(|\\.|`[^`\n]{1,200}`"
    rb"|'(?:\\[^\n']{1,8}|\\'|[^'\\\n]{1,4})'|[][(){}]|\n",
    re.DOTALL,
)
# A regular expression of Swift: https://github.com/swiftlang/swift-evolution/blob/main/proposals/0354-regex-literals.md
_SWIFT_REGEX = regex(
    rb"(?P<hashes>#{1,9})/[^\n]{0,2000}?/(?P=hashes)"
    rb"|(?<=[=(,:\[ ])/(?![ \t/*\n])(?:\\.|[^\n/\\]){1,2000}/"
)
_PAIRS = {b")": b"(", b"]": b"[", b"}": b"{"}
_NO_LITERAL = b""


def odd_bracket_line(content: bytes, *, is_swift: bool) -> int | None:
    """Return the line of the first bracket that closes another one, or that nothing closes."""
    if is_swift:
        content = _SWIFT_REGEX.sub(lambda match: b"x" * len(match[0]), content)
    content += b"\n"
    opened: list[tuple[bytes, int]] = []  # brackets, and the quotes of open strings
    comments = 0  # within each other
    position = 0
    while match := _TOKEN.search(content, position):
        token, position = match[0], match.end()
        top = opened[-1][0] if opened else _NO_LITERAL
        if comments or (token == b"/*" and b'"' not in top):
            change = (token == b"/*") - (token == b"*/")
            comments += change
            position = position if change else match.start() + 1
        elif b'"' in top:
            position = _in_string(match, opened, is_swift=is_swift)
        elif match["quotes"]:
            opened.append((match["hashes"] + match["quotes"][:3], match.start()))
            # What follows three quotes belongs to the text, or ends it.
            position = match.start("quotes") + min(3, len(match["quotes"]))
        elif token == b"//":
            position = content.find(b"\n", position)
        elif token in _PAIRS.values():
            opened.append((token, match.start()))
        elif token in _PAIRS and (not opened or opened.pop()[0] != _PAIRS[token]):
            return content.count(b"\n", 0, match.start()) + 1
    return content.count(b"\n", 0, opened[-1][1]) + 1 if opened else None


def _in_string(match: re.Match[bytes], opened: list[tuple[bytes, int]], *, is_swift: bool) -> int:
    """Take up one token of an open string; return where the next one begins."""
    token, delimiter = match[0], opened[-1][0]
    is_long = delimiter.endswith(b'"""')
    hashes = delimiter.rstrip(b'"')
    if token == b"\n" and not is_long:
        opened.pop()  # nobody reads on: what was meant is not known
    elif match["quotes"]:
        is_end = len(match["quotes"]) >= (3 if is_long else 1) and match["ends"].startswith(hashes)
        if is_end:
            opened.pop()
            return match.end("quotes") + len(hashes) if is_long else match.start("quotes") + 1
        return match.start("quotes") + 1
    elif (token == b"${" and not is_swift) or (is_swift and token == b"\\" + hashes + b"("):
        opened.append((token[-1:], match.start()))
    elif token.startswith(b"\\") and is_long and not is_swift:
        return match.start() + 1  # a backslash of a raw string is one
    elif not token.startswith(b"\\"):
        return match.start() + 1
    return match.end()
