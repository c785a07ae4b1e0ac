"""Line hashes are code scanning's: the vectors are those of github/codeql-action (MIT).

They stand in its `src/fingerprints.test.ts`.
"""

import time

import pytest

from codeflow_action.integrations.line_hashes import line_hashes

GREETINGS = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    "c129715d7a2bc9a3:1",
]
LOREM = [
    *(f"a7f2ff13bc495cf2:{at}" for at in range(1, 7)),
    "a7f2ff1481e87703:1",
    "a9cf91f7bbf1862b:1",
    "55ec222b86bcae53:1",
    "cc97dc7b1d7d8f7b:1",
    "c129715d7a2bc9a3:1",
]


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (
            " a\nb\n  \t\tc\n d",
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        ),
        (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        ),
        (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
        (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
        (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
        ("Lorem ipsum dolor sit amet.\n" * 10, LOREM),
    ],
)
def test_hashes_are_those_of_codeql_action(text, hashes):
    assert line_hashes(text, range(1, 99)) == dict(enumerate(hashes, 1))


def test_only_the_lines_that_are_asked_for_are_told():
    text = "Lorem ipsum dolor sit amet.\n" * 10
    assert line_hashes(text, [3, 0, -1, 99]) == {3: LOREM[2]}
    assert line_hashes(text, []) == {}


def test_a_character_beyond_the_basic_plane_is_two_units():
    """Else the window of 100 units would reach further: seen by what stands at its end."""
    filled = "\U0001f600" * 50
    assert line_hashes(f"{filled}a", [1]) == line_hashes(f"{filled}b", [1])
    assert line_hashes("\U0001f600" * 49 + "xa", [1]) != line_hashes("\U0001f600" * 49 + "xb", [1])


def test_a_file_of_many_lines_takes_no_long_time():
    started = time.process_time()
    assert len(line_hashes("x = 1\n" * 150_000, [150_000])) == 1
    assert time.process_time() - started < 20
