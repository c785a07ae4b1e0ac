"""Whether a statement of a guideline is a rule that a line of code can break.

Guidelines also say how to install, run, contribute and talk; no line of a change can be wrong by
those sentences. Each sign below counts points for or against, which were fitted on
statements that people judged: `python -m benchmarks.guideline_rules` fits and measures them anew.
"""

import re
from enum import Enum
from operator import mul

from codeflow_action.engine.lazy import regex
from codeflow_action.review.guidelines.statements import Statement


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


# What each sign counts, in the order of `signs_of`; a rule has at least `ENOUGH`.
POINTS = (
    *(0.5, 1.2, 0.1, 1.1, -1.6),  # order, advice, limit, imperative; none of these
    *(0.3, 0.8, 0.8),  # code, more code, words of code
    *(1.1, -1.3),  # headings: about code, about work
    *(-1.1, -1.2, -1.3),  # command, set-up, description
    *(1.5, -1.0),  # what goes with a change, what there is
    *(-0.6, -1.3, 0.7, -1.4),  # long, short, item, people
)
ENOUGH = 1.1
_SHORT = 160  # characters
_HEAD = 300  # characters
_LEAST_WORDS = 2
_FEW_WORDS = 4
_MANY_WORDS = 45
_MANY_CODE_WORDS = 3
_ENGLISH = _words("the|an?|is|are|be|to|of|and|in|for|use|not|with|must|should|never|always|do|no")
_OTHER_LETTERS = regex(r"[^\W\d_a-zA-Z]")
_ORDER = _words(
    r"must(?:n't)?|never|always|do not|don't|avoid|forbidden|not allowed|prohibited"
    r"|disallow\w*|reject|no hard-?coded|shall|anti-?patterns?"
)
_ADVICE = _words(
    r"should(?:n't)?|prefer(?:red|ably)?|instead of|rather than|please|enforce|flag|ensure"
    r"|make sure|stays?|remains?|belongs? (?:in|to)|go(?:es)? (?:in|at|under)|favou?r"
    r"|verify that|PascalCase|camelCase|snake_case|kebab-case|UPPER_CASE|UPPER_SNAKE_CASE"
    r"|not? (?=`)"
)
# These words also describe what there is: they count where the sentence is short.
_LIMIT = _words(r"required?|requires|needs?(?: to)?|only|no longer|cannot|can not")
_IMPERATIVE = regex(
    r"(?:^|(?<=[.:;,] )|(?<= [-\u2013\u2014] ))(?:please |also |generally,? |then )?"
    r"(?:use|add|apply|assert|call"
    r"|catch|choose|close|consolidate|consider using|declare|define|derive|document|emit|end|export"
    r"|extend|extract|favou?r|follow|handle|implement|import|include|inject|keep|limit|link|log|mark"
    r"|match|move|name|nest|parse|pass|pin|place|prefix|put|raise|register|remove|rename|replace"
    r"|return|separate|set|sort|store|suffix|take|throw|treat|update|validate|wrap|write)\b"
    r"|^(?:(?:important|note|critical)[:!] )?(?:no|nothing|every|each|all|any|specify|strive)\b",
    re.IGNORECASE,
)
_CODE = regex(r"`[^`]+`")
_CODE_WORDS = _words(
    r"functions?|methods?|class(?:es)?|variables?|param(?:eter)?s?|arguments?|exceptions?"
    r"|types?|imports?|tests?|docstrings?|comments?|modules?|interfaces?|fields?|constants?"
    r"|enums?|async|logg?(?:ing|er)?|nulls?|migrations?|headers?|naming|names?|api|apis"
    r"|errors?|packages?|layers?|components?|structs?|traits?|hooks?|quer(?:y|ies)|schemas?"
    r"|configs?|configuration|secrets?|strings?|loops?|locks?|threads?|transactions?"
    r"|endpoints?|routes?|handlers?|dependenc(?:y|ies)|files?|code|docs?|documentation|public"
    r"|private|mocks?|fixtures?|values?|defaults?"
)
_CODE_HEADING = _words(
    r"style|conventions?|guidelines?|standards?|naming|patterns?|rules?|best practices"
    r"|principles|errors?|exceptions?|panics?|logging|types?|typing|api|security|imports?"
    r"|exports?|testing|tests?|constraints|idiom\w*|critical|coding|code|documenting"
    r"|documentation|performance|concurrency|migrations?|boundaries|adding|quality|concepts"
)
_PEOPLE = _words(
    r"pull requests?|PRs?|issues?|discord|slack|twitter|forum|discussions?|maintainers?"
    r"|contributors?|contribut(?:e|ing|ions?)|commits?|commit messages?|branch(?:es)?"
    r"|reviewers?|CLA|DCO|licen[cs]e agreement|sign(?:ed)?[- ]off|thank(?:s| you)?|welcome"
    r"|feel free|community|fork|release(?:s|d)?|labels?|merged?|governance|proposals?|triage"
    r"|assigned|star|sponsor|code of conduct|mailing list|AI assistants?|coding agents?"
    r"|you are|your (?:ide|editor|browser|shell|machine|own)"
)
_PROCESS_HEADING = _words(
    r"getting started|set[- ]?up|build(?:ing)?|running|prerequisites|requirements? to"
    r"|pull requests?|PRs?|issues?|bugs?|releases?|license|code of conduct|commands?"
    r"|debug(?:ging)?|FAQ|governance|contact|support|resources|commits?|git|install(?:ation)?"
    r"|environment|overview|architecture|key features|involved|triag\w+|process|personality"
    r"|what to expect|before you|proposals?|parameters|examples?|get help|feedback|deploy\w*"
    r"|branching|harness|quick start|coverage|comments and|table of contents|core components"
    r"|technology|frameworks?|cloud|workflow|step"
)
_COMMAND = regex(
    r"^(?:[\w /()-]{1,40}:\s*)?(?:(?:then |first |always )?"
    r"(?:re)?run\b|execute\b|(?:then |first |always )?"
    r"`(?:\$ )?(?:npm|npx|yarn|pnpm|bun|cargo|make|uv|pip|go|docker|git|gh|mvn|\./|python|poetry|"
    r"gradle|dotnet|curl|cd|export|[A-Z_]{3,}=))",
    re.IGNORECASE,
)
_SET_UP = _words(
    r"install(?:ed|ing)?|download|click|open the|checkout|check out|clone|dialog|menu"
    r"|screenshot|localhost|navigate to|IDE|start(?:s|ing)? the|discuss\w*|ask"
    r"|please (?:refer|see|read|note)|tests? (?:\w+ )?pass(?:es|ing)?|lints?\b(?=.*`)"
    r"|full test suite|up[- ]to[- ]date|familiar\w*|look up|you may|you might|you can|you will"
    r"|you'll|we'll|if you|debugging|this is"
)
_DESCRIPTION = regex(
    r"^(?:see\b|read\b|refer\b|check (?:out|our)|this (?:file|guide|document|project|repo\w*|is)"
    r"\b|the (?:project|repo\w*|list|following)\b|here\b|there (?:is|are)\b|for (?:example"
    r"|instance)\b|example\b|note\b|exception\b|source:|https?://|<https?://"
    r"|to \w+ (?:the|a|an|this|your)\b|\(|✅|how to\b)|<?https?://\S+$",
    re.IGNORECASE,
)
# To a page, or to files that are worth a look.
_POINTER = regex(
    r"\b(?:follow|see|read|use the template at)\s+`?[\w./-]+\.mdx?\b"
    r"|^(?:use|explore) `[^`]+` to (?:see|understand)",
    re.IGNORECASE,
)
_ON_CHANGE = regex(
    r"^(?:when|if)\b[^.]{0,90}\b(?:add|chang|renam|remov|modif|creat|updat|introduc)\w*",
    re.IGNORECASE,
)
_STATEMENT = regex(r"^(?:we|the|this|it|these|each|our|you|i)\b", re.IGNORECASE)
_PATH = regex(r"[`\w./*-]+\.\w+`?")


class Readership(Enum):
    """For whom a guideline is written; its value is how many points that is worth."""

    REVIEWERS = 1.5  # people and programs that review code
    WRITERS = 0.0  # people and agents that write code
    CONTRIBUTORS = -0.3  # people who want to contribute: mostly on how that is done


def is_breakable(statement: Statement, readership: Readership = Readership.WRITERS) -> bool:
    """True for a rule that a line of a change can break.

    Of other languages than English only the structure is known: what is an item may be a rule.
    """
    text = statement.text
    if not _ENGLISH.search(text) and _OTHER_LETTERS.search(text):
        return statement.is_item and readership is not Readership.CONTRIBUTORS
    if text.endswith("?") or _PATH.fullmatch(text) or len(re.findall(r"\w+", text)) < _LEAST_WORDS:
        return False
    points: float = sum(map(mul, signs_of(statement), POINTS)) + readership.value
    return points >= ENOUGH


def signs_of(statement: Statement) -> tuple[float, ...]:
    """Return which signs a statement has, in the order of `POINTS`; of talk about people 0 to 2."""
    text, lead = statement.text, statement.lead
    heading = statement.headings[-1] if statement.headings else ""
    head = text[:_HEAD]
    is_order, is_advice = bool(_ORDER.search(f"{lead}: {text}")), bool(_ADVICE.search(text))
    is_imperative = bool(_IMPERATIVE.search(text[:_SHORT]))
    is_limit = len(text) <= _SHORT and bool(_LIMIT.search(text))
    has_verb = is_order or is_advice or is_imperative or is_limit
    words = len(text.split())
    code_count = len(_CODE.findall(text))
    people = len(_PEOPLE.findall(head)) + len(_PEOPLE.findall(lead))
    return (
        is_order,
        is_advice,
        is_limit,
        is_imperative,
        not has_verb,
        code_count > 0,
        code_count > 1,
        len(_CODE_WORDS.findall(text)) >= _MANY_CODE_WORDS,
        bool(_CODE_HEADING.search(heading)),
        bool(_PROCESS_HEADING.search(" / ".join(statement.headings[-2:]))),
        bool(_COMMAND.match(text)),
        bool(_SET_UP.search(head)),
        bool(_DESCRIPTION.search(text) or _POINTER.search(text)),
        bool(_ON_CHANGE.match(text)),
        bool(_STATEMENT.match(text)),
        words > _MANY_WORDS,
        words < _FEW_WORDS and not has_verb,
        statement.is_item,
        min(2, people),
    )
