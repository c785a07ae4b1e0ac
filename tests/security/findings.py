"""What an attack through a finding brings about in the hand-off: the file, and the block."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import regex
import yaml

from codeflow_action.engine.hand_off import CONTRACT
from codeflow_action.integrations.hand_off_lines import hand_off_block, hand_off_file
from codeflow_action.run.clean import clean_report
from codeflow_action.security.redaction import Redactor
from tests.github_reader import faults
from tests.runner_reader import obeyed
from tests.security.attacks import SECRET, Attack
from tests.security.test_text_that_leaves import LINKS, SHA, found, report

HIDDEN = regex.compile(
    r"(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]"
)
COMMAND = re.compile(r"^[^\S\n]*/\w", re.MULTILINE)
ACTS = re.compile(r"`|<!--|</|://|@\w|##\[|#\d|\]\(")
OURS = "https://github.com/octo/shop/pull/7#discussion_r1"


def _attacks() -> tuple[Attack, ...]:
    rows = yaml.safe_load(Path(__file__).with_name("findings.yml").read_text())
    filled = []
    for index, row in enumerate(rows, 1):
        number = f"8{index:03}3"
        text = row["text"].replace("NN", number).replace("SECRET", SECRET)
        filled.append(Attack(number=number, name=row["name"], through=row["through"], text=text))
    return tuple(filled)


ATTACKS = _attacks()


def attacked(case):
    """Return a report with the attack in its place, and a finding beside it."""
    text, place = case.text, case.through
    plain = found("A title", "x = 1\n")
    finding = plain.finding.model_copy(update={"code": "x = 2"})
    update = {"finding": finding, "url": OURS}
    match place:
        case "id" | "url":
            update[place] = text
        case "source":
            update["finding"] = finding.model_copy(update={"sources": ("pr_reviewer", text)})
        case "suggestion":
            suggestion = finding.suggestion.model_copy(update={"replacement": text})
            update["finding"] = finding.model_copy(update={"suggestion": suggestion})
        case "title" | "message" | "code" | "path" | "rule":
            update["finding"] = finding.model_copy(update={place: text})
    own = {"repository": "octo/shop", "number": 7, "version": "0.1.0", "head_sha": SHA}
    own |= {place: text} if place in own else {}
    told = report("a").model_copy(
        update=own | {"findings": (plain.model_copy(update=update), plain)}
    )
    return clean_report(told, Redactor([SECRET]).text)


def texts(value) -> Iterator[str]:
    """Yield every text in a value of JSON, its keys among them."""
    match value:
        case str():
            yield value
        case list():
            for element in value:
                yield from texts(element)
        case dict():
            for key, element in value.items():
                yield key
                yield from texts(element)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def harms_of(case: Attack) -> list[str]:
    """Return what the attack does: to a reader of lines, of values, of the page, and of the log."""
    told = attacked(case)
    file = hand_off_file(told, LINKS)
    block = hand_off_block(told, LINKS, {}, 20_000)
    before, opening, fenced = block.partition("\n```json\n")
    inside, closing, after = fenced.partition("\n```")
    harms = [f"the page: {fault}" for fault in faults(block)]
    harms += [f"the runner obeys {line!r}" for line in obeyed(file + block)]
    if not (opening and closing) or case.number in before + after:
        harms.append("it stands outside the fence of the block")
    for name, text in (("file", file), ("block", f"{inside}\n")):
        harms += [f"the {name}: {harm}" for harm in _harms_of_lines(case, text)]
    if SECRET in file + block:
        harms.append("a secret is handed on")
    return harms


def _harms_of_lines(case: Attack, text: str) -> Iterator[str]:
    if not text.isascii() or ACTS.search(text):
        yield f"{ACTS.search(text)} acts in the text"
    lines = text.removesuffix("\n").split("\n")
    values = [json.loads(line, parse_constant=no_constant) for line in lines]
    first, *rest = values
    count = 1 if case.through == "id" else 2
    if [value["kind"] for value in values] != ["review", *["finding"] * count]:
        yield "a line is another one's"
    if first["contract"] != list(CONTRACT) or case.number in lines[0]:
        yield "the review's line is the attack's"
    if (first["findings"], first["left_out"]) != (count, 2 - count):
        yield "the review's line counts wrong"
    for value in rest:
        yield from _harms_of_finding(case, value)


def _harms_of_finding(case: Attack, value: dict) -> Iterator[str]:
    untrusted = value["untrusted"]
    outside = {key: part for key, part in value.items() if key != "untrusted"}
    if any(case.number in text for text in texts(outside)):
        yield f"it stands where our own words are: {outside}"
    if value["url"] not in ("", OURS):
        yield f"an address: {value['url']}"
    yield from _harms_of_texts(value)
    suggestion = untrusted["suggestion"]
    if suggestion and suggestion["replacement"] not in ("x = 1\n", case.text):
        yield "a suggestion that is not what was checked"
    is_exact = untrusted["quote"] == (case.text if case.through == "code" else "x = 2")
    if untrusted["is_exact_quote"] and untrusted["quote"] and not is_exact:
        yield "a quote that is said to be exact and is not"


def _harms_of_texts(value: dict) -> Iterator[str]:
    untrusted = value["untrusted"]
    for text in texts(value):
        if hidden := HIDDEN.search(text):
            yield f"U+{ord(hidden[0]):04X} in {text!r}"
        if COMMAND.search(text):
            yield f"a command in {text!r}"
    for name in ("title", "message"):
        yield from (f"{name}: {fault}" for fault in faults(untrusted[name]))
    for name in (untrusted["rule"], *untrusted["sources"]):
        if re.search(r"://|\]\(|\n", name):
            yield f"an address in {name!r}"
    if "\n" in (untrusted["path"] or ""):
        yield "a path of two lines"
