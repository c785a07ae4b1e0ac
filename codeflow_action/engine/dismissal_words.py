"""Whether a reply to our remark dismisses it, in ten languages, by its words.

Right before quiet: a reply that is not understood changes nothing, and there is a command for it.
So a sentence dismisses only if it holds one of the phrases, and no word that turns it round (`not a
false positive`), asks (`won't fix this?`), doubts (`may be by design`) or puts off (`won't fix it
in this PR`). Of several sentences the last one that says anything counts.

The phrases are what people write in review threads; each language's row has its tests.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass, regex

_MAX_TEXT = 4_000  # characters that are looked at


class Stance(StrEnum):
    """What a reply says of a remark."""

    DISMISSES = "dismisses"
    AGREES = "agrees"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """One language's: what dismisses, what agrees, and what takes the sense from either.

    What is `negating` does so before the phrase, or as the last word: `by design, as it is never
    empty` still dismisses. What is `doubting` does so anywhere in the sentence.
    """

    dismissive: tuple[str, ...]
    agreeing: tuple[str, ...]
    negating: tuple[str, ...]
    doubting: tuple[str, ...]


PHRASES = {
    "en": Phrases(
        dismissive=(
            "won't fix",
            "wont fix",
            "will not fix",
            "wontfix",
            "won't be fixed",
            "will not be fixed",
            "not going to fix",
            "not fixing",
            "false positive",
            "false alarm",
            "by design",
            "intentional",
            "intentionally",
            "on purpose",
            "deliberate",
            "deliberately",
            "works as intended",
            "working as intended",
            "as intended",
            "not a bug",
            "not a problem",
            "not an issue",
            "not applicable",
            "n/a",
            "nothing to fix",
            "no need to fix",
            "accepted risk",
            "we accept the risk",
            "i accept the risk",
            "expected behavior",
            "expected behaviour",
        ),
        agreeing=(
            "good catch",
            "nice catch",
            "great catch",
            "you're right",
            "you are right",
            "will fix",
            "i'll fix",
            "fixed",
            "fixing",
            "agreed",
        ),
        negating=("not", "n't", "never", "no", "neither", "hardly", "cannot", "without"),
        doubting=(
            *("if", "unless", "whether", "may be", "maybe", "might", "perhaps", "could", "would"),
            *("seems", "looks like", "not sure", "thought"),
            *("another pr", "separate pr", "next pr", "this pr", "follow-up", "follow up", "later"),
            *("instead of", "other than", "but", "however", "yet"),
        ),
    ),
    "de": Phrases(
        dismissive=(
            "falsch positiv",
            "falsch-positiv",
            "fehlalarm",
            "falscher alarm",
            "absicht",
            "absichtlich",
            "beabsichtigt",
            "so gewollt",
            "gewollt",
            "wird nicht behoben",
            "wird nicht gefixt",
            "beheben wir nicht",
            "fixen wir nicht",
            "kein fehler",
            "kein bug",
            "kein problem",
            "trifft nicht zu",
        ),
        agreeing=("guter hinweis", "guter fund", "du hast recht", "behoben", "stimmt", "gefixt"),
        negating=("nicht", "kein", "keine", "keinen", "nie", "ohne", "weder"),
        doubting=(
            *("wenn", "falls", "ob", "vielleicht", "eventuell", "könnte", "wäre", "wirklich"),
            *("sieht aus", "später", "anderen pr", "nächsten pr", "aber"),
        ),
    ),
    "fr": Phrases(
        dismissive=(
            "faux positif",
            "fausse alerte",
            "fausse alarme",
            "intentionnel",
            "volontaire",
            "fait exprès",
            "c'est voulu",
            "c'est exprès",
            "par conception",
            "ne sera pas corrigé",
            "on ne corrige pas",
            "pas un bug",
            "pas un problème",
        ),
        agreeing=("bien vu", "tu as raison", "vous avez raison", "corrigé", "bonne remarque"),
        negating=("pas", "jamais", "aucun", "aucune", "sans", "ni"),
        doubting=(
            *("si", "peut-être", "pourrait", "serait", "semble", "vraiment"),
            *("plus tard", "autre pr", "prochaine pr", "mais", "cependant"),
        ),
    ),
    "es": Phrases(
        dismissive=(
            "falso positivo",
            "falsa alarma",
            "intencional",
            "intencionado",
            "a propósito",
            "por diseño",
            "no se corregirá",
            "no se va a corregir",
            "no lo vamos a corregir",
            "no es un error",
            "no es un bug",
            "no es un problema",
        ),
        agreeing=("buena observación", "tienes razón", "corregido", "arreglado", "de acuerdo"),
        negating=("no", "nunca", "ningún", "ninguna", "sin", "tampoco"),
        doubting=(
            *("si", "quizás", "tal vez", "podría", "sería", "parece"),
            *("más tarde", "otro pr", "próximo pr", "pero", "aunque"),
        ),
    ),
    "pt": Phrases(
        dismissive=(
            "falso positivo",
            "alarme falso",
            "intencional",
            "proposital",
            "de propósito",
            "por design",
            "por desenho",
            "não será corrigido",
            "não vamos corrigir",
            "não é um bug",
            "não é um erro",
            "não é um problema",
        ),
        agreeing=("bem observado", "tens razão", "você tem razão", "corrigido", "concordo"),
        negating=("não", "nunca", "nenhum", "nenhuma", "sem", "nem"),
        doubting=(
            *("se", "talvez", "poderia", "seria", "parece"),
            *("mais tarde", "outro pr", "próximo pr", "mas", "porém"),
        ),
    ),
    "it": Phrases(
        dismissive=(
            "falso positivo",
            "falso allarme",
            "intenzionale",
            "voluto",
            "di proposito",
            "per scelta",
            "da progetto",
            "non verrà corretto",
            "non lo correggiamo",
            "non è un bug",
            "non è un errore",
            "non è un problema",
        ),
        agreeing=("ottima osservazione", "hai ragione", "corretto", "sistemato", "concordo"),
        negating=("non", "mai", "nessun", "nessuna", "senza", "né"),
        doubting=(
            *("se", "forse", "potrebbe", "sarebbe", "sembra"),
            *("più tardi", "altra pr", "prossima pr", "ma", "però"),
        ),
    ),
    "pl": Phrases(
        dismissive=(
            "fałszywy alarm",
            "fałszywie pozytywny",
            "celowe",
            "celowo",
            "zamierzone",
            "tak ma być",
            "specjalnie",
            "nie będzie poprawione",
            "nie naprawiamy",
            "to nie błąd",
            "to nie jest błąd",
            "to nie problem",
        ),
        agreeing=("słuszna uwaga", "masz rację", "poprawione", "naprawione", "zgoda"),
        negating=("nie", "nigdy", "żaden", "żadne", "bez", "ani"),
        doubting=(
            *("jeśli", "jeżeli", "czy", "może", "chyba", "mogłoby", "wydaje się"),
            *("później", "innym pr", "następnym pr", "ale", "jednak"),
        ),
    ),
    "ru": Phrases(
        dismissive=(
            "ложное срабатывание",
            "ложная тревога",
            "так задумано",
            "так и задумано",
            "намеренно",
            "специально",
            "не будем исправлять",
            "не исправляем",
            "не баг",
            "не ошибка",
            "не проблема",
        ),
        agreeing=("хорошее замечание", "вы правы", "ты прав", "исправлено", "согласен"),
        negating=("не", "нет", "никогда", "без", "ни"),
        doubting=(
            *("если", "ли", "может", "возможно", "кажется", "похоже", "вроде"),
            *("позже", "другом pr", "следующем pr", "но", "однако"),
        ),
    ),
    "zh": Phrases(
        dismissive=(
            "误报",
            "誤報",
            "故意的",
            "有意为之",
            "设计如此",
            "符合设计",
            "不修复",
            "不予修复",
            "不会修复",
            "不是bug",
            "不是问题",
        ),
        agreeing=("你说得对", "已修复", "同意", "会修复"),
        negating=("不", "没", "沒", "非", "无", "別", "别"),
        doubting=(*("如果", "是否", "可能", "也许", "好像", "吗", "嗎", "以后", "稍后", "但"),),
    ),
    "ja": Phrases(
        dismissive=(
            "誤検知",
            "誤検出",
            "偽陽性",
            "意図的",
            "意図通り",
            "意図どおり",
            "仕様です",
            "仕様通り",
            "修正しません",
            "対応しません",
            "問題ありません",
            "バグではありません",
            "バグではない",
        ),
        agreeing=("その通り", "おっしゃる通り", "修正しました", "直しました", "修正します"),
        negating=("ない", "ません"),
        doubting=(
            *("なく", "ではなく", "じゃない"),
            *("もし", "かもしれ", "でしょうか", "ですか", "ならば", "あとで", "後で", "別のpr"),
            *("が、", "けど", "しかし"),
        ),
    ),
}
_PLACE = "\0"  # where a phrase has stood
# `No, by design` turns nothing round.
_INTERJECTION = regex(r"\s*(?:no|nein|non|não|nie|нет|不|いいえ)\s*[,:，、]")
# Chinese and Japanese ask by a last word.
_QUESTION_ENDS = ("?", "？", "か", "吗", "嗎")
# A sentence may be a question by its end alone. What stands before a comma of a list, or in
# brackets, belongs to the same sentence.
_SENTENCE = regex(r"[^.!?。！？;\n]+[.!?。！？;\n]*")
# Quotes and code are not the words of whoever quotes them.
_QUOTE_LINE = regex(r"^[ \t]*>.*$", re.MULTILINE)
_CODE = regex(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTATION = regex(r'"[^"\n]*"')
# One sign for both ends: then a pattern that finds no end has not looked for it twice.
_PLAIN = str.maketrans({"’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def stance(body: str) -> Stance:
    """Return what a reply says of the remark that it answers."""
    text = body[:_MAX_TEXT].replace(_PLACE, " ").translate(_PLAIN).lower()
    for pattern in (_QUOTE_LINE, _CODE, _QUOTATION):
        text = pattern.sub(" ", text)
    last = Stance.NONE
    for sentence in _SENTENCE.findall(text):
        # A question asks for an answer, and takes back what was said before it.
        if sentence.rstrip(" 。.!").endswith(_QUESTION_ENDS):
            last = Stance.NONE
        elif meanings := set(_meanings(_without_no(sentence))):
            # What one language takes as said, another may know to be turned round.
            last = meanings.pop() if len(meanings) == 1 else Stance.NONE
    return last


def _meanings(sentence: str) -> Iterator[Stance]:
    """Yield what a sentence says in each language in which it says something."""
    for phrases in PHRASES.values():
        rest = sentence  # `won't be fixed` does not say `fixed`
        for meaning, texts in (
            (Stance.DISMISSES, phrases.dismissive),
            (Stance.AGREES, phrases.agreeing),
        ):
            before, rest = rest, _without(rest, texts)
            if rest == before:
                continue
            yield Stance.NONE if _is_spoiled(rest.replace("n't", " n't"), phrases) else meaning


def _is_spoiled(rest: str, phrases: Phrases) -> bool:
    """True where the words around a phrase take its sense; `rest` has a sign in its place."""
    if any(_position(word, rest) is not None for word in phrases.doubting):
        return True
    before = rest[: rest.rindex(_PLACE)]
    if any(_position(word, before) is not None for word in phrases.negating):
        return True
    end = rest.rstrip(" .!。")
    return any(
        end.endswith(word) and not _joins(end, len(end) - len(word) - 1, len(end) - len(word))
        for word in phrases.negating
    )


def _without_no(sentence: str) -> str:
    match = _INTERJECTION.match(sentence)
    return sentence[match.end() :] if match else sentence


def _without(sentence: str, phrases: tuple[str, ...]) -> str:
    """Return the sentence without the phrases, the longest first: each may hold another's words."""
    for phrase in sorted(phrases, key=len, reverse=True):
        while (start := _position(phrase, sentence)) is not None:
            sentence = f"{sentence[:start]} {_PLACE} {sentence[start + len(phrase) :]}"
    return sentence


def _position(phrase: str, sentence: str) -> int | None:
    """Return where a phrase stands as words of its own; None where it does not."""
    start = sentence.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if not (_joins(sentence, start - 1, start) or _joins(sentence, end - 1, end)):
            return start
        start = sentence.find(phrase, start + 1)
    return None


def _joins(text: str, left: int, right: int) -> bool:
    """True where two signs belong to one word; Chinese and Japanese put no spaces between words."""
    if left < 0 or right >= len(text):
        return False
    return all(sign.isalnum() and sign < "\u3000" for sign in (text[left], text[right]))
