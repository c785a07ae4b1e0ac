"""Each row of the table finds what it is for, and leaves alone what looks like it."""

import asyncio

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.config.layers import read_layer
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.findings import Evidence, Severity
from tests.actions.gating import check, only, task_of
from tests.review.changes import changed

ALONE = only("debug_leftovers")


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
        ("a.test.ts", 'Deno.test.only("x", () => {', "Deno.test.only"),
        ("a.bench.ts", "bench.only('x', () => {", "bench.only"),
        ("a.spec.ts", "  await page.pause();", "page.pause"),
        ("a.cy.js", "cy.pause()", "cy.pause"),
        ("a.vue", "debugger", "debugger"),
        ("a.py", "    breakpoint()", "breakpoint()"),
        ("a.py", "import pdb; pdb.set_trace()", "import pdb"),
        ("a.py", "from ipdb import set_trace", "from ipdb"),
        ("a.py", "if x: ipdb.set_trace()", "ipdb.set_trace"),
        ("a.py", "__import__('pdb').set_trace()", "set_trace"),
        ("a.py", "import web_pdb; web_pdb.set_trace()", "import web_pdb"),
        ("a.py", "    debugpy.breakpoint()", "debugpy.breakpoint"),
        ("a.rb", "byebug if order.nil?", "byebug"),
        ("a_spec.rb", "  it 'adds', focus: true do", "focus: true"),
        ("a_spec.rb", "  context 'x', :focus do", ":focus"),
        ("a_test.go", '\tFIt("adds", func() {', "FIt"),
        ("a_test.go", 'var _ = FDescribe("cart", func() {', "FDescribe"),
        ("CartSpec.swift", '  fit("adds") {', "fit"),
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
    (finding,) = check(path, f"\n{line}\n", **ALONE)
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
        ("a.js", "video.page.pause()"),
        ("a.js", "player.pause()"),
        ("a.rb", "render 'form', focus: true"),
        ("a.rb", "text_field :name, focus: true do"),
        ("a.go", "FContext(ctx)"),
        ("a.go", 'x.FIt("a", b)'),
        ("a.swift", "label.fit(size) {"),
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
    assert check(path, f"\n{line}\n", **ALONE) == ()


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


def own(*patterns):
    return only("debug_leftovers", patterns=list(patterns))


def test_a_project_may_add_patterns_for_some_paths():
    options = own({"pattern": r"\bTODO\b", "paths": ["src/**"], "message": "Open an issue."})
    (finding,) = check("src/a.txt", "x\n# TODO later\n", **options)
    assert (finding.line, finding.message) == (2, "Open an issue.")
    assert finding.title == r"Debug leftover: \bTODO\b"
    assert check("a.txt", "# TODO later\n", **options) == ()
    (finding,) = check("a.js", "'console.log'\n", **own({"pattern": "console[.]log"}))
    assert finding.message == "The line matches `console[.]log`, which this project rules out."


def test_a_pattern_takes_linear_time():
    """Python's own expressions would take longer than the sun will shine."""
    line = "x" * 50_000
    assert check("a.txt", f"{line}\n", **own({"pattern": "(x+x+)+y"})) == ()
    assert check("a.txt", f"{line}y\n", **own({"pattern": "(x+x+)+y"}))


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", r"(a)\1", ""])
def test_a_bad_pattern_is_an_error_of_the_configuration_with_its_place(pattern):
    text = f"""pipeline:
  - quality_gates:
      debug_leftovers:
        patterns:
          - pattern: '{pattern}'
"""
    _, (problem,) = read_layer("x.yml", text, load_plugins())
    assert problem.place.line == 5
    assert "debug_leftovers.patterns.0.pattern" in problem.message


def test_long_lines_that_were_not_looked_at_are_said_once():
    long = f"debugger; {'x' * 3_000}\n"
    files = tuple(
        changed("", long * 2, path)
        for path in ("a.js", "b.js", "c.json", "a.min.js", "vendor/a.js")
    )
    task = task_of(files, {file.path: (long * 2).encode() for file in files})
    done = asyncio.run(QualityGates.model_validate(ALONE).run(task))
    assert done.findings == ()
    (note,) = done.notes
    assert "4 added lines longer than 2,000 characters in a.js and 1 more file" in note
