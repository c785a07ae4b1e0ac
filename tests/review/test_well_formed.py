"""Does it parse? One answer for gates and suggestions, from a process of its own."""

import asyncio

import pytest

from codeflow_action.review.well_formed import ParseResult, language_of, parse


@pytest.mark.parametrize(
    ("path", "text", "is_sound"),
    [
        ("tsconfig.json", "{ // why\n}", True),
        (".vscode/settings.json", '{"a": 1,}', True),
        (".devcontainer/devcontainer.json", "{/* a */}", True),
        (".babelrc", "{ // why\n}", True),
        ("a.jsonc", "{ // why\n}", True),
        ("shop.code-workspace", "{ // why\n}", True),
        ("tsconfig.json", "{ // why\n", False),
        ("a.jsonc", '{"a" 1}', False),
        ("a.json", "{ // why\n}", False),
        ("package.json", '{"a": 1,}', False),
        ("a.py", "x = (1", False),
        ("a.toml", "a = 1", True),
    ],
)
def test_a_text_parses_as_its_readers_read_it(path, text, is_sound):
    parsed = parse(path, text.encode())
    assert isinstance(parsed, ParseResult)
    assert (not parsed.error) is is_sound


def test_what_nobody_can_parse_has_no_answer():
    assert language_of("a.js") == language_of("a.json5") == ""
    assert parse("a.js", b"x = (") is None


def test_a_large_yaml_does_not_hold_the_loop():
    """Its parser holds the interpreter's lock: here it would stop everything else."""
    content = b"- {a: 1, b: [2, 3]}\n" * 20_000

    async def turns() -> int:
        asked = asyncio.create_task(asyncio.to_thread(parse, "a.yaml", content))
        count = 0
        while not asked.done():
            await asyncio.sleep(0.001)
            count += 1
        assert asked.result() == ParseResult()
        return count

    assert asyncio.run(turns()) > 10
