"""Code, comments and text are told apart by grammars; nothing swallows the rest of a file."""

# ruff: noqa: E501, Q003 - a snippet is read best on its line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.syntax.grammars import MAX_BYTES
from codeflow_action.review.syntax.source_parts import (
    SourcePart,
    SourceParts,
    find_marks,
    read_parts,
)
from codeflow_action.review.worker import UnreadableText
from tests.properties import examples

# In each: `code` stands in code, `text` in a string or the like, `note` in a comment.
SOURCES = [
    ("a.js", "const code = /[\"'`]/g; code(`text ${code('text')} text`); // note\n/* note\nnote */"),
    ("a.js", "const code = /<!--text/g;\ncode();\n<p>text don't</p>;\ncode();\n"),
    ("a.js", "code(`text ${code.map((code) => `text ${code} text`)}\ntext`);\ncode()"),
    ("a.jsx", 'const code = (\n <p a="text" b={code}>\n  text\n  {code /* note */}\n </p>\n);'),
    ("a.tsx", "const code = <b>\n text it's\n</b>;\nexport function code() { code; }"),
    ("a.ts", 'type code = `text${code}`;\ncode("text // text");\nenum code { text, }'),
    ("a.go", "package code\n\nvar code = `C:\\`\n\nfunc code() {\n\tcode('\"', `text\n// text`) // note\n}"),
    ("a.py", "code = f\"text {code('text')} {code!r:>10} text\"  # note\n'''text\ntext'''\ncode()"),
    ("a.py", "code = f\"{'''\ntext\n'''}\"\ncode = r'text\\d'; code = b'text'"),
    ("a.rb", "code = <<~TEXT\n  text #{code} text\nTEXT\ncode /text'/, %w[text], :code, 'text' # note"),
    ("a.rb", "=begin\nnote\n=end\ncode(<<~A, <<~B)\n  text\nA\n  text\nB\ncode\n__END__\ntext\n"),
    ("a.rs", "fn code<'a>(code: &'a str) { code(r#\"text \" text\"#, '\"'); } // note\n/* note /* note */ note */ fn code() {}"),
    ("a.sh", "code 'text' \"text $(code 'text') text\" # note\ncat <<EOF\ntext $(code)\nEOF\ncode ${x#text}"),
    ("a.php", "text it's\n<?php code('text', \"text\"); // note\n$code = <<<A\ntext 'text\nA;\n$code = <<<'B'\ntext\nB;\ncode(); # note\n?>\ntext"),
    ("a.c", "char code = '\"'; code(\"text // text\"); /* note */\n#define CODE text() \\\n  text() /* note */\n#define CODE 1 // note\ncode();"),
    ("a.cpp", 'auto code = R"(text " text)"; code(); // note'),
    ("a.m", '@implementation code\n- (void)code { code(@"text"); } // note\n@end'),
    ("A.cs", "class code { string code = @\"text\\\"; string code = $\"text {code(\"text\")} text\"; /* note */ string code = \"\"\"\n  text \" text\n  \"\"\"; char code = '\"'; }"),
    ("A.java", "class code { String code = \"\"\"\n text \" text\n \"\"\"; char code = '\"'; /** note */ void code() {} } // note"),
    ("a.kt", 'val code = "text ${code("text")} text"\nval code = """text " text"""\n/* note /* note */ note */ val code = 1'),
    ("a.swift", 'let code = "text \\(code("text")) text"\nlet code = #"text " text"#\nlet code = """\n text\n """\n/* note /* note */ note */ let code = 1'),
    ("a.scala", 'val code = s"text ${code("text")} text"\nval code = """text " text"""\n/* note /* note */ note */ val code = 1'),
    ("a.ex", "code = ~s(text #{code} text)\n@doc \"\"\"\ntext \"text\n\"\"\"\ncode(\"text\", 'text') # note"),
    ("a.lua", "local code = [[text\n-- text]] -- note\n--[[ note\nnote ]] code('text')"),
    ("a.tf", 'code = "text ${code} # text" # note\ncode = <<A\ntext\nA\n/* note */'),
    ("a.vue", '<template><p :a="text">it\'s text</p></template>\n<!-- note -->\n<script setup lang="ts">\ncode("text" as code); // note\n</script>\n<style>\na { text: text /* note\nnote */ }\n</style>'),
    ("a.svelte", "<script>\ncode(`text`)\n</script>\n<p>text {text}</p><script type=\"application/json\">{text}</script>"),
    ("a.html", "<p>text</p><SCRIPT>code('text')</SCRIPT><script src=x></script>text<!-- note"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), SOURCES)
def test_code_text_and_comments(path, text):
    parts = read_parts(path, text.encode())
    assert isinstance(parts, SourceParts)
    for number in range(1, text.count("\n") + 2):
        line = parts.line(number)
        assert line.text == text.split("\n")[number - 1]
        views = {word: line.only(part) for word, part in zip(WORDS, SourcePart, strict=True)}
        for word, view in views.items():
            assert view.count(word) == line.text.count(word), (number, view)


WORDS = ("code", "text", "note")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "const a = `x\ncode();"),
        ("a.js", "const a = 'x\ncode();"),
        ("a.js", "/* x\ncode();"),
        ("a.ts", "f(a, ;\ncode();\nclass {\ncode();"),
        ("a.tsx", "const a = <p>\n{code}\n"),
        ("a.py", 'x = """a\ncode()'),
        ("a.py", "x = 'a\ncode()"),
        ("a.go", "package a\nvar a = `x\nfunc code() {}"),
        ("a.rb", "x = 'a\ncode\n"),
        ("a.rb", "x = <<~A\n a\ncode\n"),
        ("a.rs", 'let a = "x\n code!(x);'),
        ("a.php", "<?php\n$x = 'a;\ncode($x);"),
        ("a.c", 'char *a = "x\ncode();'),
        ("A.cs", 'var a = @"x\ncode();'),
        ("A.java", 'String a = "x\ncode();'),
        ("a.kt", 'val a = "x\ncode()'),
        ("a.swift", 'let a = "x\ncode()'),
        ("a.scala", 'val a = "x\ncode()'),
        ("a.ex", 'a = "x\ncode()'),
        ("a.lua", "a = 'x\ncode()"),
        ("a.sh", "a='x\ncode"),
    ],
)
def test_a_string_that_is_not_closed_swallows_nothing(path, text):
    parts = read_parts(path, text.encode())
    lines = range(1, text.count("\n") + 2)
    assert any("code" in parts.line(number).only(SourcePart.CODE) for number in lines)


def test_signs_of_several_bytes_keep_their_columns():
    parts = read_parts("a.js", 'f("é", code); // ü note\n'.encode())
    assert parts.line(1).only(SourcePart.CODE) == 'f(" ", code);          '
    assert parts.line(1).only(SourcePart.COMMENT).endswith("// ü note")
    assert parts.line(2).text == parts.line(3).text == ""


def test_bytes_that_are_no_text_are_read_all_the_same():
    parts = read_parts("a.py", b"x = '\xff' # \xfe note\ncode()")
    assert parts.line(1).only(SourcePart.CODE) == "x = ' '         "
    assert parts.line(2).only(SourcePart.CODE) == "code()"


@pytest.mark.parametrize("path", ["a.css", "a.yml", "Dockerfile", "a.md", "a"])
def test_nobody_can_say_without_a_grammar(path):
    assert read_parts(path, b"code") is None


@pytest.mark.parametrize("path", ["a.js", "a.vue"])
def test_what_is_too_large_is_said(path):
    assert isinstance(read_parts(path, b" " * (MAX_BYTES + 1)), UnreadableText)


@pytest.mark.parametrize("piece", [b"<script", b"<!--", b"<script>", b"<style>/*", b"<script x='"])
def test_markup_that_is_not_closed_takes_linear_time(piece):
    content = piece * (400_000 // len(piece))
    assert not isinstance(read_parts("a.html", content), UnreadableText)


@examples(60)
@given(
    content=st.text(alphabet="ab\"'`#/*\\\n<!-> ={}$(r@é", max_size=80).map(str.encode),
    path=st.sampled_from(["a.js", "a.py", "a.rb", "a.rs", "a.php", "a.go", "a.c", "a.vue", "a.sh"]),
)
def test_every_byte_has_a_part(content, path):
    marks = find_marks(content, path)
    assert len(marks) == len(content)
    assert set(marks) <= set(SourcePart)
