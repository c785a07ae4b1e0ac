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


def result_of(path, text):
    result = parse(path, text.encode() if isinstance(text, str) else text)
    assert isinstance(result, ParseResult)
    return result


@pytest.mark.parametrize(
    ("path", "text"),
    [
        # TOML 1.1: https://toml.io/en/v1.1.0
        ("a.toml", "a = {\n  b = 1,\n}\n"),
        ("a.toml", 'a = "\\e[31m \\x41"\nb = 07:32\n'),
        # YAML 1.2: https://yaml.org/spec/1.2.2/
        ("a.yml", "a: &b/c.d:e [1]\nf: *b/c.d:e\n"),
        ("a.yml", "a:\t1\t# b\nc:\n  -\td\n\t\n  - e\n"),
        ("a.yml", '{\n\t"a": 1\n}\n'),
        ("a.yml", "d: |\n  \ta\nb:\t1\n"),
        # XML
        ("a.xml", '<?xml version="1.1" encoding="ISO-8859-1"?>\n<a b="1">&c; &nbsp;</a>\n'),
        ("a.xml", '<?xml version="1.0" encoding="latin1"?>\n<a>\xe4</a>\n'.encode("latin-1")),
        ("a.xml", '<?xml version="1.0" encoding="utf-16"?>\n<a/>\n'),
        ("a.svg", '<svg height="1"width="2"><path></svg>'),
        ("Info.plist", "{ a = 1; }\n"),
    ],
)
def test_what_some_reader_takes_is_no_error(path, text):
    result = result_of(path, text)
    assert not result.error or result.loosely


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.yml", "# a\x85b\u2028c\u2029d\r# e\nb: @x\n", 2),
        ("a.json", '{"a": "\x85\u2028\u2029",\r\n"b" 1}', 2),
        ("tsconfig.json", '{"a": "\x85\u2028", // b\n"b" 1}', 2),
        ("a.toml", 'a = "\x85\u2028"\nb = \n', 2),
        ("a.xml", "<a>\r\x85\u2028\n<b></a>", 2),
        ("a.py", 'x = """a\rb\x0cc\u2028"""\ny = (1\n', 2),
        ("a.py", "x = 1\r\n\x0c\r\ny = (1\r\n", 3),
        ("a.yml", "a: 1\nb: *x\n", 2),
        ("a.yml", "a: &x 1\n---\nb: *x\n", 3),
    ],
)
def test_lines_are_counted_by_line_feeds_alone(path, text, line):
    result = result_of(path, text)
    assert (bool(result.error), result.line) == (True, line)


@pytest.mark.parametrize(
    ("path", "text", "loosely"),
    [
        ("a.json", "{a: +.5, 'b': 0xFF,}", True),
        ("a.json", "# a\n{}\n", True),
        ("a.json", '{"a": 1}\n\n{"a": 2}\n', True),
        ("a.json", '{"a": 1}{"a": 2}[]', True),
        ("a.json", '{"a": 1}}', False),
        ("a.json", '{"a": 1}\n{"a": ', False),
        ("a.json", '"a" "b"', False),
        ("a.py", "print 'x'\n", True),
        ("a.py", "x = 0777\n", True),
        ("a.py", "x = t'{y}'\n", True),
        ("a.py", "lazy from a import b\n", True),
        ("a.py", "try:\n  a\nexcept B, C:\n  d\n", True),
        ("a.py", "if a:\nb\n", False),  # the grammar is lenient here
        ("a.py", "f() = 1\n", False),
        ("a.xml", "<a/><b/>", True),
        ("a.xml", "<?xml version='1.0'?><a/><b/>", False),
    ],
)
def test_a_text_may_be_read_loosely(path, text, loosely):
    result = result_of(path, text)
    # Python 3.14 takes what an older one does not.
    assert not result.error or result.loosely is loosely


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '[{"cpu": ${cpu}}]'),
        ("a.json", '{"replicas": #{Replicas}, "cpu": @CPU@, "port": __PORT__}'),
        ("a.json", '{"a": {{ .Size }}, {{ if .Tags }}"b": 1{{ end }} }'),
        ("a.toml", "port = ${PORT}\n"),
        ("a.yml", "a: @VERSION@\nb: %kernel.dir%/c\n"),
        ("a.py", "class ${name}(Base):\n    $fields\n"),
        ("a.xml", "<{{tag}}/>"),
        ("package.json", "version https://git-lfs.github.com/spec/v1\n"),
    ],
)
def test_a_template_or_a_pointer_is_no_error(path, text):
    assert result_of(path, text).kind


def test_entities_are_neither_expanded_nor_fetched():
    bomb = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(40))
    text = f'<!DOCTYPE a [<!ENTITY a0 "x">{bomb}<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    assert result_of("a.xml", f"{text}<a>&a40;&e;</a>") == ParseResult()


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
