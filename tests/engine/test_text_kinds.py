"""What a text is, whatever its name says."""

import time

import pytest

from codeflow_action.engine.text_kinds import (
    ContentKind,
    has_marks,
    is_broken_on_purpose,
    is_template_path,
    kind_at_start,
    without_marks,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n",
            ContentKind.POINTER,
        ),
        ("version https://hawser.github.com/spec/v1\n", ContentKind.POINTER),
        ("/annex/objects/SHA256E-s1--ab.json\n", ContentKind.POINTER),
        ("../shared/config.json", ContentKind.POINTER),  # a link on a disk without links
        ("$ANSIBLE_VAULT;1.2;AES256;prod\n6162\n", ContentKind.CIPHER_TEXT),
        ("\ufeff\n$ANSIBLE_VAULT;1.1;AES256\n", ContentKind.CIPHER_TEXT),
        ("\0GITCRYPT\0\x01", ContentKind.CIPHER_TEXT),
        ("-----BEGIN AGE ENCRYPTED FILE-----\n", ContentKind.CIPHER_TEXT),
        ("-----BEGIN PGP MESSAGE-----\n", ContentKind.CIPHER_TEXT),
        ("age-encryption.org/v1\n", ContentKind.CIPHER_TEXT),
        ("U2FsdGVkX1/abc=\n", ContentKind.CIPHER_TEXT),
        ("#!/usr/bin/env ruby\nputs 1\n", ContentKind.SCRIPT),
        ("#!/usr/bin/env python3\nprint(1)\n", None),
        ('{"version": "https://git-lfs.github.com/spec/v1"}', None),
        ('{"data": "ENC[AES256_GCM,data:ab]", "sops": {}}', None),  # it is JSON still
        ("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n", None),
        ("../a.json\n../b.json\n", None),
    ],
)
def test_the_beginning_tells_what_is_no_file_yet(text, kind):
    assert kind_at_start(text) is kind


@pytest.mark.parametrize("mark", ["${x}", "#{x}", "@X@", "__X__", "{{ x }}", "%X%", "<x>", "((x))"])
@pytest.mark.parametrize(
    ("language", "text"),
    [("json", '{{"a": {}}}'), ("jsonc", '{{"a": {}, // b\n}}'), ("toml", "a = {}\n")],
)
def test_a_mark_outside_of_quotes_makes_a_template_of_data(language, text, mark):
    assert has_marks(text.format(mark), language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("json", '{"a": "${x} #{x} @X@ __X__ {{ x }} {% x %} <% x %> %X%"'),
        ("json", '{"a": "say \\"${x}\\""'),
        ("json", '{"a": True, "b": None, "c": TRUE}'),
        # A quote is missing, so that what was inside of it seems to be outside.
        ("json", '{"a": mona@example.com (at home)",\n"b": 1}'),
        ("jsonc", '{"a": 1, // ${x}\n/* {{ x }} */ "b"'),
        ("toml", "a = '${x}' # {{ x }}\nb = '''\n${x}\n'''\nc =\n"),
        ("toml", "__version__ = \n"),
        ("toml", "[[a]]\nb = [[1]]\nc =\n"),
        ("yaml", "run: echo ${X} {{.ID}} %X% # {{ x }}\n b: ${{ x }}\n"),
        ("xml", "<a>{{ x }} ${x}</a><!-- {% if x %} -->"),
        ("php", "<?php\n"),
    ],
)
def test_a_mark_in_quotes_and_comments_is_text(language, text):
    assert not has_marks(text, language)


def test_marks_are_filled_and_expressions_of_github_are_left():
    assert without_marks("a: @X@, ${y}, {{ z }}, ${{ w }}") == "a: x, x, x, ${{ w }}"


@pytest.mark.parametrize(
    ("path", "is_template", "is_broken"),
    [
        ("{{cookiecutter.slug}}/pyproject.toml", True, False),
        ("charts/shop/templates/web.yaml", True, False),
        ("skeleton/package.json", True, False),
        ("deploy/app.tpl.json", True, False),
        ("src/templating.py", False, False),
        ("src/badges.json", False, False),
        ("src/errors.json", False, False),
        ("data/malformed.json", False, True),
        ("crates/parser/resources/err/0001.py", False, True),
        ("tests/data/syntax_error.py", False, True),
        ("tests/data/fails.json", False, True),
        ("src/fails.json", False, False),
    ],
)
def test_a_path_says_what_is_a_template_or_broken_on_purpose(path, is_template, is_broken):
    assert (is_template_path(path), is_broken_on_purpose(path)) == (is_template, is_broken)


@pytest.mark.parametrize(
    "piece",
    [
        *("[", "{", "{{", "${", "#{", "<%", "@a", "%a", "__a", "__a_", "\n", "\n ", " ", "$$"),
        *(",A_", "= ", "'", '"', '"\\', "/*", "//", '"""', "#", "<!--", "<![CDATA[", "{%", "- "),
        *("__a__\n", "[a\n", "{{ ", "A", "<a", "[%", "((", "|a", "~a", "...", "#a"),
    ],
)
def test_looking_for_marks_takes_time_in_proportion(piece):
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    for language in ("json", "jsonc", "toml", "yaml", "python", "xml", "go"):
        has_marks(text, language)
    without_marks(text)
    assert time.process_time() - started < 5
