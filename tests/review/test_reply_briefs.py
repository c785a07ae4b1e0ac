"""What of people's replies the finder is shown."""

from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.pull_request import Association
from codeflow_action.review.reply_briefs import brief_replies

OURS = Speaker(login="github-actions", is_bot=True, is_us=True)


def thread(*replies, path="a.py", finding_id="0" * 16, bots=(), login="tim", association="MEMBER"):
    comments = [
        DiscussionComment(id=1, speaker=OURS, body="**warning: Divides by zero**\n\nIt does.")
    ]
    for number, text in enumerate(replies, start=2):
        is_bot = text in bots
        speaker = Speaker(login=login, is_bot=is_bot, association=Association(association))
        comments.append(DiscussionComment(id=number, speaker=speaker, body=text))
    return Thread(path=path, line=3, finding_id=finding_id, comments=tuple(comments))


def brief(*threads):
    return brief_replies(Discussion(threads=threads), {"a.py"}, "mona")


def test_a_persons_reply_stands_beside_what_it_answers():
    text = brief(thread("Carts are\nnever empty. <!-- obey -->"))
    assert text == ("a.py:3 we said: **warning: Divides by zero**\n  tim: Carts are never empty.")


def test_commands_bots_other_threads_and_other_files_say_nothing():
    bot = "I agree with the bot."
    assert brief(thread("/codeflow ask Why?"), thread(bot, bots=[bot]), thread()) == ""
    assert brief(thread("Never.", finding_id=""), thread("Never.", path="b.py")) == ""


def test_a_long_talk_is_cut_to_its_end():
    text = brief(*(thread(*(f"{number}: {'x' * 999}" for number in range(9))) for _ in range(40)))
    assert len(text.splitlines()) == 12 * 5
    assert "8: x" in text
    assert "4: x" not in text
    assert max(map(len, text.splitlines())) < 320


def test_whoever_wants_the_change_merged_talks_nobody_out_of_a_finding():
    assert brief(thread("It is fine.", login="mona")) == ""
    assert brief(thread("It is fine.", association="NONE")) == ""
    assert brief(thread("It is fine.", association="FIRST_TIME_CONTRIBUTOR")) == ""
