"""What a comment wants, by rules that are data: its words, how it begins, whether it asks.

The rules are tried in the order of how sure each is. What none of them knows is unclear, and a
model may be asked.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.triage import CommentKind
from codeflow_action.security.untrusted import without_comments

MAX_TEXT = 4_000  # characters that are looked at
_MAX_APPROVAL = 160  # characters: a longer text that begins with praise has more to say
_SUGGESTION = regex(r"^\s{0,3}(?:`{3,}|~{3,})\s*suggestion\b", re.MULTILINE)
_FENCE = regex(r"^\s{0,3}(`{3,}|~{3,}).*?(?:^\s{0,3}\1[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)
_QUOTE = regex(r"^\s{0,3}>.*$", re.MULTILINE)
_IMAGE = regex(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,2000}\)|<img\b[^<>]{0,2000}>", re.IGNORECASE)
_LINK = regex(r"\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)")
_ADDRESS = regex(r"https?://\S+")
_CODE = regex(r"`[^`\n]{1,300}`")
_MENTIONS = regex(r"^(?:@[\w-]{1,40}(?:\[bot\])?[,:]?\s+)+")
_SIGNS = regex(r"[*_#\[\]]+")  # of Markdown
_SPACE = regex(r"\s+")
_LETTER = regex(r"[^\W\d_]")
_SENTENCES = regex(r"(?<=[.!?\u3002\uff01\uff1f])\s+|\n+")
# A replacement in the words of an editor: `s/one/other/`, or one piece of code and an arrow.
_REPLACEMENT = regex(r"\bs/[^/\n]{1,200}/[^/\n]{0,200}/|`[^`\n]+`\s*(?:->|=>|→)\s*`[^`\n]+`")
_ONLY_CODE = regex(r"\s*`[^`\n]+`[.!]?\s*")
# Commands that approve, by which bots of large projects merge, and the words of who has approved.
_APPROVING_COMMAND = regex(
    r"^\s*/(?:lgtm|approve)\s*$|^\s*bors r\+|:shipit:|\bI(?:'ve| have)? approved (?:this|it)\b",
    re.MULTILINE,
)
_MAX_THANKS = 60  # characters of a text in which thanks are all
# Scripts without spaces between words: a phrase matches anywhere in them.
_SPACELESS = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
# A question that is only asked out of politeness asks for a commit: "could you rename this?".
_POLITE = ("can you", "could you", "can we", "could we", "would you mind", "why not", "how about")
_ASKS_FOR_WORDS = regex(r"\b(?:explain|clarify|elaborate|tell me|share|confirm|describe)\b")


@dataclass(frozen=True, kw_only=True)
class _Phrases:
    """How a kind of comment is known: the whole text, its beginning, or words anywhere."""

    whole: frozenset[str]
    start: re.Pattern[str]
    anywhere: re.Pattern[str]
    aside: re.Pattern[str]  # how a text begins that asks nothing where nothing in it asks

    @classmethod
    def of(cls, lists: Mapping[str, list[str]]) -> "_Phrases":
        return cls(
            whole=frozenset(lists.get("whole", ())),
            start=_any_of(lists.get("start", ())),
            anywhere=_any_of(lists.get("anywhere", ())),
            aside=_any_of(lists.get("aside", ())),
        )


def _any_of(phrases: list[str] | tuple[()]) -> re.Pattern[str]:
    """Return a pattern of alternatives that are text; one without any matches nowhere."""
    return re.compile("|".join(map(_one_of, phrases)) or r"(?!)")


def _one_of(phrase: str) -> str:
    if _SPACELESS.search(phrase):
        return re.escape(phrase)
    # A sign at an end of a phrase, such as a colon, ends a word already.
    before = r"(?<!\w)" if phrase[0].isalnum() else ""
    after = r"(?!\w)" if phrase[-1].isalnum() else ""
    return f"{before}{re.escape(phrase)}{after}"


@cache
def _phrases() -> Mapping[str, _Phrases]:
    text = files(__package__).joinpath("phrases.json").read_text(encoding="utf-8")
    return {
        name: _Phrases.of(lists) for name, lists in json.loads(text).items() if name != "_comment"
    }


def kind_of(body: str, *, is_by_bot: bool = False, is_on_diff: bool = True) -> CommentKind:
    """Return the kind of a comment by the rules, `UNCLEAR` where none of them knows."""
    # What a bot writes below the description is a report: coverage, a preview, a summary.
    if is_by_bot and not is_on_diff:
        return CommentKind.NOISE
    raw = without_comments(body[:MAX_TEXT])
    rules = _rules(raw, plain_text(raw), is_on_diff=is_on_diff)
    return next((kind for holds, kind in rules if holds), CommentKind.UNCLEAR)


def _rules(raw: str, plain: str, *, is_on_diff: bool) -> Iterator[tuple[bool, CommentKind]]:
    """Yield whether each rule holds, and for which kind; the first that does decides."""
    phrases = _phrases()
    nit, approval, noise = phrases["nit"], phrases["approval"], phrases["noise"]
    yield bool(_APPROVING_COMMAND.search(raw)), CommentKind.APPROVAL
    yield _is_noise(raw, plain, noise), CommentKind.NOISE
    yield bool(nit.start.match(plain) or nit.anywhere.search(plain)), CommentKind.NIT
    yield bool(_SUGGESTION.search(raw)), CommentKind.CHANGE_REQUEST
    yield _is_approval(raw, plain, approval), CommentKind.APPROVAL
    kinds = _kinds_of_sentences(plain, phrases)
    # A plain request counts more than a question beside it.
    yield CommentKind.CHANGE_REQUEST in kinds, CommentKind.CHANGE_REQUEST
    # "Sorry, not sure why we missed this" asks nobody.
    yield "?" not in plain and bool(noise.aside.match(plain)), CommentKind.NOISE
    yield CommentKind.QUESTION in kinds, CommentKind.QUESTION
    # On the diff, code alone is what somebody would rather read there.
    is_code = is_on_diff and _ONLY_CODE.fullmatch(raw) is not None
    yield is_code or bool(_REPLACEMENT.search(raw)), CommentKind.CHANGE_REQUEST
    is_praise = approval.anywhere.search(plain) is not None and len(plain) <= _MAX_APPROVAL
    yield is_praise, CommentKind.APPROVAL
    yield _is_aside(plain, noise), CommentKind.NOISE


def plain_text(text: str) -> str:
    """Return what somebody says, in lower case: without quotes, code blocks, images and marks."""
    for pattern, replacement in (
        (_FENCE, " "),
        (_QUOTE, " "),
        (_IMAGE, " "),
        (_LINK, r"\1"),
        (_ADDRESS, " "),
        (_CODE, " x "),  # a name in code is a noun of the sentence
    ):
        text = pattern.sub(replacement, text)
    text = "\n".join(_SPACE.sub(" ", _SIGNS.sub("", line)).strip() for line in text.splitlines())
    text = _MENTIONS.sub("", text.strip().lower().replace("\u2019", "'"))
    return text.strip()


def _is_noise(raw: str, plain: str, noise: _Phrases) -> bool:
    bare = plain.strip(" .!…\n")
    if not plain:
        # Nothing but a picture or an address says nothing; code alone says something.
        return not _FENCE.search(raw)
    if bare in noise.whole or plain in noise.whole:
        return True
    is_short = len(plain) <= _MAX_APPROVAL and not plain.rstrip().endswith(_QUESTION_MARKS)
    # A command to a bot begins with its name, which is no part of what somebody says.
    begins = noise.start.match(plain) or noise.start.match(raw.strip().lower())
    return bool(is_short and begins) or bool(noise.anywhere.search(plain))


def _is_approval(raw: str, plain: str, approval: _Phrases) -> bool:
    if any(_bare(line) in approval.whole for line in (raw, plain, *plain.splitlines())):
        return True
    if not _LETTER.search(plain) and any(sign in raw for sign in approval.whole if len(sign) < 3):
        return True
    asks = plain.rstrip().endswith(_QUESTION_MARKS)
    is_short = len(plain) <= _MAX_APPROVAL and not asks
    return is_short and bool(approval.start.match(plain))


def _is_aside(plain: str, noise: _Phrases) -> bool:
    """True for thanks, and for what somebody tells of their own work."""
    sentences = [sentence.strip(" .!…\n") for sentence in _SENTENCES.split(plain)]
    is_thanks = len(plain) <= _MAX_THANKS and any(
        sentence in noise.whole or sentence.split(", ")[-1] in noise.whole for sentence in sentences
    )
    return is_thanks or bool(noise.aside.match(plain))


def _bare(raw: str) -> str:
    return raw.strip().lower().strip(" .!…\n")


def _kinds_of_sentences(plain: str, phrases: Mapping[str, _Phrases]) -> set[CommentKind | None]:
    """Return what the sentences come to, each by itself."""
    request, question = phrases["change_request"], phrases["question"]
    return {
        _kind_of_sentence(sentence, request, question)
        for sentence in _SENTENCES.split(plain)
        if _LETTER.search(sentence)
    }


def _kind_of_sentence(sentence: str, request: _Phrases, question: _Phrases) -> CommentKind | None:
    asks = sentence.rstrip(" )\"'").endswith(_QUESTION_MARKS)
    wants_words = bool(_ASKS_FOR_WORDS.search(sentence)) or bool(question.anywhere.search(sentence))
    is_polite = any(phrase in sentence for phrase in _POLITE)
    if asks and (wants_words or not is_polite) and not request.start.match(sentence):
        return CommentKind.QUESTION
    if wants_words and not request.start.match(sentence):
        return CommentKind.QUESTION
    if request.start.match(sentence) or request.anywhere.search(sentence):
        return CommentKind.QUESTION if wants_words else CommentKind.CHANGE_REQUEST
    if asks or (question.start.match(sentence) and _is_open(sentence)):
        return CommentKind.QUESTION
    return None


def _is_open(sentence: str) -> bool:
    """True where a sentence without a question mark is a question all the same, not a statement."""
    return bool(
        re.match(r"why|how come|wondering|i wonder|curious|question|q:|any reason", sentence)
    )
