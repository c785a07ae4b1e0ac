"""What instructions for agents should not say: secrecy, other orders, sending of keys, hidden text.

These files are prose, and prose about attacks is no attack. So a sentence counts only where it
tells the reader to do it: what is negated, quoted or in an example is left out.
"""

import re
from collections.abc import Iterator

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.launches.dangers import Danger, dangerous_texts
from codeflow_action.security.linear import compile_linear

_PATHS = regex(
    r"(?:.*/)?(?:(?:CLAUDE|AGENTS?|GEMINI|QWEN|WARP|CRUSH|CODEX|JULES|COPILOT|CURSOR|IFLOW|KIMI"
    r"|GROK)"
    r"(?:\.(?:local|override))?\.md|\.(?:cursor|windsurf|cline|roo|kilocode|trae|goose|continue"
    r"|zed)rules[\w.-]*"
    r"|\.(?:clinerules|roo|roorules|kilocode|rules|goosehints|aider\.conventions\.md)|SKILL\.md"
    r"|CONVENTIONS\.md"
    r"|\.(?:cursor|windsurf|clinerules|roo|kilocode|trae|augment|amazonq|continue|junie|kiro"
    r"|aiassistant|devin"
    r"|openhands|agents?|claude|codex|gemini|opencode|factory|qwen|github|ai|tabnine|qodo"
    r"|codebuddy|zencoder)/"
    r"(?:.+/)?(?:rules?[\w-]*|steering|guidelines|instructions|prompts|chatmodes|agents?"
    r"|commands?|skills?"
    r"|microagents|memor(?:y|ies)|output-styles|workflows|playbooks)/.+\.(?:md|mdc|txt|mdx|toml)"
    r"|\.junie/[^/]+\.md|\.github/copilot-instructions\.md|\.clinerules/[^/]+\.(?:md|txt)"
    r"|\.idx/airules\.md"
    r"|\.(?:claude|agents?|codex|gemini)/[^/]+\.md|(?:.+/)?skills/.+\.md|llms(?:-full)?\.txt)",
    re.DOTALL | re.IGNORECASE,
)


_SUFFIXES = (".md", ".mdc", ".mdx", ".txt", ".toml", "rules", ".goosehints", ".roo", ".kilocode")


def is_for_agents(path: str) -> bool:
    """True for a file that agents read as instructions."""
    return path.lower().endswith(_SUFFIXES) and _PATHS.fullmatch(path) is not None


@dataclass(frozen=True, kw_only=True)
class SuspectText:
    """A text that instructs an agent; `reason` follows "These instructions", `line` is from 1."""

    reason: str
    text: str
    line: int
    is_certain: bool


_READER = (
    r"(?:the\s+|your\s+|any\s+)?(?:users?|humans?|developers?|people|person|operator"
    r"|reviewers?|anyone|anybody|maintainers?)"
)
_NOT = r"(?:do\s+not|don.t|never|must\s+not|should\s+not|avoid)"
_PRONOUN = r"(?:this|that|it|these|any\s+of\s+(?:this|it))"
_SECRECY = (
    rf"{_NOT}\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?"
    rf"|alert(?:ing)?)\s+{_READER}\s+(?:about|of|that\s+you)\b"
    rf"|{_NOT}\s+(?:ever\s+)?(?:mention|reveal|disclose|report|show"
    rf"|discuss)(?:ing)?\s+{_PRONOUN}(?:\s+\w+){{0,4}}\s+(?:to|with)\s+{_READER}"
    rf"|without\s+(?:telling|informing|notifying|alerting)\s+{_READER}"
    rf"|{_NOT}\s+let\s+{_READER}\s+(?:know|see|notice|find\s+out)"
    rf"|(?:hide|conceal|keep)\s+{_PRONOUN}(?:\s+\w+){{0,3}}\s+(?:from|secret\s+from"
    rf"|hidden\s+from)\s+{_READER}"
    r"|\b(?:silently|secretly|covertly)\s+(?:run|execute|send|upload|fetch|download|post"
    r"|exfiltrate|append|add)\b"
)
_OVERRIDE = (
    r"(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+)?(?:of\s+)?(?:the\s+"
    r"|your\s+)?(?:previous|prior|above|earlier|preceding"
    r"|other|system)\s+(?:\w+\s+)?(?:instructions?|rules|prompts?|directives|guidelines"
    r"|constraints)"
)
_VALUABLES = (
    r"(?:\.env\b|~/\.ssh|id_rsa|\.aws/|\.npmrc|\.netrc|private\s+keys?|ssh\s+keys?"
    r"|environment\s+variables|credentials"
    r"|api[ _-]?keys?|access\s+tokens?|secrets?\b|passwords?|(?:GITHUB|NPM|AWS|OPENAI"
    r"|ANTHROPIC)_\w*(?:TOKEN|KEY)\b)"
)
_EXFILTRATION = (
    rf"\b(?:send|post|upload|exfiltrate|transmit|forward|e-?mail|append|include|attach|embed|copy"
    rf"|encode|submit)\b[^.\n]*"
    rf"{_VALUABLES}[^.\n]*(?:\bto\s+(?:https?://|the\s+(?:following\s+)?(?:url|endpoint|server"
    rf"|address|webhook)|this\s+(?:url|endpoint"
    r"|server|address)|a\s+(?:gist|paste)|every\s+commit|(?:the\s+)?commit\s+messages?"
    r"|(?:the\s+)?(?:pr|pull\s+request)\b)"
    r"|\bin\s+(?:the\s+|every\s+|each\s+)?(?:commit|pr|pull\s+request|url|image|query)\b"
    r"|https?://|\bcurl\b|\bwebhook\b)"
)
_NEGATION = regex(
    r"(?i)\b(?:never|not|don't|avoid|must\s+not|cannot|refuse|reject|forbidden|prohibited|e\.?g\."
    r"|such\s+as|like|example|attack"
    r"|injection|malicious|attempts?|warn|flag|detect|suspicious|unsafe|dangerous|bad|wrong"
    r"|instead\s+of|rather\s+than|says?|contains?"
    r"|phrases?|untrusted|trick|adversar\w*|jailbreak\w*)\b[^\n]*$"
)
_SEARCHES = tuple(
    (name, compile_linear(f"(?im:{pattern})", has_groups=False))
    for name, pattern in (
        ("secrecy", _SECRECY),
        ("override", _OVERRIDE),
        ("sending", _EXFILTRATION),
    )
)
_COMMENT = regex(
    r"<!--(.*?)(?:-->|\Z)|^\[(?://|comment|_)?\]:\s*(?:#|<>)\s*[(\"'](.*?)[)\"']\s*$",
    re.DOTALL | re.MULTILINE,
)
_UNSEEN_STYLE = regex(
    r"<(\w+)[^<>]{0,300}?style\s*=\s*[\"'][^\"'<>]*(?:font-size\s*:\s*0|font-size\s*:\s*[01]px"
    r"|display\s*:\s*none|visibility\s*:\s*hidden"
    r"|opacity\s*:\s*0(?:\.0+)?\s*[;\"']|color\s*:\s*(?:white|#fff(?:fff)?"
    r"|transparent)\b)[^<>]{0,300}>([^<]{12,2000})",
    re.IGNORECASE,
)
_ORDER = regex(
    r"(?i)\b(?:run|execute|fetch|download|curl|wget|send|upload|post|install|ignore|disregard"
    r"|do\s+not|don't|never|always|must|append|add|insert"
    r"|read|exfiltrate)\b"
)
_ADDRESSEE = regex(
    r"(?i)\b(?:assistant|agents?|AI|LLMs?|language\s+models?|claude|copilot|cursor|gemini|codex"
    r"|you\s+(?:must|should|are|will))\b"
)
_MAX_TEXT = 400_000
_CERTAIN = frozenset({Danger.SEND, Danger.SHELL, Danger.DECODE})
# Skills that teach to find attacks hold their texts.
_TEACHES = regex(
    r"(?i)secur|scan|inject|audit|threat|vulner|pentest|red-?team|malware|exploit|forensic"
)
_QUOTES = "\"'`\u201c\u2018\u00ab"


def teaches_defence(path: str) -> bool:
    """True for instructions that are about attacks, by their name: they hold examples."""
    return _TEACHES.search(path) is not None


def suspect_texts(text: str) -> Iterator[SuspectText]:
    """Yield what instructions for agents should not say, with the line at which it begins."""
    text = text[:_MAX_TEXT]
    for start, comment in _hidden_texts(text):
        yield from _in_hidden(text, start, comment)
    kinds: dict[str, tuple[int, str]] = {}
    for name, matcher in _SEARCHES:
        for match in matcher.finditer(text):
            start, end = match.span()
            if not _is_told_of(text, start, is_secrecy=name == "secrecy"):
                kinds.setdefault(name, (start, text[start:end]))
                break
    for danger in dangerous_texts(text):
        is_attack = danger.danger in _CERTAIN or "secrecy" in kinds
        if is_attack and not _is_told_of(text, _offset(text, danger.line, danger.text)):
            reason = f"tell agents to run what {danger.danger.value}"
            yield SuspectText(reason=reason, text=danger.text, line=danger.line, is_certain=True)
            break
    for name, (start, quote) in kinds.items():
        line = text.count("\n", 0, start) + 1
        is_certain = name == "sending" and "secrecy" in kinds
        yield SuspectText(reason=_REASONS[name], text=quote, line=line, is_certain=is_certain)


_REASONS = {
    "secrecy": "tell agents to keep what they do from people",
    "override": "tell agents to ignore their other instructions",
    "sending": "tell agents to hand out secrets",
}


def _hidden_texts(text: str) -> Iterator[tuple[int, str]]:
    for pattern in (_COMMENT, _UNSEEN_STYLE):
        for match in pattern.finditer(text):
            yield match.start(), match[2] or match[1] or ""


def _in_hidden(text: str, start: int, comment: str) -> Iterator[SuspectText]:
    """Judge a text that a page does not show: orders in it are for machines only."""
    orders = any(matcher.search(comment) for _, matcher in _SEARCHES)
    danger = next(iter(dangerous_texts(comment)), None)
    if (
        orders
        or danger
        or (_ADDRESSEE.search(comment) and _ORDER.search(comment) and _ACTS.search(comment))
    ):
        yield SuspectText(
            reason="hold orders for agents in a text that a page does not show",
            text=comment.strip()[:200],
            line=text.count("\n", 0, start) + 1,
            is_certain=orders or danger is not None,
        )


_ACTS = regex(
    r"(?i)\b(?:curl|wget|https?://|execute|exfiltrate|upload|\.env\b|tokens?|secrets?|credentials"
    r"|silently|webhook)\b|\brun\s+`"
)


def _offset(text: str, line: int, quote: str) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return max(start, text.find(quote, start))


def _is_told_of(text: str, start: int, *, is_secrecy: bool = False) -> bool:
    """True where a text is only told of: quoted, negated, or in a sentence about attacks."""
    line_start = text.rfind("\n", 0, start) + 1
    before = text[max(line_start, start - 200) : start]
    # A sentence that began on the line above goes on here.
    if line_start and not before.strip(" \t>*-+#`"):
        above = text.rfind("\n", 0, line_start - 1) + 1
        before = text[max(above, line_start - 200) : line_start - 1] + " " + before
    if is_secrecy:
        return before.rstrip().endswith(tuple(_QUOTES)) or _TOPIC.search(before) is not None
    is_quoted = before.rstrip().endswith(tuple(_QUOTES)) and not _TELLS_TO.search(before)
    return is_quoted or _NEGATION.search(before.split(". ")[-1]) is not None


_TOPIC = regex(
    r"(?i)\b(?:e\.?g\.|such\s+as|example|attack|injection|malicious|says?|contains?|phrases?"
    r"|untrusted|detect)\b[^.\n]*$"
)
_TELLS_TO = regex(
    r"(?i)\b(?:run|execute|call|use|type|enter|with|then|via|start\s+with)\s*:?\s*[\"'`]+$"
)
