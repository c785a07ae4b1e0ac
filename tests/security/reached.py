"""What of an attack has reached the model, GitHub, the log and the files, and what of it may not.

`by_hand` takes an attack through the functions that stand between it and each place, without a run.
"""

import asyncio
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codeflow_action.actions.pr_reviewer.promise_check import PromiseReply
from codeflow_action.actions.pr_reviewer.prompts import (
    INTENT,
    Reading,
    find_prompt,
    intent,
    promise_prompt,
)
from codeflow_action.ai.wrappers.prompt_redaction import PromptRedactionProvider
from codeflow_action.ai.wrappers.reply_guard import ReplyCheck
from codeflow_action.engine.diff import DiffLine, Hunk, LineKind
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.model import Completion, LLMProvider, Part, StopReason, Usage
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.integrations import runner
from codeflow_action.integrations.annotations import annotation
from codeflow_action.integrations.github.write.render.comment import sticky
from codeflow_action.integrations.github.write.render.inline_comment import review_comment
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.integrations.outputs import findings_text
from codeflow_action.review.author_words import author_words
from codeflow_action.review.packing import Chunk
from codeflow_action.review.units import SourceFile, units_of
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import json_for_runner, log_line
from tests.github_reader import faults
from tests.pull_requests import pull_request
from tests.runner_reader import obeyed
from tests.security.attacks import ATTACKS, LEAKS, SECRET, Attack
from tests.security.findings import ATTACKS as FINDING_ATTACKS
from tests.security.findings import harms_of
from tests.security.test_text_that_leaves import LINKS, MARK, MARKS, found, report

LEDGER = Ledger(head_sha="", merge_base_sha="", digest="", complete=False)
ENVELOPE = re.compile(r"<<<([0-9a-f]{16}) [^\n]*\n(.*?)\n\1>>>", re.DOTALL)
BY_HAND = tuple(
    case
    for case in ATTACKS
    if case.through in ("title", "body", "diff", "path") or case.through.startswith("reply.")
)
OURS = re.compile(
    r"::(?:error|warning|notice) (?:title|file)=|::(?:add-mask|debug|endgroup)::|::group::[a-z_]+: "
)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Everything that has arrived, as text. `acts` is what GitHub's reader found to act."""

    model: str = ""
    github: str = ""
    log: str = ""
    files: str = ""
    acts: tuple[str, ...] = ()

    def harm(self, case: Attack) -> list[str]:
        """Return what this attack has brought about."""
        harms = [
            f"{text!r} reached {place}"
            for place, texts in case.not_to.items()
            for text in texts
            if text in getattr(self, place)
        ]
        outside = ENVELOPE.sub("", self.model)
        if case.shown and case.shown in outside:
            harms.append(f"{case.shown!r} reached the model as an order")
        harms += [
            f"the runner obeys {line!r}"
            for line in obeyed(self.log)
            if case.number in line and not OURS.match(line)
        ]
        return [*harms, *(act for act in self.acts if case.number in act)]


def by_hand(case: Attack) -> Reached:
    """Take one attack through the functions of its way."""
    if case.through.startswith("reply."):
        return _published(case)
    if case.through in ("title", "body"):
        # The first round does not get them, the second one does.
        change = pull_request(**{case.through: case.text})
        words = author_words(change, INTENT)
        promise = promise_prompt(Guidance(), words, "", "", PromiseReply)
        text = "\n\n".join((*intent(change), *(part.text for part in promise.parts)))
        prompt_text = _sent(Part(text=text))
    else:
        path, text = ("a.py", case.text) if case.through == "diff" else (case.text, "x = 1")
        lines = text.split("\n")
        body = tuple(DiffLine(LineKind.ADDED, None, at, line) for at, line in enumerate(lines, 1))
        hunk = Hunk(
            old_start=0, old_count=0, new_start=1, new_count=len(lines), section="", lines=body
        )
        file = ChangedFile(path=path, status=FileStatus.ADDED, hunks=(hunk,))
        source = SourceFile.of(file, text, "")
        prompt_text = _sent(chunk=Chunk(units=tuple(units_of(source, 3))))
    # A model may repeat what it has read.
    published = _published(case)
    return Reached(model=prompt_text, log=published.log, acts=published.acts)


class _Listener(LLMProvider):
    model = "listener"
    heard = ""

    async def generate(self, prompt):
        self.heard = "\n".join(part.text for part in prompt.parts)
        return Completion(text="{}", usage=Usage(), provider="a", model="b", stop=StopReason.END)


def _sent(preamble: Part | None = None, chunk: Chunk | None = None) -> str:
    listener = _Listener()
    prompt = find_prompt(
        guidance=Guidance(),
        reading=Reading(lenses=()),
        demands=(),
        preamble=preamble,
        chunk=chunk or Chunk(units=()),
        context="",
        tool_notes={},
    )
    asyncio.run(PromptRedactionProvider(listener, Redactor([SECRET])).generate(prompt))
    return listener.heard


def output_names(text: str) -> set[str]:
    """Return which outputs a runner reads, by its rules for the file."""
    names, lines = set(), iter(text.split("\n"))
    for line in lines:
        if line:
            name, _, delimiter = line.partition("<<")
            names.add(name)
            for inner in lines:
                if inner == delimiter:
                    break
    return names


def _published(case: Attack) -> Reached:
    suggestion = case.text if case.through == "reply.suggestion" else None
    finding = found("A title" if suggestion is not None else case.text, suggestion)
    told = report(case.text)
    comment = review_comment(finding, MARK, LINKS)
    in_full = summary(told, None, LINKS, (case.text,))
    mark = MARKS.ledger_line(None)
    body = sticky(told, LEDGER, mark=mark, links=LINKS, comment_urls={})
    acts = [*faults(comment, markers=[MARK]), *faults(in_full), *faults(body, markers=[mark])]
    if suggestion is not None and "```suggestion" in comment and suggestion not in comment:
        acts.append("a suggestion that applies something else")
    outputs = runner.outputs_text({"reason": case.text, "verdict": "pass"})
    if names := output_names(outputs) - {"reason", "verdict"}:
        acts.append(f"outputs named {names}")
    log = [log_line(case.text), annotation(finding.finding)]
    log.append(json_for_runner(findings_text([finding], 60_000)[0]))
    return Reached(
        github=f"{comment}\n{in_full}\n{body}",
        log="\n".join(log),
        files=outputs,
        acts=tuple(f"{act} ({case.number})" for act in acts),
    )


def all_harms() -> Iterator[str]:
    """Yield what all attacks bring about that are taken by hand, and the leaks that are used."""
    for name, disguise in LEAKS.items():
        for of_what in ("secret", "mark"):
            check = ReplyCheck(Redactor([SECRET]), random.Random(1))
            value = SECRET if of_what == "secret" else check.canary
            if not check.why_bad(f'{{"remarks": [{{"title": "see {disguise(value)}"}}]}}'):
                yield f"a reply with a {of_what} {name} is used"
    for case in BY_HAND:
        yield from (f"{case.name}: {harm}" for harm in by_hand(case).harm(case))
    for case in FINDING_ATTACKS:
        yield from (f"{case.name}: {harm}" for harm in harms_of(case))
