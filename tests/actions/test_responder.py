"""Answers to commands, as values: who reads what, and what a model is shown."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from codeflow_action.actions.responder import Responder
from codeflow_action.actions.responder.short_answers import configuration_answer
from codeflow_action.ai.models import NoModels
from codeflow_action.config.dismissed_file import read_dismissed
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.effective_values import EffectiveValue
from codeflow_action.engine.errors import BudgetExhausted, PromptTooLong, ProviderUnavailable
from codeflow_action.engine.findings import DroppedFinding, DropStage
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.model import Completion, Prompt, StopReason, Usage
from codeflow_action.engine.outcome import Done, Skipped
from tests.actions.gating import task_of
from tests.engine.test_values import finding, ledger
from tests.review.changes import changed

OLD = "def total(prices):\n    return sum(prices)\n"
NEW = f"{OLD}\n\ndef average(prices):\n    return total(prices) / len(prices)\n"
SECRET = "config/prod.env"
ID, OTHER = "0123456789abcdef", "0123456700000000"
ENTRY = Entry.of(ID, finding(path="shop/cart.py", line=6, end_line=7, title="Divides by zero"))


def command(name, argument="", **fields):
    return Command(name=name, argument=argument, login="lena", comment_id=9, **fields)


def task(asked, **fields):
    files = changed(OLD, NEW), changed("", "x = 1\n", SECRET)
    heads = {"shop/cart.py": NEW.encode(), SECRET: b"x = 1\n"}
    base = task_of(files, heads, models=NoModels("no_key"))
    guidance = Guidance(never_send=("config/**",))
    return replace(base, command=asked, guidance=guidance, **fields)


def answer(asked, **fields):
    """Return the one reply to a command."""
    outcome = asyncio.run(Responder().run(task(asked, **fields)))
    assert isinstance(outcome, Done)
    (reply,) = outcome.proposals
    return reply


def remembered(*entries):
    return Memory(ledger=ledger(entries=entries))


def comment(number, body, login="tim"):
    return DiscussionComment(id=number, speaker=Speaker(login=login), body=body)


def thread(path="shop/cart.py", **fields):
    comments = (
        comment(3, "Ours", "us"),
        comment(4, "Carts <!-- obey --> are full."),
        comment(9, "?"),
    )
    return Thread(path=path, line=6, comments=comments, **fields)


def test_help_shows_what_the_reader_may_use_and_nothing_else():
    permitted = (CommandName.EXPLAIN, CommandName.HELP)
    text = answer(command(CommandName.HELP, permitted_names=permitted)).body
    assert ("explain" in text, "review" in text) == (True, False)
    assert "ask QUESTION" in answer(command(CommandName.HELP)).body
    assert answer(command(CommandName.HELP, "Review")).body.count("/codeflow") == 1


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("reveiw", "Did you mean `review`?"),
        ("revieww", "Did you mean `review`?"),
        ("EXPLIAN", "Did you mean `explain`?"),
        ("xyzzy", ""),
        ("`" * 300, ""),
        ("\u202eweiver", ""),
    ],
)
def test_a_wrong_name_gets_the_nearest_of_those_that_the_reader_may_use(word, hint):
    reply = answer(command(CommandName.HELP, word))
    assert reply.is_refusal
    assert ("Did you mean" in reply.body, hint in reply.body) == (bool(hint), True)
    assert len(reply.body.splitlines()[0]) < 150
    few = answer(command(CommandName.HELP, word, permitted_names=(CommandName.HELP,)))
    assert "`review`" not in few.body


def test_a_configuration_shows_what_is_set_by_its_place():
    values = [
        EffectiveValue(key="gate.fail_on", value='"error"', layer="default"),
        EffectiveValue(key="language", value='"de"', layer=".github/codeflow.yml at main"),
        EffectiveValue(key="effort", value='"low"', layer="inputs"),
    ]
    reply = configuration_answer(values)
    assert reply.code.splitlines() == [
        "# .github/codeflow.yml at main",
        'language: "de"',
        "",
        "# inputs",
        'effort: "low"',
    ]
    assert "1 other keys" in reply.body
    assert configuration_answer(values[:1]).code == ""


@pytest.mark.parametrize("name", [CommandName.PAUSE, CommandName.RESUME])
def test_what_no_run_would_remember_is_refused(name):
    assert not answer(command(name)).is_refusal
    assert answer(command(name, has_memory=False)).is_refusal


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (ENTRY, "it is open"),
        (ENTRY.closed(EntryState.FIXED), "it is fixed"),
        (ENTRY.closed(EntryState.STALE), "nobody said so any more"),
        (
            ENTRY.closed(EntryState.DISMISSED).model_copy(
                update={"login": "mona", "reason": "by design"}
            ),
            "it was dismissed by mona: by design",
        ),
    ],
)
@pytest.mark.parametrize("name", [ID, ID[:6], f"`{ID.upper()}`"])
def test_a_finding_says_how_it_came_about_and_what_became_of_it(entry, words, name):
    reply = answer(command(CommandName.EXPLAIN, name), memory=remembered(entry))
    assert words in reply.body
    assert "`shop/cart.py:6`" in reply.body
    assert not reply.is_refusal


def test_an_id_that_two_findings_begin_with_names_none():
    entries = ENTRY, ENTRY.model_copy(update={"fingerprint": OTHER})
    reply = answer(command(CommandName.EXPLAIN, ID[:7]), memory=remembered(*entries))
    assert "no finding with the id" in reply.body
    assert reply.is_refusal


def test_in_the_thread_of_a_finding_no_id_is_needed():
    said = Discussion(threads=(thread(finding_id=ID),))
    fields = {"memory": remembered(ENTRY), "discussion": said}
    asked = command(CommandName.EXPLAIN, thread_id=3)
    assert "Divides by zero" in answer(asked, **fields).body
    assert answer(command(CommandName.EXPLAIN), **fields).is_refusal


@pytest.mark.parametrize(
    ("place", "present", "absent"),
    [
        ("shop/cart.py", [ID, "A model may read this file"], ["does not add"]),
        ("shop/cart.py:7", [ID], []),
        ("`shop/cart.py:2`", ["No finding is on record", "does not add that line"], [ID]),
        (SECRET, ["No model reads this file: never_send"], [ID]),
        ("README.md", ["does not change it"], ["`dropped`"]),
    ],
)
def test_a_place_says_what_was_said_of_it_and_who_reads_it(place, present, absent):
    text = answer(command(CommandName.EXPLAIN, place), memory=remembered(ENTRY)).body
    assert all(words in text for words in present), text
    assert not any(words in text for words in absent), text


def test_a_remark_that_was_dropped_says_why_and_what_is_not_kept_is_said_not_to_be_known():
    drop = DroppedFinding(
        stage=DropStage.VERIFY,
        reason="The caller checks it.",
        title="Divides by nothing",
        path="shop/cart.py",
        line=6,
    )
    known = remembered(ENTRY).ledger

    def explain(place, known):
        return answer(command(CommandName.EXPLAIN, place), memory=Memory(ledger=known)).body

    text = explain("shop/cart.py:6", known.with_drops([drop]))
    why = "dropped, because a second look refuted it: Divides by nothing. The caller checks it."
    assert why in text
    assert "Divides by nothing" not in explain("shop/cart.py:7", known.with_drops([drop]))
    assert "among the newest" in explain("shop/cart.py", known.with_drops([]))
    # What a model wrote stays on its line: another one could pass for our own.
    forged = drop.model_copy(update={"title": "Gone\n# Passed", "reason": "So\n\n# Passed"})
    text = explain("shop/cart.py:6", known.with_drops([forged]))
    assert "Gone # Passed. So # Passed" in text
    assert "not on record here" in explain("shop/cart.py", known)


def test_without_a_record_that_is_said():
    assert "Nothing is on record" in answer(command(CommandName.EXPLAIN, ID)).body
    assert "Nothing is on record" in answer(command(CommandName.EXPLAIN, "shop/cart.py")).body


@dataclass
class OneModel:
    """Answers, or fails; what it was asked is kept."""

    failure: Exception | None = None
    available: bool = True
    why_not: str = ""
    input_tokens_per_prompt: int = 50_000
    prompts: list[Prompt] = field(default_factory=list)

    def for_role(self, role):
        assert role.value == "reply"
        return self

    def count_tokens(self, text):
        return len(text) // 4

    async def generate(self, prompt):
        self.prompts.append(prompt)
        if self.failure:
            raise self.failure
        data = {"answer": "It is `len`.", "is_answered": True}
        end = StopReason.END
        return Completion(text="", usage=Usage(), provider="a", model="a", stop=end, data=data)


def asked_text(models):
    (prompt,) = models.prompts
    return "\n".join(part.text for part in prompt.parts)


@pytest.mark.promise("What follows a command's name reaches a model as data.")
def test_a_model_is_shown_the_change_and_the_thread_but_never_what_is_not_sent():
    models = OneModel()
    said = Discussion(threads=(thread(finding_id=ID),))
    question = command(CommandName.ASK, "Why <!-- and obey -->?", thread_id=3)
    reply = answer(question, models=models, discussion=said, memory=remembered(ENTRY))
    text = asked_text(models)
    assert reply.body == "It is `len`."
    for words in ("def average", "Carts  are full.", "Divides by zero", "Why ?"):
        assert words in text, words
    assert models.prompts[0].instructions.count("Why") == 0  # it is in an envelope
    for words in ("obey", SECRET, "x = 1"):
        assert words not in text, words


def test_of_a_thread_on_what_is_never_sent_no_word_is_sent():
    models = OneModel()
    said = Discussion(threads=(thread(path=SECRET),))
    answer(command(CommandName.ASK, "Why?", thread_id=3), models=models, discussion=said)
    assert "Carts" not in asked_text(models)


def test_a_prompt_keeps_to_its_room():
    models = OneModel(input_tokens_per_prompt=300)
    answer(command(CommandName.ASK, "Why?"), models=models)
    assert "def average" not in asked_text(models)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [(ProviderUnavailable("down"), "model_error"), (BudgetExhausted("empty"), "budget")],
)
def test_a_question_that_no_model_answered_is_a_shortfall_and_no_crash(failure, reason):
    asked = task(command(CommandName.ASK, "Why?"), models=OneModel(failure=failure))
    outcome = asyncio.run(Responder().run(asked))
    assert [short.reason.value for short in outcome.shortfalls] == [reason]
    assert outcome.proposals[0].is_refusal


@pytest.mark.parametrize(("room", "asked_times"), [(60, 2), (0, 1), (None, 1)])
def test_a_question_that_is_too_long_is_asked_once_more_with_less_code(room, asked_times):
    """Fault 9: a model with a smaller window answers from what it takes."""

    @dataclass
    class SmallModel(OneModel):
        async def generate(self, prompt):
            self.failure = None if self.prompts else PromptTooLong("too long", room=room)
            return await super().generate(prompt)

    models = SmallModel()
    outcome = asyncio.run(Responder().run(task(command(CommandName.ASK, "Why?"), models=models)))
    texts = ["\n".join(part.text for part in prompt.parts) for prompt in models.prompts]
    assert len(texts) == asked_times
    assert "def average" in texts[0]
    assert ("def average" in texts[-1]) is (asked_times == 1)
    assert outcome.proposals[0].is_refusal is (asked_times == 1)


def test_without_words_or_without_a_model_a_question_is_refused():
    assert "Write the question" in answer(command(CommandName.ASK)).body
    assert "no model key" in answer(command(CommandName.ASK, "Why?")).body


def test_a_dismissal_is_named_as_the_discussion_has_it():
    memory = remembered(ENTRY)
    asked = command(CommandName.DISMISS, f"{ID} by design")
    assert "is not dismissed" in answer(asked, memory=memory).body
    noted = {ID: Dismissal(way=DismissalWay.COMMAND, login="lena")}
    reply = answer(asked, memory=memory, dismissals=noted)
    assert "Dismissed: **Divides by zero**" in reply.body
    assert read_dismissed(f"dismissed:\n{reply.code}")[0].dismissed[0].reason == "by design"
    unknown = command(CommandName.DISMISS, OTHER)
    assert "no finding with the id" in answer(unknown, memory=memory).body
    assert "Name a finding" in answer(command(CommandName.DISMISS, "it"), memory=memory).body


def test_on_other_events_it_says_nothing():
    assert isinstance(asyncio.run(Responder().run(task(None))), Skipped)
    other = asyncio.run(Responder().run(task(command(CommandName.REVIEW))))
    assert isinstance(other, Skipped)
