"""What people make known about findings on a pull request, and what of it holds."""

from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.opinions import (
    decisions,
    dismissal_target,
    has_people,
    is_talk_of_people,
    logins_to_ask,
    opinions,
)
from codeflow_action.engine.pull_request import Association

ID, OTHER = "0123456789abcdef", "f" * 16
US = Speaker(login="github-actions", is_bot=True, is_us=True)


def comment(body, login="ada", *, time="1", **fields):
    speaker = fields.pop("speaker", None) or Speaker(
        login=login, association=fields.pop("association", Association.NONE)
    )
    return DiscussionComment(id=1, body=body, speaker=speaker, time=time, url=f"u{time}", **fields)


def thread(*replies, finding_id=ID, downvoters=(), is_edited=False, **fields):
    opening = comment("ours", speaker=US, time="0", downvoters=downvoters, is_edited=is_edited)
    return Thread(path="a.py", finding_id=finding_id, comments=(opening, *replies), **fields)


def held(*threads, comments=(), writers=("ada", "bob")):
    discussion = Discussion(threads=threads, comments=comments)
    return decisions(opinions(discussion), lambda opinion: opinion.login in writers)


def ways(*threads, **fields):
    return {name: dismissal.way for name, dismissal in held(*threads, **fields).items()}


def test_a_reply_dismisses_with_its_words_as_the_reason():
    (dismissal,) = held(thread(comment("By design:\n the caller checks it."))).values()
    assert dismissal.way is DismissalWay.REPLY
    assert (dismissal.login, dismissal.url) == ("ada", "u1")
    assert dismissal.reason == "By design: the caller checks it."


def test_only_those_who_may_decide():
    discussion = [thread(comment("By design", "eve"), downvoters=("mallory",))]
    assert held(*discussion) == {}
    assert ways(*discussion, writers=("mallory",)) == {ID: DismissalWay.THUMB}


def test_bots_have_no_opinion_and_neither_have_we():
    bot = Speaker(login="ada", is_bot=True)
    replies = [comment("By design", speaker=bot), comment("By design", speaker=US)]
    assert held(thread(*replies), comments=[comment(f"/codeflow dismiss {ID}", speaker=bot)]) == {}


def test_the_last_word_counts_whoever_says_it():
    first, second = comment("By design"), comment("You're right", "bob", time="2")
    assert held(thread(first, second)) == {}
    assert ways(thread(second, comment("By design", time="3"))) == {ID: DismissalWay.REPLY}
    assert held(thread(comment("Good catch"), downvoters=("ada",))) == {}


def test_a_question_changes_nothing():
    assert ways(thread(comment("By design"), comment("Hm?", time="2"))) == {ID: DismissalWay.REPLY}


def test_a_thread_that_a_person_resolved_while_its_code_stands_is_dismissed():
    resolved = {"is_resolved": True, "resolver": "ada"}
    assert ways(thread(**resolved)) == {ID: DismissalWay.RESOLUTION}
    assert held(thread(**resolved, is_outdated=True)) == {}  # the lines have changed since
    assert held(thread(**resolved, is_edited=True)) == {}  # it was fixed, and came back
    assert held(thread(is_resolved=True)) == {}  # by an app


def test_a_thread_of_others_is_about_no_finding():
    assert held(thread(comment("By design"), finding_id="", downvoters=("ada",))) == {}


def test_a_command_dismisses_the_finding_that_it_names():
    (dismissal,) = held(comments=[comment(f"/codeflow dismiss {ID} Known since 2019")]).values()
    assert (dismissal.way, dismissal.reason) == (DismissalWay.COMMAND, "Known since 2019")


def test_a_command_in_a_thread_means_its_finding():
    assert held(thread(comment("/codeflow dismiss not ours")))[ID].reason == "not ours"
    assert list(held(thread(comment(f"/codeflow dismiss {OTHER}")))) == [OTHER]


def test_a_command_that_was_edited_is_none():
    """Else an old comment could be turned into one, and its job would never have run."""
    assert held(comments=[comment(f"/codeflow dismiss {ID}", is_edited=True)]) == {}


def test_other_commands_dismiss_nothing():
    assert held(thread(comment("/codeflow ask is this by design"))) == {}
    assert held(comments=[comment("/codeflow dismiss")]) == {}


def test_an_id_is_read_as_people_write_it():
    assert dismissal_target(f" `{ID.upper()}`  since 2019 ") == (ID, "since 2019")
    assert dismissal_target(f"#{ID}") == (ID, "")
    assert dismissal_target("by design") == ("", "by design")
    assert dismissal_target("") == ("", "")


def test_those_are_asked_about_first_who_most_likely_may():
    """Else five strangers would keep a member's word from being heard."""
    replies = [comment("By design", f"eve{number}") for number in range(5)]
    member = comment("By design", "ada", association=Association.MEMBER)
    discussion = Discussion(
        threads=(
            thread(*replies, member, downvoters=("eve0", "ada"), is_resolved=True, resolver="bob"),
        )
    )
    assert logins_to_ask(opinions(discussion))[:2] == ("ada", "bob")
    assert len(logins_to_ask(opinions(discussion))) == 7


def test_people_in_a_thread_are_counted_without_bots():
    bot = comment("Fixed", speaker=Speaker(login="agent", is_bot=True))
    assert not has_people(thread(bot))
    assert has_people(thread(bot, is_cut=True))
    assert has_people(thread(comment("Hm")))
    assert not is_talk_of_people(thread(comment("Hm"), comment("Hm", time="2"), bot))
    assert is_talk_of_people(thread(comment("Hm"), comment("No", "bob")))
