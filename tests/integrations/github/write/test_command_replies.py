"""Answers and reactions to a command: once each, whatever becomes of GitHub's answers."""

from dataclasses import replace

import pytest

from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.proposals import Reply, Section
from codeflow_action.engine.spending import Spending
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.own_reactions import read_own_reactions
from codeflow_action.integrations.github.write.command_replies import reply_text
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.reactions import (
    CommandReaction,
    ReactionContent,
    comment_path,
)
from codeflow_action.testing.github import CommentAnchor, Effect
from tests.integrations.github.write.publishing import MARKS, at
from tests.integrations.github.write.test_once import BOT, FAULTS, meet

REPLY = Reply(body="Because **it** is, says @octo/team: see https://evil.example/x.")


def command(scene, name=CommandName.HELP, **fields):
    comment = scene.pull.add_comment(f"/codeflow {name}", author="lena")
    fields = {"login": "lena", "comment_id": comment.id, "time": comment.created_at} | fields
    return Command(name=name, **fields)


def replies(scene):
    comments = (*scene.pull.comments, *scene.pull.review_comments)
    return [comment for comment in comments if ":reply:" in comment.body]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_answer_is_written_once(scene, fault):
    asked = command(scene)
    meet(scene, "POST", "/issues/1/comments$", **fault)
    for _run in range(2):
        scene.publish(proposals=(REPLY,), command=asked)
    (reply,) = replies(scene)
    assert f"pull/1#issuecomment-{asked.comment_id}" in reply.body


def test_an_answer_in_a_thread_is_written_once_and_each_command_has_its_own(scene):
    review = scene.pull.add_review(author="lena")
    anchor = CommentAnchor(path="a.py", line=3)
    first = scene.pull.add_review_comment(review, anchor, "/codeflow help")
    second = scene.pull.add_review_comment(review, anchor, "/codeflow help", thread=first.id)
    for comment in (first, second, first):
        ids = {"comment_id": comment.id, "thread_id": first.id}
        asked = command(scene, time=comment.created_at, **ids)
        scene.publish(proposals=(REPLY,), command=asked)
    assert [reply.thread for reply in replies(scene)] == [first.id] * 2


def test_an_answer_that_somebody_else_has_pasted_is_not_ours(scene):
    asked = command(scene)
    scene.pull.add_comment(f"x\n\n{MARKS.reply(asked.comment_id)}", author="eve")
    scene.publish(proposals=(REPLY,), command=asked)
    assert [reply.author.login for reply in replies(scene)] == ["eve", BOT]


def test_without_a_command_nobody_is_answered(scene):
    scene.publish(proposals=(REPLY,))
    assert replies(scene) == []


def test_a_question_changes_nothing_else(scene):
    scene.publish(at(1))
    before = scene.stickies[0].body
    notes = Section(title="Notes", body="x")
    scene.publish(proposals=(REPLY, notes), command=command(scene))
    assert (len(replies(scene)), scene.stickies[0].body) == (1, before)


def test_a_silent_run_does_not_answer(scene):
    scene.publish(proposals=(REPLY,), command=command(scene), is_silent=True)
    assert scene.github.writes() == 0


def test_an_answer_does_nothing_but_show_its_text():
    text = reply_text(Reply(body=REPLY.body, code="a: </details> ```", code_title="1 key"))
    assert "@octo/team" not in text  # broken, so that nobody is called
    assert "https://evil" not in text
    assert text.count("</details>") == 2  # the one inside is in a block of code
    assert "````" in text


@pytest.mark.parametrize("fault", [*FAULTS, {"status": 403}], ids=str)
def test_a_reaction_is_there_once_and_is_never_worth_the_run(scene, fault):
    asked = command(scene)
    meet(scene, "POST", "/reactions$", **fault)

    async def react(api):
        desk = Desk(api=api, marks=MARKS, conversation=Conversation(login=BOT))
        path = comment_path("octo/shop", asked.comment_id, is_on_diff=False)
        reaction = CommandReaction(path=path, content=ReactionContent.TAKEN)
        await reaction.carry_out(desk)
        await reaction.carry_out(desk)
        return await read_own_reactions(api, path, BOT)

    assert scene.ask(react) == {"eyes"}


def test_reactions_of_others_say_nothing_of_a_command(scene):
    asked = command(scene)
    scene.pull.react(asked.comment_id, "rocket", author="lena")

    async def read(api):
        path = f"/repos/octo/shop/issues/comments/{asked.comment_id}"
        gone = await read_own_reactions(api, "/repos/octo/shop/issues/comments/1", BOT)
        return await read_own_reactions(api, path, BOT), gone

    assert scene.ask(read) == (frozenset(), None)


def meanwhile(scene, name):
    """Let the command be carried out once the next run has read what stands there."""
    asked = command(scene, name)

    def carry_out():
        scene.publish(at(1), command=asked, is_paused=name is CommandName.PAUSE)

    meet(scene, "POST", "graphql", hook=carry_out, effect=Effect.BEFORE)


@pytest.mark.parametrize("has_comment", [True, False])
def test_a_pause_outlives_a_review_that_began_before_it(scene, has_comment):
    if has_comment:
        scene.publish(at(1))
    meanwhile(scene, CommandName.PAUSE)
    scene.publish(at(1), at(2))
    (sticky,) = scene.stickies
    assert scene.is_paused
    assert "a.py:2`" in sticky.body  # and what that review has to say is there
    meanwhile(scene, CommandName.RESUME)
    scene.publish(at(1), is_paused=True)  # as it was told at its start
    assert not scene.is_paused


def test_what_a_run_has_spent_meanwhile_is_counted_by_a_review_that_began_before_it(scene):
    scene.publish(at(1))

    def spend():
        (sticky,) = scene.stickies
        known = scene.marks.read_ledger(sticky.body).model_copy(update={"tokens": 5})
        line = scene.marks.ledger_line(known)
        edited = replace(sticky, body=f"{line}\n{sticky.body.partition('\n')[2]}")
        comments = scene.pull.comments
        scene.pull.comments = tuple(edited if one.id == sticky.id else one for one in comments)

    meet(scene, "POST", "graphql", hook=spend, effect=Effect.BEFORE)
    scene.publish(at(1), at(2))
    assert scene.marks.read_ledger(scene.stickies[-1].body).tokens == 5


def priced(report):
    return report.model_copy(update={"spent": Spending(input_tokens=5)})


def test_a_pause_outlives_an_answer_that_is_written_after_it(scene):
    scene.publish(at(1))
    meanwhile(scene, CommandName.PAUSE)
    scene.publish(command=command(scene, CommandName.ASK), judged=priced)
    assert scene.is_paused
