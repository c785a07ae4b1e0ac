"""Each row of the table finds what it is for, and leaves alone what looks like it."""

import pytest

from codeflow_action.engine.findings import Evidence, Severity
from tests.actions.gating import check


@pytest.mark.parametrize(
    ("path", "line", "shown"),
    [
        ("a.js", "debugger;", "debugger"),
        ("a.ts", "  if (x) debugger", "debugger"),
        ("a.tsx", "onClick={() => { debugger; }}", "debugger"),
        ("a.test.js", "it.only('x', () => {", "it.only"),
        ("a.test.ts", "test.describe.only('x', () => {", "test.describe.only"),
        ("a.spec.ts", "describe.only.each([1])('x', () => {", "describe.only"),
        ("a.spec.js", "fdescribe('x', () => {", "fdescribe"),
        ("a.spec.js", 'fit("x", () => {', "fit"),
        ("a.vue", "debugger", "debugger"),
        ("a.py", "    breakpoint()", "breakpoint()"),
        ("a.py", "import pdb; pdb.set_trace()", "import pdb"),
        ("a.py", "from ipdb import set_trace", "from ipdb"),
        ("a.py", "if x: ipdb.set_trace()", "ipdb.set_trace"),
        ("a.rb", "  binding.pry", "binding.pry"),
        ("a.rb", "byebug", "byebug"),
        ("a_spec.rb", "  fit 'adds' do", "fit"),
        ("a.rs", "    let x = dbg!(y);", "dbg!"),
        ("a.php", "dd($user);", "dd"),
        ("a.php", "xdebug_break();", "xdebug_break"),
        ("a.go", "\truntime.Breakpoint()", "runtime.Breakpoint"),
        ("a.cs", "System.Diagnostics.Debugger.Break();", "Debugger.Break"),
        ("a.exs", "require IEx; IEx.pry()", "IEx.pry"),
        ("a.pl", "$DB::single = 1;", "$DB::single"),
        ("a.c", "raise(SIGTRAP);", "raise(SIGTRAP)"),
        ("a.cpp", "__debugbreak();", "__debugbreak()"),
    ],
)
def test_found(path, line, shown):
    (finding,) = check(path, f"\n{line}\n")
    assert finding.title == f"Debug leftover: {shown}"
    assert (finding.path, finding.line, finding.severity) == (path, 2, Severity.WARNING)
    assert finding.evidence is Evidence.DETERMINISTIC


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.js", "// debugger;"),
        ("a.js", "const debuggerUrl = 1"),
        ("a.js", "console.log('debugger;')"),
        ("a.js", "x.debugger = true"),
        ("a.js", "query.only('name')"),
        ("a.js", "fit(container)"),
        ("a.js", "fit('width')"),
        ("a.js", "console.log(x)"),
        ("a.py", "# breakpoint()"),
        ("a.py", "    x = breakpoint_of(y)"),
        ("a.py", "'''import pdb'''"),
        ("a.py", "model.fit(x)"),
        ("a.py", "import pdbc"),
        ("a.py", "print(x)"),
        ("a.rb", "binding.irb?"),
        ("a.rb", "model.fit(x)"),
        ("a.rb", "# byebug"),
        ("a.rs", "// dbg!(x)"),
        ("a.php", "$form->dd('x');"),
        ("a.php", "function dd($x) {}"),
        ("a.cs", "if (Debugger.IsAttached) Debugger.Break();"),
        ("a.c", "#define BREAK() __debugbreak()"),
        ("a.txt", "debugger;"),
        ("a.md", "breakpoint()"),
    ],
)
def test_left_alone(path, line):
    assert check(path, f"\n{line}\n") == ()


def test_only_added_lines_count():
    assert check("a.py", "breakpoint()\nx = 1\n", "breakpoint()\n") == ()


def test_a_comment_that_opened_before_the_hunk_is_seen():
    old = "/*\n" + "text\n" * 20 + "*/\n"
    assert check("a.js", old.replace("*/", "debugger;\n*/"), old) == ()


def test_one_line_is_one_finding():
    assert len(check("a.py", "import pdb; pdb.set_trace(); breakpoint()\n")) == 1


def test_levels():
    assert check("a.py", "breakpoint()\n", debug_leftovers="off") == ()
    (finding,) = check("a.py", "breakpoint()\n", debug_leftovers="error")
    assert finding.severity is Severity.ERROR
