"""Trojan source: found wherever it stands, and never repeated raw."""

import time

import pytest

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.pull_request import FileStatus, Gap
from codeflow_action.security.invisible import IGNORABLE
from tests.actions.gating import check, only
from tests.actions.test_quality_gates import run
from tests.review.changes import changed

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
        # Balanced around right-to-left letters, so nothing behind them is turned around.
        ("config/app.json", Severity.WARNING),
        ("src/locales/he.ts", Severity.WARNING),
    ],
)
def test_translations_may_need_them(path, severity):
    (finding,) = check(path, 'msgstr "\u202bשׁ\u202c"\n', **ALONE)
    assert finding.severity is severity


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx = 1\n",  # a byte order mark
        # spaces of no width, joiners, marks, soft hyphens
        "x = 'of a\u200bb and c\u200d, d\u200e, e\u00ad'\n",
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
        ("a.js", "f(({ timeout, \u3164 }) => x);\n", Severity.ERROR, "U+3164 HANGUL FILLER"),
        ("a.js", "const \uffa0 = 1;\n", Severity.ERROR, "HALFWIDTH HANGUL FILLER"),
        ("a.rb", "\u115f = 1\n", Severity.ERROR, "HANGUL CHOSEONG FILLER"),
        # names that look alike
        ("a.py", "def is_ad\u200bmin():\n", Severity.ERROR, "ZERO WIDTH SPACE"),
        ("a.go", "func user\u2060Id() {}\n", Severity.ERROR, "WORD JOINER"),
        ("a.ts", "let to\u00adken = 1\n", Severity.ERROR, "SOFT HYPHEN"),
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
        ("a.py", "x = 'a long\u200bword'  # and\u200bmore\n"),
        ("a.txt", "is_ad\u200bmin\n"),
    ],
)
def test_what_text_needs_is_left_alone(path, text):
    assert check(path, text, **ALONE) == ()


# Each line, and its classes: what is said first in the title.
CLASSES = [
    # zero width, in whatever stands for a name
    ("a.json", '{ "allow\u200ced": 1 }\n', "A name on this line contains characters without width"),
    ("Dockerfile", "FROM ng\u200binx\n", "A name on this line contains characters without width"),
    ("a.toml", "na\u2063me = 1\n", "A name on this line contains characters without width"),
    ("go.mod", "require example.com/a\u200bb v1.0.0\n", "A name"),
    ("AGENTS.md", "Run de\u200bploy.sh now.\n", "A name on this line contains"),
    ("a.ts", 'if (role === "us\u200fer") {}\n', "A name on this line contains"),
    ("a.c", "int a; \u200f\n", "Directional marks stand in code"),
    ("a.md", "x" + "\u200b\u200c" * 8 + "y\n", "Characters without width carry hidden text"),
    # blank letters
    ("a.py", "key\u17b5 = 1\n", "A name on this line contains blank letters"),
    ("a.kt", "val a\u2800b = 1\n", "A name on this line contains blank letters"),
    # look-alikes, of several scripts
    ("a.rs", "let \u0440assword = 1;\n", "Look-alikes of Latin letters"),
    ("a.py", "ad\u03bfmain = 1\n", "Look-alikes of Latin letters"),
    ("a.py", "to\u043aen = 1\n", "Look-alikes of Latin letters"),
    ("a.py", "p\u03b1yment = 1\n", "Look-alikes of Latin letters"),
    ("a.py", "l\u0585cal = 1\n", "Look-alikes of Latin letters"),
    ("a.py", "\u13a2oken = 1\n", "Look-alikes of Latin letters"),
    ("a.py", "\U0001d4ee\U0001d4ff\U0001d4ea\U0001d4f5('1')\n", "Look-alikes of Latin letters"),
    ("a.py", "os.\uff53ystem('1')\n", "Look-alikes of Latin letters"),
    ("a.py", "o\u017f.\u017fystem('1')\n", "Look-alikes of Latin letters"),
    ("a.js", "lo\u0261in();\n", "Look-alikes of Latin letters"),
    ("a.yml", "host: g\u0456thub.com\n", "Look-alikes of Latin letters"),
    ("CLAUDE.md", "Ask the \u0430dmin.\n", "Look-alikes of Latin letters"),
    ("a.js", 'get("https://a.example.com\uff0fx");\n', "A host's name contains look-alikes"),
    ("a.js", "if (environment\u01c3=PRODUCTION) {}\n", "A look-alike of punctuation"),
    ("a.cs", "var x = 1\u037e\n", "A look-alike of punctuation"),
    # controls
    ("a.sh", "rm -rf ~ #\x1b[2K\x1b[1G\necho hi\n", "Control characters change what a terminal"),
    ("a.py", "import os # \rprint(1)\n", "Control characters change what a terminal"),
    ("a.py", "x\x01 = 1\n", "Control characters stand on this line"),
    ("a.ts", "// safe \u2029run();\n", "A hidden line separator ends a comment"),
    ("a.yml", "# safe \x85run: rm\n", "A hidden line separator ends a comment"),
    # what no text needs
    ("a.py", "na\ufffame = 1\n", "Characters that no text needs stand in code"),
    ("a.py", "na\ufdd0me = 1\n", "Characters that no text needs stand in code"),
    ("a.py", "na\ue000me = 1\n", "A name on this line contains private-use"),
]


@pytest.mark.parametrize(("path", "text", "title"), CLASSES, ids=ascii)
def test_each_class_is_an_error_with_its_name(path, text, title):
    finding = check(path, text, **ALONE)[0]
    assert finding.title.startswith(title)
    assert finding.severity is (Severity.WARNING if path == "a.md" else Severity.ERROR)
    assert finding.code.isascii()


def test_right_to_left_letters_beside_it_make_no_open_control_harmless():
    (finding,) = check("a.c", "/* \u202e\u05d0 } \u2066if (x)\u2069 */\n", **ALONE)
    assert finding.severity is Severity.ERROR


def test_a_look_alike_is_told_with_the_word_that_people_read():
    (finding,) = check("a.py", "is_\u0430dmin = 1\n", **ALONE)
    assert "It reads as `admin`." in finding.message
    assert "U+0430 CYRILLIC SMALL LETTER A" in finding.message
    assert finding.code == "is_\\u0430dmin = 1"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "x = '\u041f\u0440\u0438\u0432\u0435\u0442, admin'  # \u0441\u043c. API\n"),
        (
            "a.py",
            "# \u0432 JSON\u0435 \u0432\u0441\u0435 \u043f\u043e\u043b\u044f\n",
        ),  # Russian endings
        (
            "a.py",
            "# \u0427\u0442\u043e-\u0442\u043e c\u043e \u0441\u043b\u043e\u0432\u043e\u043c\n",
        ),  # a typing slip
        ("a.jl", "\u0394t = 2\u03b1; \u03c1\u2080 = 1; d\u03c1 = \u2202\u03c1; \U0001d431 = 1\n"),
        ("a.py", "\u03b1_max = \u03c3x * \u03bcs\n"),
        ("a.py", "RANGE = r'[a-z\u0430-\u044fA-Z\u0410-\u042f]'\n"),
        (
            "a.py",
            "x = '\uff21\uff30\uff29'  # \uff29\uff24\u3092\u8fd4\u3059\n",
        ),  # full width in Japanese
        ("a.md", "\u8bf7\u8bbf\u95ee https://example.com\u3002\u66f4\u591a\n"),
        ("a.sh", "echo '\x1b[31mno\x1b[0m'\n"),  # colours
        ("a.py", "x = '\u00e2\x80\x99'\n"),  # UTF-8 that was read as Latin-1
        ("a.el", ";; a\n\f\n(b)\n"),
        ("a.py", "x = 1\r\n\f\r\ny = 'gr\u00fc\u00dfe'\r\n"),
        ("a.js", "const a = 'x\u2028y';\n"),
        ("a.css", ".icon { content: '\ue001' }\n"),
        ("a.lua", "icon = '\ue0b0'\n"),
        ("a.py", "x = '\u2801\u2800\u2802'\n"),  # a picture of dots
        ("a.py", "x = '\ud55c\uad6d\uc5b4\u3164\ud55c'\n"),
        ("a.md", "\u2068Ana\u2069 \u05e9\u05dc\u05d5\u05dd \u202bABC\u202c\n"),
        ("a.html", "<b>super\u200bcalifragilistic</b>\n"),
        ("locales/de.json", '{"a": "Donau\u00addampf"}\n'),
        ("a.md", "Donau\u00addampfschiff, \u0915\u094d\u200d\u0937\n"),
        ("a.md", "\u0645\u06cc\u200c\u0634\u0648\u062f\n"),
        ("a.py", "\ufeffx = 1\n"),
        ("a.sql", "select 1;\n\ufeffselect 2;\n"),  # two files with marks, one behind the other
        ("a.go", "var \u7528\u6237ID = 1\n"),
        ("a.ts", "const gr\u00f6\u00dfe = 1, \u0131\u015f\u0131k = 2;\n"),
        ("a.py", "price = '10\u00a0\u20ac'\n"),
    ],
    ids=ascii,
)
def test_what_each_language_needs_is_left_alone(path, text):
    assert check(path, text, **ALONE) == ()


@pytest.mark.parametrize(
    "path",
    [
        "src/c\u043enfig.ts",
        "a\u200bb.txt",
        "\u3164/a.png",
        "invoice\u202efdp.exe",
        "a\U000e0041.md",
        "a\x1b[2Kb.txt",
        "a\ufe01\ufe02.gif",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("gap", [None, Gap.BINARY])
def test_a_new_file_with_a_name_that_deceives_is_an_error(path, gap):
    file = changed("", "x\n", path, status=FileStatus.ADDED, gap=gap)
    (finding,) = run([file], {path: b"x\n"}, options=ALONE).findings
    assert (finding.path, finding.line, finding.severity) == (path, None, Severity.ERROR)
    assert "file's name" in finding.message


@pytest.mark.parametrize(
    "path",
    [
        "docs/\u8a2d\u8a08\u30e1\u30e2 \u2728.md",
        "Screenshot 9.41.00\u202fAM.png",
        "docs/\u0627\u0644\u0644\u063a\u0629.md",
        "\u0422\u043e\u0432\u0430\u0440\u044b.Form.bsl",
        "img/\u2764\ufe0f.png",
        "\u0645\u06cc\u200c\u0634\u0648\u062f.md",
        "les-mise\u0301rables.webp",
    ],
    ids=ascii,
)
def test_names_of_files_in_any_script_are_fine(path):
    file = changed("", "x\n", path, status=FileStatus.ADDED)
    assert run([file], {path: b"x\n"}, options=ALONE).findings == ()


@pytest.mark.parametrize(
    "unit", ["a\u200b", "\u202a", "\u0430b", "\ufe01", "\u3164a", "\x1b", "\x01x", "https://\u2044"]
)
def test_a_line_that_was_made_for_it_takes_linear_time(unit):
    started = time.process_time()
    check("a.py", f"x = 1 # {unit * 60_000}\n", **ALONE)
    assert time.process_time() - started < 3
