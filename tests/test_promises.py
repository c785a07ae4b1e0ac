"""The security pages promise nothing that no test shows: each of their sentences is quoted by one.

A test quotes a sentence with `@pytest.mark.promise("…")`, in the sentence's own words without its
Markdown. Who changes a sentence has to look at its test, and who deletes a test at its sentence.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "SECURITY.md", ROOT / "docs" / "security.md")
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def sentences(text: str) -> list[str]:
    """Return a page's sentences, in words alone: no headings, tables, code, links or marks."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^[#|].*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    text = re.sub(r"[*`]", "", text)
    blocks = re.split(r"\n\s*\n|\n(?=- )", text)
    flat = [" ".join(block.split()).removeprefix("- ") for block in blocks]
    return [
        sentence
        for block in flat
        for sentence in re.split(r"(?<=[.:?])\s+(?=[A-Z])", block)
        if sentence
    ]


def quotes(path: Path) -> list[str]:
    """Return the sentences that the tests of one file quote."""
    text = path.read_text()
    if ".promise(" not in text:  # most files: to parse them all takes seconds
        return []
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "promise"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


@pytest.fixture(scope="module")
def quoted():
    return Counter(quote for path in TESTS for quote in quotes(path))


@pytest.mark.promise(
    "Every sentence on this page is quoted by the test that shows it (tests/test_promises.py)."
)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_sentence_of_a_security_page_is_quoted_by_a_test(quoted, page):
    unproven = [sentence for sentence in sentences(page.read_text()) if sentence not in quoted]
    assert not unproven


def test_every_quoted_sentence_stands_on_a_security_page(quoted):
    written = {sentence for page in PAGES for sentence in sentences(page.read_text())}
    assert not set(quoted) - written


def test_a_page_is_taken_apart_into_its_sentences():
    page = """# Heading. With a dot.

One sentence, with [a link](https://example.org). Another
goes on: `code` too.

- A point: it has two parts.
- **Bold** point.

| a table | of facts. Not of sentences. |

```yaml
on: nothing. Here.
```
"""
    assert sentences(page) == [
        "One sentence, with a link.",
        "Another goes on: code too.",
        "A point: it has two parts.",
        "Bold point.",
    ]


@pytest.mark.promise("Please use private vulnerability reporting on this repository, not an issue.")
def test_the_page_says_where_to_report():
    assert "/report-privately)" in PAGES[0].read_text()


@pytest.mark.promise("Each links to the test that shows it, and another test holds that it does.")
def test_each_promise_of_the_first_page_links_to_a_test_that_quotes_it():
    promises = re.findall(r"^- (?:.|\n  )+", PAGES[0].read_text(), re.MULTILINE)
    assert len(promises) == 6
    for promise in promises:
        (sentence,) = sentences(promise)
        (target,) = re.findall(r"\]\(([^)]+)\)", promise)
        assert sentence in quotes(ROOT / target)
