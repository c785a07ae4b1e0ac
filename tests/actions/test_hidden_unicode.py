"""Trojan source: found wherever it stands, and never repeated raw."""

import pytest

from codeflow_action.engine.findings import Severity
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
