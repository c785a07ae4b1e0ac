"""What nobody means to commit: debuggers and focused tests, one row each, with where it is told.

A row's words are plain text of which one stands in each match: whatever has none is not parsed.
The first group of a pattern that matched is the statement's name. A row is here when it says
nothing on merged pull requests (`benchmarks/noise.md`): a debugger is never meant to be merged.
"""

import re
from functools import cached_property

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax.source_parts import SourcePart

JS = frozenset({"javascript", "typescript", "tsx", "vue", "svelte", "html"})
C_FAMILY = frozenset({"c", "cpp", "objective_c"})


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A statement that nobody means to commit, in files of these languages.

    `effect` is what it does, as the end of a sentence about it. `parts` are what the pattern sees
    of a line; the match begins in code where there is code among them. `unless` stands on the line
    or on one of the three above where it is meant. `source` is where the statement is documented.
    """

    languages: frozenset[str]
    words: tuple[str, ...]
    expression: str
    effect: str
    source: str
    parts: tuple[SourcePart, ...] = (SourcePart.CODE,)
    in_tests: bool = False
    unless: re.Pattern[str] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when a file holds one of the row's words: few rows are used."""
        return re.compile(self.expression)


_STOPS = "stops the program in a debugger"
_WAITS = "keeps the program waiting until a debugger is attached"
_SHELL = "opens an interactive shell and waits for someone to type"
_FOCUS = "runs this test alone and skips all the others"
_DUMPS = "dumps a value and ends the request"
_PRINTS = "prints a value and is meant only for debugging"
_OPENS = "opens a browser on the machine that runs the tests"

_CODE = (SourcePart.CODE,)
_STRINGS = (SourcePart.CODE, SourcePart.TEXT)


def _leftover(  # noqa: PLR0913 - one argument for each column of the table
    languages: frozenset[str] | str,
    words: str,
    pattern: str,
    effect: str,
    source: str,
    *,
    parts: tuple[SourcePart, ...] = _CODE,
    in_tests: bool = False,
    unless: str = "",
) -> Leftover:
    names = frozenset(languages.split()) if isinstance(languages, str) else languages
    return Leftover(
        languages=names,
        words=tuple(words.split("|")),
        expression=pattern,
        effect=effect,
        source=source,
        parts=parts,
        in_tests=in_tests,
        unless=re.compile(unless) if unless else None,
    )


_BEGIN = r"(?:^|[;{}])\s*"  # of a statement
_TITLE = r"""(["'`])[^"'`]*\2"""  # a string: what is in it is not seen
# What a focused test may begin with: `test`, `test.describe`, `it.concurrent` ...
_SUITE = (
    r"(?<![\w.$])(?:QUnit|(?:Deno\.|QUnit\.)?(?:describe|it|test|context|suite|specify|bench"
    r"|fixture|[sS]cenario|[fF]eature|module))(?:\.\w+){0,3}"
)
_CALLBACK = r"(?:async\b|function\b|\(\s*[\w\s,{}]*\)\s*=>|\w+\s*=>)"
_PDB = r"(?:(?:i|r|pu|web_|remote_)?pdb|pdbpp|pudb|wdb|madbg)"
_RUBY_END = r"\s*(?:$|[;}]|\b(?:if|unless|end)\b)"
_RUBY_BEGIN = r"(?:^|[;{|]|\b(?:do|then|else|and|or)\b|&&|\|\|)\s*"
_RUBY_EXAMPLE = r"(?:describe|context|it|specify|example|scenario|feature)"

_JASMINE = "https://jasmine.github.io/api/edge/global.html#fit"
_RUBOCOP = "https://docs.rubocop.org/rubocop/cops_lint.html#lintdebugger"
_RSPEC = "https://rspec.info/features/3-13/rspec-core/filtering/filter-run-when-matching/"
_PDB_DOCS = "https://docs.python.org/3/library/pdb.html"
_QUICK = "https://github.com/Quick/Quick"
_POWERSHELL = "https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/"
_DOTNET = "https://learn.microsoft.com/dotnet/api/system.diagnostics.debugger"

_JAVASCRIPT: tuple[Leftover, ...] = (
    _leftover(
        JS,
        "debugger",
        r"(?:^|[;{}):]|=>|\b(?:else|do))\s*(debugger)\s*(?:;|\}|$)",
        _STOPS,
        "https://developer.mozilla.org/docs/Web/JavaScript/Reference/Statements/debugger",
    ),
    _leftover(
        JS,
        ".only",
        rf"({_SUITE}\.only)\b(?:\.\w+)?(?:<[^<>()]{{0,80}}>)?\s*(?:`|\(\s*(?:[^.\s]|$))",
        _FOCUS,
        "https://mochajs.org/#exclusive-tests",
    ),
    _leftover(
        JS,
        ".only",
        r"(?<![\w.$])(t(?:ap)?(?:\.test)?\.only)\(\s*[\"'`]",
        _FOCUS,
        "https://node-tap.org/only/",
    ),
    _leftover(
        JS,
        "only:",
        r"(?<![\w.$])(?:Deno\.|t\.)?(?:it|test|describe|suite|specify|bench)\([^\n]{0,300}?"
        r"[{,]\s*(only:\s*true)\b",
        _FOCUS,
        "https://nodejs.org/api/test.html#only-tests",
    ),
    _leftover(  # an object of several lines, of a test or of ESLint's RuleTester
        JS,
        "only:",
        r"(?:^|[{,])\s*(only:\s*true)\s*(?:[,}]|$)",
        _FOCUS,
        "https://eslint.org/docs/latest/integrate/nodejs-api#ruletester",
        in_tests=True,
    ),
    _leftover(
        JS,
        ".pause()|.debug()",
        r"(?:^|[;{})]|=>|\bawait)\s*(page\.pause|cy\.(?:pause|debug)|browser\.debug"
        r"|cy\.[^;\n]{1,200}\.(?:pause|debug))\(\)",
        _STOPS,
        "https://playwright.dev/docs/api/class-page#page-pause",
    ),
    _leftover(
        JS,
        "t.debug()",
        r"\bawait\s+(t\.debug)\(\)",
        _STOPS,
        "https://testcafe.io/documentation/402688/reference/test-api/testcontroller/debug",
    ),
    # Other functions may have these names too, but only a test has a title and a body.
    _leftover(
        JS,
        "fdescribe(|fit(|fcontext(|ddescribe(|iit(",
        rf"{_BEGIN}(fdescribe|fit|fcontext|ddescribe|iit)\(\s*{_TITLE}\s*,",
        _FOCUS,
        _JASMINE,
    ),
    _leftover(  # a title in a variable, or on the next line
        JS,
        "fdescribe(|fit(|fcontext(",
        rf"{_BEGIN}(fdescribe|fit|fcontext)\(\s*(?:[\w.$]+\s*,\s*{_CALLBACK}|$)",
        _FOCUS,
        _JASMINE,
        in_tests=True,
    ),
    _leftover(
        "svelte",
        "@debug",
        r"(\{@debug\b[^}]*\})",
        _STOPS,
        "https://svelte.dev/docs/svelte/@debug",
        parts=(SourcePart.TEXT,),
    ),
)

_PYTHON: tuple[Leftover, ...] = (
    _leftover(
        "python",
        "breakpoint",
        r"(?:^|[;:])\s*(breakpoint\(\)|sys\.breakpointhook\(\))",
        _STOPS,
        "https://docs.python.org/3/library/functions.html#breakpoint",
    ),
    _leftover(
        "python",
        "pdb|pudb|wdb|madbg",
        rf"(?:^|[;:])\s*((?:from\s+|import\s+(?:\w+\s*,\s*){{0,9}}){_PDB})(?![\w])",
        _STOPS,
        _PDB_DOCS,
    ),
    _leftover(  # whoever brings it: pdb, ipdb, rdb of Celery, pytest, IPython
        "python",
        "set_trace",
        r"(?:^|[^\w.])((?!(?:self|cls|super)\b)[A-Za-z_]\w*(?:\.\w+){0,3}\.set_trace)\("
        r"|(?:^|[;:])\s*(set_trace\(\))"
        r"|\)\.(set_trace)\(",
        _STOPS,
        _PDB_DOCS,
    ),
    _leftover(
        "python",
        "debugpy.|ptvsd.|pydevd",
        r"\b(debugpy\.(?:breakpoint|wait_for_client)|ptvsd\.(?:wait_for_attach"
        r"|break_into_debugger)|pydevd(?:_pycharm)?\.settrace)\(",
        _WAITS,
        "https://github.com/microsoft/debugpy",
    ),
    _leftover(
        "python",
        "IPython|embed()",
        r"(?:^|[;:])\s*(from\s+IPython\s+import\s+(?:\w+\s*,\s*){0,9}embed(?:_kernel)?)\b"
        r"|\b(IPython\.embed(?:_kernel)?)\(|(?:^|[;:])\s*(embed\(\))\s*(?:;|$)",
        _SHELL,
        "https://ipython.readthedocs.io/en/stable/interactive/reference.html#embedding",
    ),
    _leftover(
        "python",
        "code.interact",
        r"(?<![\w.])(code\.interact)\([^\n]*\blocals\(\)",  # not a command that is a shell
        _SHELL,
        "https://docs.python.org/3/library/code.html#code.interact",
    ),
)

_RUBY: tuple[Leftover, ...] = (
    _leftover(
        "ruby",
        "binding.",
        r"\b(binding\.(?:pry|irb|break|remote_pry|pry_remote|console))\b(?![?!=])"
        rf"|{_RUBY_BEGIN}(binding\.b){_RUBY_END}",
        _STOPS,
        _RUBOCOP,
    ),
    _leftover(
        "ruby",
        "byebug|debugger|jard",
        rf"{_RUBY_BEGIN}((?:Kernel\.)?(?:remote_)?byebug|(?:Kernel\.)?debugger|jard){_RUBY_END}",
        _STOPS,
        _RUBOCOP,
    ),
    _leftover(
        "ruby",
        "debug/",
        r"\brequire\s*\(?[\"'](debug/(?:open|start)\w*)[\"']",
        _STOPS,
        _RUBOCOP,
        parts=_STRINGS,
    ),
    _leftover(
        "ruby",
        "save_and_open_",
        rf"{_RUBY_BEGIN}((?:page\.)?save_and_open_(?:page|screenshot))\b",
        _OPENS,
        _RUBOCOP,
    ),
    _leftover(
        "ruby",
        "fdescribe|fcontext|fit |fit(|fspecify|fexample|fscenario|ffeature",
        rf"^\s*(?:RSpec\.)?(f{_RUBY_EXAMPLE})[ (].*(?:\bdo\b|\{{)",
        _FOCUS,
        _RSPEC,
    ),
    _leftover(
        "ruby",
        "focus:",
        rf"^\s*(?:RSpec\.)?{_RUBY_EXAMPLE}[ (].*,\s?(focus: true)\b.*(?:\bdo\b|\{{)",
        _FOCUS,
        _RSPEC,
    ),
    _leftover(
        "ruby",
        ":focus",
        rf"^\s*(?:RSpec\.)?{_RUBY_EXAMPLE}[ (].*,\s?(:focus\b(?: => true)?).*(?:\bdo\b|\{{)",
        _FOCUS,
        _RSPEC,
    ),
    _leftover(
        "ruby",
        "focus",
        r"^\s*(focus)\s*(?:$|;)",
        _FOCUS,
        "https://github.com/minitest/minitest-focus",
        in_tests=True,
    ),
    _leftover(
        "erb",
        "binding.|byebug|debugger",
        r"<%-?=?\s*(binding\.(?:pry|irb|break|b|console)|byebug|debugger)\s*-?%>",
        _STOPS,
        _RUBOCOP,
    ),
    _leftover(
        "haml slim",
        "binding.|byebug|debugger",
        r"^\s*-\s*(binding\.(?:pry|irb|break|b|console)|byebug|debugger)\s*$",
        _STOPS,
        _RUBOCOP,
    ),
)

_PHP: tuple[Leftover, ...] = (
    _leftover(
        "php",
        "xdebug_break",
        r"\b(xdebug_break)\s*\(",
        _STOPS,
        "https://xdebug.org/docs/step_debug#xdebug_break",
    ),
    _leftover(
        "php",
        "dd(",
        rf"{_BEGIN}@?\\?(dd|ddd)\(",
        _DUMPS,
        "https://laravel.com/docs/helpers#method-dd",
    ),
    _leftover(
        "php",
        "dump(|ray(|dpm(|dsm(|kint(|ksm(|d(",
        rf"{_BEGIN}@?\\?(dump|ray|dpm|dsm|kint|ksm|!d)\(",
        _PRINTS,
        "https://symfony.com/doc/current/components/var_dumper.html",
    ),
    _leftover(
        "php",
        "Psy",
        r"\b(eval\(\s*\\?Psy\\sh|Psy\\(?:debug|sh))\(",
        _SHELL,
        "https://github.com/bobthecow/psysh",
    ),
    _leftover(
        "php",
        "->only",
        r"(->only)\(\s*\)",
        _FOCUS,
        "https://pestphp.com/docs/filtering-tests",
        in_tests=True,
    ),
    _leftover(
        "php",
        "fdescribe(|fit(|fcontext(",
        rf"{_BEGIN}(fdescribe|fit|fcontext)\(\s*{_TITLE}\s*,",
        _FOCUS,
        "https://kahlan.github.io/docs/dsl.html",
    ),
    _leftover(
        "blade",
        "@dd|@dump|@ray",
        r"(?:^|\s)(@(?:dd|dump|ray))\(",
        _DUMPS,
        "https://laravel.com/docs/blade",
    ),
    _leftover(
        "twig",
        "dump(",
        r"\{[{%]-?\s*(dump)\(",
        _PRINTS,
        "https://twig.symfony.com/doc/3.x/functions/dump.html",
    ),
    _leftover(
        "hbs",
        "debugger",
        r"(\{\{\s*debugger\s*\}\})",
        _STOPS,
        "https://guides.emberjs.com/release/configuring-ember/debugging/",
    ),
)

_NATIVE: tuple[Leftover, ...] = (
    _leftover(
        "go",
        "runtime.Breakpoint",
        r"\b(runtime\.Breakpoint)\(\)",
        _STOPS,
        "https://pkg.go.dev/runtime#Breakpoint",
    ),
    _leftover(
        "go",
        "FDescribe|FContext|FWhen(|FIt(|FSpecify|FEntry",
        r"(?:^|=|\s)(F(?:Describe(?:Table(?:Subtree)?)?|Context|When|It|Specify|Entry))"
        r"\(\s*[\"`].*,",
        _FOCUS,
        "https://onsi.github.io/ginkgo/#focused-specs",
    ),
    _leftover(
        "go",
        "Focus",
        r"\b(?:Describe(?:Table)?|Context|When|It|Specify|Entry)\(\s*[\"`].*[\"`],\s*(Focus)\s*,",
        _FOCUS,
        "https://onsi.github.io/ginkgo/#focused-specs",
    ),
    _leftover(
        "rust",
        "dbg!",
        r"(?<![\w$])(dbg!)\s*[(\[{]",
        _PRINTS,
        "https://doc.rust-lang.org/std/macro.dbg.html",
    ),
    _leftover(
        "rust",
        "::breakpoint(",
        r"\b((?:arch|intrinsics)::breakpoint)\(\)",
        _STOPS,
        "https://doc.rust-lang.org/std/arch/fn.breakpoint.html",
    ),
    _leftover(
        "swift",
        "fdescribe(|fcontext(|fit(",
        r"(?:^|\{)\s*(fdescribe|fcontext|fit)\(\s*\".*\{",
        _FOCUS,
        _QUICK,
    ),
    _leftover(
        C_FAMILY | {"swift", "rust"},
        "SIGTRAP",
        r"\b((?:raise|kill)\s*\([^;\n]{0,60}\bSIGTRAP\s*\))",
        _STOPS,
        "https://man7.org/linux/man-pages/man7/signal.7.html",
    ),
    _leftover(
        C_FAMILY,
        "debugbreak|debugtrap|DebugBreak|breakpoint",
        r"(?:^|[;{})\s])(__debugbreak\s*\(\s*\)|__builtin_debugtrap\s*\(\s*\)"
        r"|DebugBreak\s*\(\s*\)|std::breakpoint\s*\(\s*\))\s*;",
        _STOPS,
        "https://clang.llvm.org/docs/LanguageExtensions.html#builtin-debugtrap",
        unless=r"IsDebuggerPresent",
    ),
    _leftover(
        C_FAMILY,
        "asm",
        r"\b(?:__)?asm(?:__)?\b[^\"\n]{0,40}\"\s*(int3|int\s+\$?(?:0x)?3)\b",
        _STOPS,
        "https://www.felixcloutier.com/x86/intn:into:int3:int1",
        parts=_STRINGS,
    ),
    _leftover(
        "c_sharp fsharp visual_basic",
        "Debugger.",
        r"\b(Debugger\.(?:Break|Launch))\s*\(\s*\)",
        _STOPS,
        _DOTNET,
        unless=r"\bIsAttached\b|#\s*(?:If|if)\b.*\bDEBUG\b",
    ),
    _leftover(
        "java kotlin groovy scala",
        "waitForDebugger",
        r"\b(Debug\.waitForDebugger)\(\)",
        _WAITS,
        "https://developer.android.com/reference/android/os/Debug#waitForDebugger()",
    ),
    _leftover(
        "groovy java kotlin",
        "@IgnoreRest",
        r"^\s*(@IgnoreRest)\b",
        _FOCUS,
        "https://spockframework.org/spock/docs/2.3/extensions.html",
    ),
    _leftover(
        "kotlin",
        '"f:',
        r"(?:^\s*|[{(]\s*)(?:(?:context|describe|test|it|should|expect|given|`when`|then|feature"
        r"|scenario)\(\s*)?(\"f:)[^\"\n]*\"(?:[^{}\n]{0,200})\{",
        _FOCUS,
        "https://kotest.io/docs/framework/conditional/conditional-tests-with-focus-and-bang.html",
        parts=_STRINGS,
    ),
    _leftover(
        "kotlin",
        "fdescribe(|fcontext(|fit(|ftest(",
        r"(?:^|\{)\s*(fdescribe|fcontext|fit|ftest)\(\s*\".*\{",
        _FOCUS,
        "https://kotest.io/docs/framework/conditional/conditional-tests-with-focus-and-bang.html",
    ),
    _leftover(
        "scala",
        ".only",
        r"(\"\s*\.only)\s*\)",
        _FOCUS,
        "https://scalameta.org/munit/docs/filtering.html",
    ),
)

_FURTHER_LANGUAGES: tuple[Leftover, ...] = (
    _leftover("elixir eex", "IEx.pry", r"\b(IEx\.pry)\b", _STOPS, "https://hexdocs.pm/iex/IEx.html#pry/0"),
    _leftover(
        "elixir",
        "dbg(",
        r"(?<!def )(?<!defp )(?<!defmacro )(?<![\w.:@])(dbg)\(",
        _PRINTS,
        "https://hexdocs.pm/elixir/Kernel.html#dbg/2",
    ),
    _leftover(
        "lua",
        "debug|lldebugger|mobdebug",
        r"\b(debug\.debug)\(\)|\brequire\s*\(?\s*[\"']((?:mobdebug|lldebugger|debugger))[\"']\s*\)?"
        r"\s*(?:\(\)|[.:]start\(\))|\b((?:mobdebug|lldebugger)\.start)\(",
        _STOPS,
        "https://www.lua.org/manual/5.4/manual.html#pdf-debug.debug",
        parts=_STRINGS,
    ),
    _leftover("perl", "DB::single", r"(\$DB::single)\s*=\s*1", _STOPS, "https://perldoc.perl.org/perldebug"),
    _leftover(
        "r",
        "browser(|debugonce(",
        r"(?:^|[;{)])\s*(browser\(\)|debugonce\()",
        _STOPS,
        "https://stat.ethz.ch/R-manual/R-devel/library/base/html/browser.html",
    ),
    _leftover(
        "julia",
        "@infiltrate|@bp|@enter",
        r"(?<![\w@])((?:Infiltrator\.|Debugger\.|Main\.)?@(?:infiltrate|bp|enter))\b(?!\s*=)",
        _STOPS,
        "https://github.com/JuliaDebug/Infiltrator.jl",
    ),
    _leftover(
        "dart",
        "debugger(",
        r"(?:^|[;{})])\s*((?:developer\.|dev\.)?debugger)\((?:\)|when:|message:)",
        _STOPS,
        "https://api.dart.dev/dart-developer/debugger.html",
    ),
    _leftover(
        "dart",
        "solo",
        r"(?:^|[,(])\s*(solo:\s*true)\b|^\s*(solo_(?:test|group))\(",
        _FOCUS,
        "https://pub.dev/packages/test",
        in_tests=True,
    ),
    _leftover(
        "powershell",
        "ait-Debugger|ait-debugger|EnterNestedPrompt",
        r"(?:^|[;{|])\s*([Ww]ait-[Dd]ebugger|\$[Hh]ost\.EnterNestedPrompt\(\))",
        _STOPS,
        f"{_POWERSHELL}wait-debugger",
    ),
    _leftover(
        "haskell",
        "fit |fdescribe |fcontext ",
        r"^\s*(fit|fdescribe|fcontext) +\".*\$",
        _FOCUS,
        "https://hspec.github.io/focused-items.html",
        in_tests=True,
    ),
    _leftover("clojure", "#dbg|#break", r"(?:^|[\s(\[])(#(?:dbg|break))\b", _STOPS, "https://docs.cider.mx/cider/debugging/debugger.html"),
    _leftover("gdscript", "breakpoint", r"^\s*(breakpoint)\s*$", _STOPS, "https://docs.godotengine.org/en/stable/tutorials/scripting/gdscript/gdscript_basics.html"),
    _leftover(
        "bash",
        "bats:focus",
        r"#\s*bats\s+(?:test|file)_tags=.*\b(bats:focus)\b",
        _FOCUS,
        "https://bats-core.readthedocs.io/en/stable/writing-tests.html#tagging-tests",
        parts=(SourcePart.COMMENT,),
    ),
)  # fmt: skip

LEFTOVERS: tuple[Leftover, ...] = (
    *_JAVASCRIPT,
    *_PYTHON,
    *_RUBY,
    *_PHP,
    *_NATIVE,
    *_FURTHER_LANGUAGES,
)
