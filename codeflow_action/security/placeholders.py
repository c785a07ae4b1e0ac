"""Which values only stand in for a secret, as in documentation and examples."""

import re

from codeflow_action.engine.lazy import regex

_MAX_LOOKED_AT = 4_096  # characters of a value
# Values that documentation is full of, and words that stand in for a value. A pattern asks for
# more than one short word: such a word also turns up by chance in a private key.
_PLACEHOLDER = regex(
    r"(?:(?:your|some|insert|enter|replace|change)(?:[-_ ](?:[a-z]{1,20}[-_ ]){0,3})?"
    r"|(?:my|put|add)[-_ ](?:[a-z]{1,20}[-_ ]){0,3})"
    r"(?:own|api|access|auth|secret|private|real)?(?:key|token|secret|password|here)"
    r"|(?:change|replace)[-_ ]?(?:me|this|it)|example|placeholder|dummy|sample|redacted"
    r"|x{6,}|\*{4,}|0{8,}|1234567890|abcdefgh|<[^>]{1,40}>|\$\{|\{\{"
    r"|^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.eyJzdWIiOiIxMjM0NTY3ODkwIi",
    re.IGNORECASE,
)
# What follows the password of a URL that leads to a developer's own machine, or to nobody:
# https://www.rfc-editor.org/rfc/rfc2606 reserves the names below `example`.
_LOCAL_HOST = regex(
    r"@(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|db|database|mongo(?:db)?|postgres(?:ql)?"
    r"|mysql|mariadb|redis|rabbitmq|host\.docker\.internal|(?:[\w-]+\.)*example\.\w+)"
    r"(?![\w.-])"
)


def is_placeholder(secret: str, after: bytes = b"") -> bool:
    """True for a value that only stands in for a secret; `after` follows it in the file."""
    return bool(
        _PLACEHOLDER.search(secret[:_MAX_LOOKED_AT])
        or _LOCAL_HOST.search(secret[:_MAX_LOOKED_AT])
        or _LOCAL_HOST.match(after.decode("utf-8", "replace"))
    )
