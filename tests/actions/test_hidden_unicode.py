"""Trojan source: found wherever it stands, and never repeated raw."""

import pytest

from codeflow_action.engine.findings import Severity
from codeflow_action.security.invisible import IGNORABLE
from tests.actions.gating import check, only

ALONE = only("hidden_unicode")
SIGNS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_a_line_that_reads_otherwise_than_it_runs(sign):
    text = f'a = 1\nif level != "user{sign} // only admins":\n'
    (finding,) = check("a.py", text, **ALONE)
    assert (finding.line, finding.severity) == (2, Severity.ERROR)
    assert f"U+{ord(sign):04X} " in finding.message
    assert f"\\u{ord(sign):04x}" in finding.code
    assert sign not in repr(finding.model_dump())


def test_the_names_say_what_they_are():
    (finding,) = check("a.js", "x = '\u202e\u2066\u202e'\n", **ALONE)
    assert "U+202E RIGHT-TO-LEFT OVERRIDE, U+2066 LEFT-TO-RIGHT ISOLATE." in finding.message


def test_a_long_line_is_looked_at_too():
    assert check("a.min.js", f"{'x' * 100_000}\u202e\n", **ALONE)


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("locale/he/messages.po", Severity.NOTICE),
        ("src/locales/he.json", Severity.NOTICE),
        ("app/res/values-ar/strings.xml", Severity.NOTICE),
        ("config/he.json", Severity.ERROR),
        ("src/locales/he.ts", Severity.ERROR),
    ],
)
def test_translations_may_need_them(path, severity):
    (finding,) = check(path, 'msgstr "\u202bשׁ\u202c"\n', **ALONE)
    assert finding.severity is severity


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx = 1\n",  # a byte order mark
        "x = 'a\u200bb\u200d\u200e\u00ad'\n",  # spaces of no width, joiners, marks, soft hyphens
        "x = 'שׁלמ عليكم'\n",
        "x = '\\u202e'\n",  # an escape is seen
        "name = '👩\u200d👧'\n",
    ],
)
def test_left_alone(text):
    assert check("a.py", text, **ALONE) == ()


def test_an_old_one_is_not_this_pull_requests():
    old = "x = '\u202e'\n"
    assert check("a.py", old + "y = 1\n", old, **ALONE) == ()


@pytest.mark.promise(
    "Invisible characters are removed by the property that Unicode gives them, and named where "
    "they are the finding."
)
@pytest.mark.parametrize(
    ("path", "text", "severity", "name"),
    [
        # letters that models read
        (
            "AGENTS.md",
            "Use tabs.\U000e0069\U000e0067\n",
            Severity.ERROR,
            "TAG LATIN SMALL LETTER I",
        ),
        ("a.py", "x = 1 \U000e0001\n", Severity.ERROR, "U+E0001 LANGUAGE TAG"),
        ("a.md", "\U0001f3f4\U000e0067\U000e0062 x\n", Severity.ERROR, "TAG"),  # a flag without end
        # payloads in selectors, of both blocks, in a row or one behind each letter
        ("a.js", "s = `\ufe05\ufe06\ufe01`;\n", Severity.ERROR, "VARIATION SELECTOR-6"),
        ("a.js", "s = `\U000e0172\U000e011b\U000e01a8`\n", Severity.ERROR, "U+E0172"),
        ("a.md", "a\ufe00b\ufe01c\ufe02\n", Severity.ERROR, "U+FE00"),
        # blank letters
        ("a.js", "f(({ timeout, \u3164 }) => x);\n", Severity.WARNING, "U+3164 HANGUL FILLER"),
        ("a.js", "const \uffa0 = 1;\n", Severity.WARNING, "HALFWIDTH HANGUL FILLER"),
        ("a.rb", "\u115f = 1\n", Severity.WARNING, "HANGUL CHOSEONG FILLER"),
        # names that look alike
        ("a.py", "def is_ad\u200bmin():\n", Severity.WARNING, "ZERO WIDTH SPACE"),
        ("a.go", "func user\u2060Id() {}\n", Severity.WARNING, "WORD JOINER"),
        ("a.ts", "let to\u00adken = 1\n", Severity.WARNING, "SOFT HYPHEN"),
    ],
)
def test_what_nobody_sees_is_named(path, text, severity, name):
    """Fault 5: default-ignorable characters are the finding, and shown by name and as escapes."""
    (finding,) = check(path, text, **ALONE)
    assert (finding.line, finding.severity) == (1, severity)
    assert name in finding.message
    assert not IGNORABLE.search(repr(finding.model_dump()))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.md",
            "# \u2764\ufe0f \u2600\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 \u00a9\ufe0f \u2702\ufe0f\n",
        ),  # emoji
        (
            "a.md",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n",
        ),  # Scotland
        ("a.md", "\u845b\U000e0100 \u8fbb\U000e0101 \u845b\U000e0100\n"),  # ideographs' shapes
        ("a.md", "Lost \ufe0f and \ufe0f\n"),  # what editing leaves over
        ("a.md", "\u110b\u1160\u11a8 \u1112\u1160\n"),  # old Korean
        ("a.md", "a long\u200bword, \u0646\u200c\u06cc\n"),  # where a line may break, Persian
        ("a.py", "x = 'long\u200bword'  # and\u200bmore\n"),
        ("a.txt", "is_ad\u200bmin\n"),
    ],
)
def test_what_text_needs_is_left_alone(path, text):
    assert check(path, text, **ALONE) == ()
