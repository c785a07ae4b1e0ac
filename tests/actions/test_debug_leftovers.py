"""Each row of the table finds what it is for, and leaves alone what looks like it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.debug_leftovers import DebugLeftovers
from codeflow_action.actions.quality_gates.gate import FileChange, GateSubject
from codeflow_action.actions.quality_gates.leftover_table import LEFTOVERS
from codeflow_action.actions.quality_gates.suppressions import Suppressions
from codeflow_action.config.layers import read_layer
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.findings import Evidence, Severity
from tests.actions.gating import check, only, task_of
from tests.properties import examples
from tests.review.changes import changed

ALONE = only("debug_leftovers")
# Without these all of the file is text.
FIRST_LINES = {
    "a.html": "<script>",
    "a.php": "<?php",
    "a.vue": "<script>",
    "tests/a.php": "<?php",
}


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
        ("a.js", "case 1: debugger; break;", "debugger"),
        ("a.svelte", "<script>let a</script>{@debug user}", "{@debug user}"),
        ("a.html", "debugger;", "debugger"),
        ("a.test.js", 't.only("b", async (t) => {', "t.only"),
        ("a.test.js", "QUnit.only('b', (assert) => {", "QUnit.only"),
        ("a.test.ts", "fixture.only`Cart`;", "fixture.only"),
        ("a.test.ts", "test.only<Cart>('b', () => {", "test.only"),
        ("a.test.mjs", 'test("c", { only: true }, () => {', "only: true"),
        ("a.test.ts", 'Deno.test({ name: "c", only: true, fn() {} });', "only: true"),
        ("tests/rule.js", "      only: true,", "only: true"),
        ("a.spec.js", "fit(title, async () => {", "fit"),
        ("a.spec.js", "ddescribe('x', () => {", "ddescribe"),
        ("a.cy.js", "cy.get('a').click().pause()", "cy.get(' ').click().pause"),
        ("a.e2e.ts", "  await t.debug();", "t.debug"),
        ("a.e2e.ts", "  await browser.debug()", "browser.debug"),
        ("a.py", "import os, pdb", "import os, pdb"),
        ("a.py", "rdb.set_trace()", "rdb.set_trace"),
        ("a.py", "    pytest.set_trace()", "pytest.set_trace"),
        ("a.py", "set_trace()", "set_trace()"),
        ("a.py", "from IPython import start, embed; embed()", "from IPython import start, embed"),
        ("a.py", "    IPython.embed()", "IPython.embed"),
        ("a.py", "code.interact(local=locals())", "code.interact"),
        ("a.py", "debugpy.wait_for_client()", "debugpy.wait_for_client"),
        ("a.py", "pydevd_pycharm.settrace('h', port=1)", "pydevd_pycharm.settrace"),
        ("a.rb", "  binding.b", "binding.b"),
        ("a.rb", "x = 1; debugger if x", "debugger"),
        ("a.rb", "rows.each { |row| binding.irb }", "binding.irb"),
        ("a.rb", "require 'debug/open'", "debug/open"),
        ("a_spec.rb", "    save_and_open_page", "save_and_open_page"),
        ("test/a_test.rb", "  focus", "focus"),
        ("app/a.html.erb", "<p>it's</p><% binding.pry %>", "binding.pry"),
        ("app/a.haml", "  - byebug", "byebug"),
        ("a.php", "dump($user);", "dump"),
        ("a.php", "if ($x) { ray($this)->die(); }", "ray"),
        ("a.php", "\\dd($user);", "dd"),
        ("tests/a.php", "it('adds', function () {})->only();", "->only"),
        ("a.blade.php", "  @dd($user)", "@dd"),
        ("a.twig", "{{ dump(user) }}", "dump"),
        ("a.hbs", "<p>it's {{debugger}}</p>", "{{debugger}}"),
        ("a_test.go", '\tIt("adds", Focus, func() {', "Focus"),
        ("a.rs", "    std::arch::breakpoint();", "arch::breakpoint"),
        ("a.rs", "unsafe { libc::raise(libc::SIGTRAP) };", "raise(libc::SIGTRAP)"),
        ("a.c", "  kill(getpid(), SIGTRAP);", "kill(getpid(), SIGTRAP)"),
        ("a.cpp", "void g() { DebugBreak(); }", "DebugBreak()"),
        ("a.cpp", "if (x) __builtin_debugtrap();", "__builtin_debugtrap()"),
        ("a.c", 'void f() { __asm__ volatile("int $3"); }', "int $3"),
        ("a.m", "  raise(SIGTRAP);", "raise(SIGTRAP)"),
        ("a.fs", "    Debugger.Launch() |> ignore", "Debugger.Launch"),
        ("A.kt", "  Debug.waitForDebugger()", "Debug.waitForDebugger"),
        ("ASpec.groovy", "  @IgnoreRest", "@IgnoreRest"),
        ("A.kt", '    "f:adds" { 1 shouldBe 1 }', "f:"),
        ("A.kt", '    test("f:adds") { }', "f:"),
        ("A.kt", '    ftest("adds") { }', "ftest"),
        ("A.scala", '  test("adds".only) {', ".only"),
        ("ASpec.swift", 'class func spec() { fit("adds") { x() } }', "fit"),
        ("a.ex", "x |> Enum.map(& &1) |> dbg()", "dbg"),
        ("a.heex", "<% require IEx; IEx.pry %>", "IEx.pry"),
        ("a.lua", 'require("mobdebug").start()', "mobdebug"),
        ("a.lua", "debug.debug()", "debug.debug"),
        ("R/a.R", "  browser()", "browser()"),
        ("a.jl", "f(x) = (@infiltrate; x)", "@infiltrate"),
        ("a.dart", "void f() { debugger(); }", "debugger"),
        ("test/a_test.dart", "  }, solo: true);", "solo: true"),
        ("a.ps1", "function f { Wait-Debugger; return 1 }", "Wait-Debugger"),
        ("a.clj", "(defn f [x] #dbg (inc x))", "#dbg"),
        ("test/ASpec.hs", '  fit "adds" $ do', "fit"),
        ("player.gd", "\tbreakpoint", "breakpoint"),
        ("a.bats", "# bats test_tags=bats:focus", "bats:focus"),
    ],
)
def test_found(path, line, shown):
    (finding,) = check(path, f"{FIRST_LINES.get(path, '')}\n{line}\n", **ALONE)
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
        ("a.js", "const r = /;debugger;/;"),
        ("a.jsx", "const a = <pre>\n  debugger;\n</pre>;"),
        ("a.ts", "enum Mode {\n  debugger\n}"),
        ("a.ts", "const s = `\ndebugger;\n${f()} debugger;\n`;"),
        ("a.vue", "</script><template>\ndebugger;\n</template>"),
        ("a.html", "</script><p>debugger;</p>"),
        ("a.js", "const o = pick.only(x); Joi.only(); t.only(x)"),
        ("a.js", "const options = { only: true };"),
        ("src/a.js", "fit(points, (point) => point.x)"),
        ("a.py", "x = f'{'''\nimport pdb\n'''}'"),
        ("a.py", "self.set_trace()"),
        ("a.py", "embed(text)"),
        ("a.py", "vectors = model.embed()"),
        ("a.py", "from .pdb import read"),
        ("a.py", "promo.code.interact(x)"),
        ("a.rb", "x = <<~TEXT\n  binding.pry\nTEXT"),
        ("a.rb", "binding.bar"),
        ("a.rb", "debugger = nil"),
        ("a.rb", "focus"),
        ("a.php", "$collector->dump($x); $x = dump_all($y);"),
        ("a.php", "public function dump($x) {}"),
        ("tests/a.php", "$request->only(['name']);"),
        ("a.go", "x := `\nruntime.Breakpoint()\n`"),
        ("a.rs", 'let s = r#"dbg!(x)"#;'),
        ("a.cs", "if (Debugger.IsAttached)\n{\n    Debugger.Break();\n}"),
        ("a.cs", 'var s = @"\nDebugger.Break();";'),
        ("a.c", "#define BREAK() \\\n  __debugbreak();"),
        ("a.c", "#ifdef SIGTRAP"),
        ("a.c", 'f("asm \\"int3\\"");'),
        ("A.kt", 'val x = "f:adds"'),
        ("A.scala", 'query("a").only(x)'),
        ("a.ex", "def dbg(x), do: x"),
        ("a.ex", '@doc """\ndbg(x)\n"""'),
        ("R/a.R", "open_browser()"),
        ("R/a.R", "# browser()"),
        ("a.dart", "final x = debuggerOf(1);"),
        ("a.dart", "  String debugger() => 'x';"),
        ("a.ps1", "# Wait-Debugger"),
        ("a.blade.php", "  {{-- @dd($user) --}}"),
        ("a.twig", "{# {{ dump(user) }} #}"),
        ("a.hbs", "{{!-- {{debugger}} --}}"),
        ("a.erb", "<%# binding.pry %>"),
        ("a.test.ts", "test.only = function (...args) { it.only(...args); };"),
        ("vendor/a.js", "debugger;"),
        ("a.txt", "debugger;"),
        ("a.md", "breakpoint()"),
    ],
)
def test_left_alone(path, line):
    assert check(path, f"{FIRST_LINES.get(path, '')}\n{line}\n", **ALONE) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.go", "package a\n\nvar root = `C:\\`\n\nfunc f() {\n\truntime.Breakpoint()\n}\n"),
        ("a.js", "const C = /<!--/g;\nfunction f() {\n  debugger;\n}\n"),
        ("a.js", "const q = /[\"'`]/g;\ndebugger;\n"),
        ("a.jsx", "const a = <p>Don't {`x`}</p>;\ndebugger;\n"),
        ("a.js", "const a = `x\ndebugger;\n"),  # half written
        ("a.ts", "function f(a: ) {\n  if (a {\n  debugger;\n"),
        ("a.py", "x = '''\nbreakpoint()\ny = (\n"),
        ("a.rs", "fn f<'a>() { let q = '\"';\n dbg!(q);\n}\n"),
        ("a.sh", "echo 'it'\\''s' # bats test_tags=bats:focus\n"),
    ],
)
def test_what_looks_like_a_string_swallows_no_debugger(path, text):
    assert len(check(path, text, **ALONE)) == 1


def test_without_the_head_the_added_lines_are_read_alone():
    file = changed("", "x = '''\nbreakpoint()\n'''\nbreakpoint()\n", "a.py")
    done = asyncio.run(QualityGates.model_validate(ALONE).run(task_of((file,), {})))
    assert [finding.line for finding in done.findings] == [4]


def test_a_file_that_nobody_can_read_is_named():
    file = changed("", "debugger;\n", "a.js")
    task = task_of((file,), {"a.js": b"debugger;\n" + b"(\n" * 600_000})
    done = asyncio.run(QualityGates.model_validate(ALONE).run(task))
    assert done.findings == ()
    assert done.notes == ("debug_leftovers did not check a.js: it is larger than 1,000,000 bytes",)


def test_a_file_without_a_word_of_the_table_is_not_parsed():
    change = FileChange(file=changed("", "const x = 1;\n", "a.js"), head=b"const x = 1;\n")
    subject = GateSubject(changes=(change,), head=None, merge_base=None, scanners=None)
    DebugLeftovers().look(subject)
    Suppressions().look(subject)
    assert "parts" not in vars(change)


def test_lines_may_end_as_windows_writes_them():
    text = "f(`\r\ndebugger\r\n`);\r\nif (x) {\r\n  debugger\r\n}\r\n"
    assert [finding.line for finding in check("a.js", text, **ALONE)] == [5]


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


@pytest.mark.parametrize("row", LEFTOVERS, ids=lambda row: row.words[0])
@examples(10)
@given(data=st.data())
def test_each_match_holds_one_of_the_plain_words(row, data):
    text = data.draw(st.from_regex(row.pattern))
    match = row.pattern.search(text)
    assert any(word in match[0] for word in row.words)
    assert any(match.groups())
