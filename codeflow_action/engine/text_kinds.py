"""What a text is, whatever its name says: asked before anybody calls a file broken.

A pointer, a cipher text or a template bears the name of the file that comes of it, and is none
yet. The first line tells of most; a template is known by its marks, where the language of its name
has no use for them.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from codeflow_action.engine.files import is_example, is_fixture, is_test
from codeflow_action.engine.lazy import regex


class ContentKind(StrEnum):
    """What a text is instead of what its name says; each value continues the words "it is"."""

    POINTER = "a pointer to a file that is kept elsewhere"
    CIPHER_TEXT = "encrypted"
    TEMPLATE = "a template"
    SCRIPT = "a script in another language"


# What the first line begins with. Values that are encrypted one by one (SOPS, sealed secrets,
# eyaml, `!vault`) are no kind of their own: the file around them is what its name says.
_BEGINNING = 200  # characters
_BEGINNINGS: Mapping[ContentKind, tuple[str, ...]] = {
    ContentKind.POINTER: (
        # https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md, and its names before 1.0
        "version https://git-lfs.github.com/spec/",
        "version https://hawser.github.com/spec/",
        "version http://git-media.io/",
        # https://git-annex.branchable.com/internals/pointer_file/
        "/annex/objects/",
    ),
    ContentKind.CIPHER_TEXT: (
        # https://docs.ansible.com/ansible/latest/vault_guide/vault_encrypting_content.html
        "$ANSIBLE_VAULT;",
        "\0GITCRYPT\0",  # https://github.com/AGWA/git-crypt
        "\x01GITCRYPT",
        "age-encryption.org/",  # https://age-encryption.org/v1
        # Of age, PGP, S/MIME and keys: https://www.rfc-editor.org/rfc/rfc7468
        "-----BEGIN ",
        # "Salted__", as openssl and transcrypt write it
        "U2FsdGVkX1",
        "Salted__",
    ),
}
# A symbolic link, where it was checked out without any: its text is its target's path.
_LINK = regex(r"\.{1,2}/[\w./@+-]+\s*\Z")
_OTHER_SCRIPT = regex(  # a name such as `x.py` may be that of what the script starts
    r"#!.*\b(?:ruby|perl|node|deno|bun|php|(?:ba|z|da|k|fi)?sh|lua|Rscript|tclsh|osascript)\b"
)

# What stands for a value, with who puts the value there.
_VALUE_MARK = (
    r"\$\{\{?[^{}\n]{0,400}\}?\}"  # shells, Terraform, Maven, string.Template
    r"|\$\([^()\n]{1,200}\)|\$\$?[A-Za-z_]\w*\$?"  # MSBuild; envsubst, StringTemplate
    r"|#\{[^{}\n]{0,400}\}"  # Octopus, Ruby
    r"|@\{?[A-Za-z_][\w.:-]*\}?@"  # CMake, autoconf, Meson
    r"|\{\{\{?[^{}\n]{0,400}\}\}\}?"  # Jinja, Go, Mustache, Cookiecutter
    r"|<%[^%\n]{0,400}%>"  # ERB, EJS
    r"|\[%[^%\n]{0,400}%\]"  # Template Toolkit
    r"|\(\([^()\n]{1,200}\)\)"  # Concourse, Cloud Foundry
    r"|%%?[A-Za-z_][\w.]*%%?|%\([\w.]+\)[sdfr]"  # Windows, Symfony; Python
    r"|__[A-Za-z](?:[\w.-]{0,200}[A-Za-z0-9])?__"  # Azure's pipelines
)
_FILLED = regex(_VALUE_MARK)
# What decides or repeats: with it, the text is a program that writes the file.
_DIRECTIVE = regex(
    r"\{%[-+ ]|\{%\w|\{\#|%\{-?\s*\w|<%|<\?(?:php\b|=)|\[%|\#\{/?(?:if|each|unless)\b|\#\{else\}"
    r"|</?#\w|<@\w|^[ \t]*#(?:set|if|foreach|else|end|macro|parse|include)\b\s*\(?|<</?(?:if|range)"
    r"|=(?:\{\{|\$\{|@\w+@)|<\{\{"  # an attribute without quotes, a tag's name
    r"|\{\{[-~]?\s*(?:[#/^>!]|if\b|else\b|end\b|range\b|with\b|include\b|template\b|define\b|block\b)",
    re.MULTILINE,
)
# In YAML a mark can only stand where a value or a line begins: in plain scalars it is text. What
# begins with `${` is one too.
_YAML_MARK = regex(
    r"(?:^|[:\-\[{,][ \t])[ \t]*(?:\{\{|\{%|<%|\[%|%\{|<\?(?:php|=)|@\w[\w.-]*@|%[\w.]+%)"
    r"|^[ \t]*(?:\{\{|\{%|<%|\[%|%\{)",
    re.MULTILINE,
)
# IPython's commands are no Python either: https://ipython.readthedocs.io/en/stable/interactive/magics.html
_PYTHON_MARK = regex(
    r"^[ \t]*(?:%{1,2}[a-z]\w*|![a-z.]|<%|\{%|\{\{|\[%|\?\w)|<%=|\$\{\w", re.MULTILINE
)
_CODE_MARK = regex(
    r"\{%[-+]?\s?\w[^\n]{0,400}%\}|<%[^\n]{0,400}%>|\$\{\{"
    r"|^[ \t]*\{\{[-#/^]?\s?\w[^{}\n]*\}\}[ \t]*$|^[ \t]*#(?:end|foreach)\b",
    re.MULTILINE,
)
# Outside of quotes and comments, JSON and TOML have no use for any of this. A word of capitals is
# what `sed` puts something for, and dots are what an author left out; Python's `None` and a shouted
# `TRUE` are faults.
_DATA_MARK = regex(
    rf"{_VALUE_MARK}|<<?[A-Za-z][\w .:-]*>>?|[$@`(]|\.\.\.|…|\#\w+\#|\|\w+\||~\w+~"
    rf"|[:=][ \t]*\{{[A-Za-z_]\w*\}}|\{{\{{|\{{%|<%|\[%|%\{{|\#\{{|<\?php"
    r"|(?:[:=,\[]|^)[ \t]*+[A-Z][A-Z0-9]*_[A-Z0-9_]*+\b(?![ \t]*[=.:])",
    re.MULTILINE,
)
# A key may begin and end with two underscores, as names of Python do.
_KEY_OF_UNDERSCORES = regex(r"^[ \t]*__\w+__(?=[ \t]*[=.])|^[ \t]*\[[^\]\n]*\]", re.MULTILINE)

# Strings and comments, and what nobody closes before its line ends: on such a line a quote is
# missing, and what seems to be outside of one is not.
_STRING = r"(?P<open{0}>{1}(?:[^{1}\\\n]++|\\.)*+(?!{1}))|{1}(?:[^{1}\\\n]++|\\.)*+{1}"
_SLASH_COMMENT = r"//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)"
_STRINGS: Mapping[str, re.Pattern[str]] = {
    "json": regex(_STRING.format(1, '"')),
    "jsonc": regex(f"{_STRING.format(1, '"')}|{_SLASH_COMMENT}"),
    "toml": regex(
        r'"""(?s:.*?)(?:"""|\Z)|' + r"\'\'\'(?s:.*?)(?:\'\'\'|\Z)|"
        rf"{_STRING.format(1, '"')}|(?P<open2>'[^'\n]*+(?!'))|'[^'\n]*+'|\#(?!\{{)[^\n]*+"
    ),
    "xml": regex(r"<!--(?s:.*?)(?:-->|\Z)|<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z)"),
}
_OPEN = "\0"
_OPEN_LINE = regex(rf"^[^\n{_OPEN}]*+{_OPEN}[^\n]*+", re.MULTILINE)

# Folders and names in which generators keep what they fill in.
_TEMPLATE_PATH = regex(
    r"\{\{|\$\{|<%|\[\[|(?:^|/)(?:_?templates?|skeletons?|stubs?|archetypes?|archetype-resources"
    r"|generators?|blueprints?|scaffolds?|cookiecutter[\w-]*|boilerplates?)(?:/|$)"
    r"|[._-](?:template|tpl|tmpl|stub|skel|j2|jinja2?|erb|ejs|hbs|mustache|in)\.\w+$|(?:^|/)__\w+__[./]"
    r"|\.(?:template|tpl|tmpl)s?/",
    re.IGNORECASE,
)
# What people call what is meant to be broken, wherever it stands; and in tests alone.
_BROKEN_PATH = regex(
    r"(?<![a-z])(?:bad|illegal|unclosed|unterminated|not[_-]?valid|garbage|fuzz\w*|crashers?)(?![a-z])"
    r"|(?<![a-z])in[_-]?valid|broken|corrupt|malformed|truncat|(?:syntax|parse)[_-]?err"
    r"|(?:^|/)(?:errs?|errors|fail|failing|negative|rejected|xfail)/",
    re.IGNORECASE,
)
_BROKEN_IN_TESTS = regex(
    r"(?<![a-z])(?:errs?|errors?|fails?|failing|failed|failures?|incomplete|syntax|negative|reject"
    r"|xfail|unfinished|wrong|crash\w*|recover\w*)(?![a-z])",
    re.IGNORECASE,
)


def kind_at_start(text: str) -> ContentKind | None:
    """Return what a text's beginning shows it to be, None for what its name may well say."""
    # A byte order mark and blank lines before it are what an editor may have put there.
    beginning = text[:_BEGINNING].lstrip("\ufeff \t\r\n")
    if _OTHER_SCRIPT.match(beginning):
        return ContentKind.SCRIPT
    if len(text) < _BEGINNING and _LINK.match(beginning):
        return ContentKind.POINTER
    return next(
        (kind for kind, starts in _BEGINNINGS.items() if beginning.startswith(starts)), None
    )


def has_marks(text: str, language: str) -> bool:
    """True for marks of a template where the language, as `files.language` names it, has none.

    Where such a text does not parse, it was not meant to. In YAML, XML and Python this is no
    proof: a block of text may hold such lines.
    """
    if language == "yaml":
        return _YAML_MARK.search(text) is not None
    if language == "python":
        return _PYTHON_MARK.search(text) is not None
    bare = text
    if language in _STRINGS:
        bare = _STRINGS[language].sub(lambda match: _OPEN if match.lastgroup else "", text)
        bare = _OPEN_LINE.sub("", bare)
    if language in ("json", "jsonc", "toml"):
        if language == "toml":
            bare = _KEY_OF_UNDERSCORES.sub("", bare)
        return _DATA_MARK.search(bare) is not None
    return (_DIRECTIVE if language == "xml" else _CODE_MARK).search(bare) is not None


def without_marks(text: str) -> str:
    """Return the text with a word in the place of each value that a template leaves open.

    GitHub's expressions (`${{ }}`) are no marks: who reads the file sees them.
    """
    return _FILLED.sub(lambda mark: mark[0] if mark[0].startswith("${{") else "x", text)


def is_template_path(path: str) -> bool:
    """True where a path speaks of a template for a file, or is one itself."""
    return _TEMPLATE_PATH.search(path) is not None


def is_broken_on_purpose(path: str) -> bool:
    """True for what tests need to be broken: files that say so by their path."""
    if _BROKEN_PATH.search(path):
        return True
    is_material = is_test(path) or is_fixture(path) or is_example(path)
    return is_material and _BROKEN_IN_TESTS.search(path) is not None
