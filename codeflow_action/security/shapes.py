"""What looks like a secret: vendors' tokens by their form, passwords by the name they are given to.

This is our own search beside the scanner's rules. What it finds is blanked and not reported, so a
wrong guess costs a reader nothing. Every expression is matched in linear time.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from codeflow_action.engine.lazy import regex
from codeflow_action.security.linear import LINEAR_MEMORY, Matcher, compile_linear
from codeflow_action.security.placeholders import is_placeholder

# Vendors' tokens, among them those of GitHub, AWS, Slack, Google, GitLab, npm, PyPI and Stripe, and
# JSON Web Tokens. Their vendors document the forms:
# https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
# https://docs.gitlab.com/security/tokens/#token-prefixes
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
# What keys for models look like is known to their providers, who hand it over.
_TOKENS = (
    r"\bgh[pousr]_[A-Za-z0-9]{30,}\b",
    r"\bgithub_pat_[A-Za-z0-9_]{22,}\b",
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bgl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_-]{20,}",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-[A-Za-z0-9_-]{50,}",
    r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}\b",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
)
# Places where a value can be nothing but a secret, whatever it looks like. Each group is blanked.
_SECRET_PLACES = (
    # scheme://user:password@host: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
    r"://([^\s/:@\"'<>]*:[^\s/@\"'<>]{3,})@",
    # Authorization: Bearer x. https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2
    (
        r"(?im)\bauthorization[\"']?[ \t]*[:=,][ \t]*[\"']?(?:bearer|basic|token|apikey|digest)"
        r"[ \t]+([A-Za-z0-9+/=._~-]{12,})"
    ),
    r"(?im)\bx-(?:api-key|auth-token|access-token)[\"']?[ \t]*[:=,][ \t]*[\"']?([^\s\"',;]{8,})",
    # ~/.netrc: `machine h login u password p`, on one line or on several
    r"\b(?:machine[ \t]+\S+|default)\s+login\s+(\S{3,})\s+(?:account\s+\S+\s+)?password\s+(\S{4,})",
    # ~/.docker/config.json holds user:password in base64; ~/.npmrc the like
    r"\"(?:auth|identitytoken|registrytoken)\"[ \t]*:[ \t]*\"([A-Za-z0-9+/=_.-]{8,})\"",
    r"(?m)(?:^|:)_(?:auth|authToken|password)[ \t]*=[ \t]*\"?([^\s\"()]{8,})",
    # curl -u user:password, --password x, sshpass -p x
    r"\bcurl\b[^\n|;]*?[ \t](?:-u|--user|--proxy-user)[ =]?[\"']?([^\s\"':]+:[^\s\"']{3,})",
    r"(?m)(?:^|[\s\"'])--?(?:password|passwd|passphrase|pwd)[= ]+[\"']?([^\s\"'\-][^\s\"']{5,})",
    r"\bsshpass[ \t]+-p[ \t]*[\"']?([^\s\"']{4,})",
    # ADO.NET, JDBC, Azure and ODBC connection strings: pairs with `;` or `&` between them
    (
        r"(?im)[;?&\"'](?:password|pwd|accountkey|sharedaccesskey|accesskey|sig|user[ ]?password)"
        r"[ ]?=[ ]?([^\s;&\"'()]{6,})(?:[\s;&\"']|$)"
    ),
    r"(?im)\b(?:host|server|dbname|data source|addr)[ ]?=[^\n\"';]*?[ ]password=([^\s\"';]{4,})",
    # The environment of programs, of images and of shells
    (
        r"\b(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH|SSHPASS|RSYNC_PASSWORD)[ \t]*[:=][ \t]*"
        r"[\"']?([^\s\"']{4,})"
    ),
)
# A secret's name, and a value that has to look like one. Behind `ENV`, `ARG` and `set` there need
# be no sign between the two.
_ASSIGNMENT = (
    r"(?im)([\w.-]*(?:passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[_-]?key|apikey"
    r"|access[_-]?key|private[_-]?key|account[_-]?key|auth[_-]?key|credentials?)[\w.-]{0,20})"
    r"[\"']?(?:[ \t]{0,20}(?::=|=>|=|:)[ \t]{0,20}|[ \t]{1,20})"
    r"(?:\"([^\s\"\\]{6,200})\"|'([^\s'\\]{6,200})'"
    r"|([^\s\"'`#;,(){}\[\]$<>]{6,200})(?:[\"'`]|[ \t\r]{0,20}\\?$))"
    # The environment, in the middle of a line too.
    r"|(?-i:\b([A-Z][A-Z0-9_]*(?:PASSW(?:OR)?D|PASSWD|SECRET|TOKEN|KEY|CREDENTIALS?)[A-Z0-9_]*)"
    r"=([^\s\"'`#;,(){}\[\]$<>]{6,200}))"
)
_SET_COMMAND = regex(r"(?:^|[\s|\"'`])(?:ENV|ARG|export|setenv|set|SET)[ \t]+$")
# The other half of a credential: no secret by itself, but nothing that a prompt needs.
_IDENTITY = (
    r"(?im)(?:^|[^\w$@.-])[\w.-]{0,40}?(?:user(?:[_-]?name)?|login|account(?:[_-]?(?:id|sid|name))?"
    r"|sid|(?:client|key|app(?:lication)?|tenant|access(?:[_-]?key)?)[_-]?id|email)"
    r"[\"']?[ \t]{0,20}(?::=|=>|=|:)[ \t]{0,20}"
    r"(?:\"([^\s\"\\]{6,128})\"|'([^\s'\\]{6,128})'|([\w+/=.@:-]{6,128})[ \t\r]{0,20}$)"
)
# Names of what is about a secret and is none itself, such as `token_url`.
_ABOUT_SECRET = regex(
    r"(?:name|id|url|uri|endpoint|path|file|dir|type|kind|field|label|title|text|hash|hint|length"
    r"|regex|pattern|placeholder|ref|env|var|prefix|header|format|policy|rule|class|arn|count|limit"
    r"|s|rotation|version|expiry|expires|ttl|age)$|public|csrf|xsrf|page|next|cursor|tokeni|message"
    r"|continuation|error|reset|forgot|max|min|num|total|input|output|completion",
    re.IGNORECASE,
)
# Values that are words, names, numbers, versions, paths, expressions, digests or keys of a table.
_NO_SECRET = regex(
    r"[A-Za-z]+(?:[-_./:]+[A-Za-z]+)*[-_.]?|[\d.,:+%-]+|[./~@#&][^\s]*|\W+"
    r"|(?:sha\d+|md5|v?\d+\.\d+)[-.:].*|.*(?:://|\$\{|\{|%[sd(]|<|\(|\[|\.\.|\||process\.env).*"
    r"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Z][A-Z0-9_]+|0x[0-9a-fA-F]{40}"
    r"|(?:[A-Za-z_-]+|\d+)(?:/(?:[A-Za-z_-]+|\d+)){2,}"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    re.DOTALL,
)
_NAMES = regex(r"[a-z]+_[a-z_]+|[A-Z]+_[A-Z_]+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_EXPRESSION = regex(r"[$%]?\{[^{}]{1,60}\}|%[sd(]|\$\(")
# What tutorials and default settings write. It protects nothing, also not as `user:password`.
_EVERYBODYS = regex(
    r"(?:[a-z]{0,20}:)?(?:pass(?:word|wd|phrase)?|pwd|secret|token|user(?:name)?|guest|root|admin|test"
    r"|postgres|mysql|redis|x-api-key)[`,.;]?",
    re.IGNORECASE,
)
_PASSWORD = regex(r"pass|pwd", re.IGNORECASE)
_KEY_BEGIN = regex(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = regex(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = regex(r"[A-Za-z0-9+/=]{16,}|(?<![^\s|])[A-Za-z0-9+/=]{4,}(?=\s*$)")
_KEY_HEADER = regex(r"(?:Proc-Type|DEK-Info|Version|Comment|Hash)[ \t]*:")  # RFC 1421, 4880
_KEY_LINE = 40  # characters; RFC 7468 has lines of 64
_MAX_KEY_LINES = 200  # also where its end is missing; a key of 16,384 bits has 199

type Span = tuple[int, int]


def shapes(text: str, key_shapes: Sequence[str] = ()) -> Iterator[Span]:
    """Yield where something looks like a secret, in characters. Spans may overlap.

    `key_shapes` are regular expressions of what other vendors' keys look like.
    """
    if _any_shape(tuple(key_shapes)).search(text):
        yield from _tokens(text, key_shapes)
        yield from _secret_places(text)
        yield from _assignments(text)
    yield from _private_keys(text)


@lru_cache(maxsize=64)
def _any_shape(key_shapes: tuple[str, ...]) -> Matcher:
    """Return all expressions of `shapes` as one, which matches if and only if any of them does.

    Nearly all texts match none, and one automaton tells so in a tenth of the time that all need.
    """
    expressions = (*_TOKENS, *key_shapes, *_SECRET_PLACES, _ASSIGNMENT)
    # A group of its own ends the flags that each expression begins with.
    whole = "|".join(f"(?:{expression})" for expression in expressions)
    # It has to hold twice what the vendors' keys alone may take, so that it never is too large.
    return compile_linear(whole, 2 * LINEAR_MEMORY, has_groups=False)


def _tokens(text: str, key_shapes: Sequence[str]) -> Iterator[Span]:
    for match in compile_linear("|".join((*_TOKENS, *key_shapes))).finditer(text):
        token = match[0] or ""
        # `sk-` also begins names of CSS classes and of languages.
        is_word = token.startswith("sk-") and not any(char.isdigit() for char in token)
        if not (is_word or is_placeholder(token.replace("1234567890", ""))):
            yield match.span()


def _secret_places(text: str) -> Iterator[Span]:
    for pattern in _SECRET_PLACES:
        for match in compile_linear(pattern).finditer(text):
            for group, value in enumerate(match.groups(), start=1):
                if value and not _stands_in(value) and not _NAMES.fullmatch(value):
                    yield match.span(group)


def _stands_in(value: str) -> bool:
    """True for what is no value itself: an example, a variable, an expression, our own mask."""
    return bool(
        value.startswith(("$", "%", "{", "<", "["))
        or _EXPRESSION.search(value)
        or _EVERYBODYS.fullmatch(value)
        or is_placeholder(value)
    )


def _assignments(text: str) -> Iterator[Span]:
    for match in compile_linear(_ASSIGNMENT).finditer(text):
        name, double, single, bare, variable, value = (part or "" for part in match.groups())
        if variable:
            if _is_secret(variable, value, is_code=False):
                yield match.span(6)
            continue
        start, end = match.span(2 if double else 3 if single else 4)
        between = text[match.span(1)[1] : start]
        line_start = text[max(0, match.span()[0] - 12) : match.span()[0]]
        if not between.strip("\"' \t") and not _SET_COMMAND.search(line_start):
            continue
        # In code, an unquoted value behind ` =` is an expression or another variable.
        is_code = bool(bare) and " =" in between and not name.isupper()
        if _is_secret(name, double or single or bare, is_code=is_code):
            yield start, end


def _is_secret(name: str, value: str, *, is_code: bool) -> bool:
    if _ABOUT_SECRET.search(name) or _NO_SECRET.fullmatch(value) or _stands_in(value):
        return False
    digits = sum(char.isdigit() for char in value)
    if _PASSWORD.search(name) and not is_code:
        return digits > 0 or not value.replace("-", "").replace("_", "").isalnum()
    letters = sum(char.isalpha() for char in value)
    return len(value) >= 12 and digits >= 2 and letters >= 2 and len(set(value)) >= 8


def identities(text: str) -> Iterator[Span]:
    """Yield where literal user names, account ids and client ids stand: halves of a credential."""
    for match in compile_linear(_IDENTITY).finditer(text):
        for group, value in enumerate(match.groups(), start=1):
            if value and not _stands_in(value) and "." not in value.partition("@")[0]:
                yield match.span(group)


def _private_keys(text: str) -> Iterator[Span]:
    """Yield the bodies of private keys, line by line: line numbers may stand beside them.

    A first line alone is no key: it takes a last line too, or a line as long as a key's.
    https://www.rfc-editor.org/rfc/rfc7468
    """
    if "PRIVATE KEY" not in text:
        return
    line_start, body, is_inside = 0, list[Span](), False
    # In one line of JSON the ends of its lines are written as escapes.
    for line in text.replace("\\n", "  ").splitlines(keepends=True):
        begin, end = _KEY_BEGIN.search(line), _KEY_END.search(line)
        if begin or is_inside:
            start = begin.end() if begin else 0
            stop = end.start() if end and end.start() >= start else len(line)
            is_inside = not (end and stop < len(line)) and len(body) < _MAX_KEY_LINES
            # Beside a key's line there may be the signs of a diff and a number, but no words.
            rest = _KEY_BODY.sub("", line)
            is_body = sum(char.isalpha() for char in rest) <= 2 or _KEY_HEADER.search(line)
            if begin or end or is_body:
                body += [
                    (line_start + match.start(), line_start + match.end())
                    for match in _KEY_BODY.finditer(line, start, stop)
                ]
            else:
                is_inside = False
            if not is_inside:
                yield from _whole_key(body, has_end=end is not None)
                body = []
        line_start += len(line)
    yield from _whole_key(body, has_end=False)


def _whole_key(body: list[Span], *, has_end: bool) -> list[Span]:
    is_whole = has_end or any(end - start >= _KEY_LINE for start, end in body)
    return body if is_whole else []
