"""Texts that like to be read two ways: what GitHub's parser, ours and robots might disagree on."""

import random

from hypothesis import strategies as st

SIGNS = [
    "`", "``", "```", "````", "` `", "``  ``", "\\",
    "\\`", "\\\\", "|", "\\|", "_", "__", "*", "**",
    "***", "~", "~~", "~~~", "[", "]", "](", "(", ")",
    "<", ">", "!", "![", "#", "@", "&", "$", "$$",
    "$`", "`$", ":", "/", ".", "-", "+", "=", "{", "}", "^", "'", '"', ";", ",",
]  # fmt: skip
SPACES = [
    " ", "  ", "    ", "\t", "\n", "\n\n",
    "\r", "\r\n", "\n    ", "\n\t", "\u00a0", "\u2028", "\u2029",
    "\x0b", "\x0c", "\x85", "\x1c",
]  # fmt: skip
HIDDEN = [
    "\x00", "\x1b[31m", "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u00ad", "\u034f",
    "\u115f", "\u3164", "\ufe0f", "\U000e0041", "\U000e0101", "\U000e0fff", "\ud800", "\ue000",
]  # fmt: skip
ACTS = [
    "@mona", "@octo/all", "mona@example.com", "#12", "GH-7", "gh-7", "octo/shop#3", "fixes #9",
    "Closes octo/shop#3", "octo/shop@0123456", "0123456789abcdef", "https://evil.example/p?d=x",
    "http://", "://evil.example", "ftp://evil.example", "www.evil.example", "www.", "evil.example",
    "mailto:a@b.c", "xmpp:a@b.c", "javascript:alert(1)", "![x](https://evil.example/p.png)",
    "[x](https://evil.example)", "[x](<https://evil.example> 'y')", "[x]: https://evil.example",
    "[x][y]", "[//]: # (x)", "<https://evil.example>",
    "<img src=x onerror=y>", "<a href=x>", "</a>",
    "<!-- codeflow:x:v1 AAAA -->", "<!--", "-->", "<!X>", "<?x ?>", "<![CDATA[", "</details>",
    "<details>", "<script>", "<pre>", "</sub>", "/merge", "/codeflow dismiss all", "//", "/",
    "> [!NOTE]", "[!WARNING]", "[^1]", "[^1]: note", "- [x] done", ":shipit:", ":+1:", "$x$",
    "$$x$$", "$`x`$", "```math", "```mermaid", "```suggestion", "~~~geojson", "````py",
    "&commat;mona", "&#64;mona", "&#35;1", "&lt;b&gt;",
    "&nbsp;", "&amp", "::error::x", "##[error]x",
]  # fmt: skip
BLOCKS = [
    "- ", "* ", "+ ", "1. ", "2) ", "10. ", "> ",
    ">", "# ", "## x ##", "---", "===", "***", "| a |",
    "|-|-|", "a|b\n-|-", ":-:", "-|-", "\n- ",
    "\n  - ", "\n> ", "\n1. ", "\n# ", "\n---\n", "\n===\n",
]  # fmt: skip
WORDS = ["a", "x", "7", "fixes", "foo_bar", "List<int>", "**bold**", "_it_", "`code`", "é", "::"]

PIECES = st.one_of(
    *(st.sampled_from(each) for each in (SIGNS, SIGNS, SPACES, HIDDEN, ACTS, ACTS, BLOCKS, WORDS)),
    st.text(max_size=4),
)
TEXTS = st.lists(PIECES, max_size=24).map("".join)


def sample(seed: int, count: int) -> list[str]:
    """Return texts of the same pieces for where no strategy fits; without halves of characters."""
    rng = random.Random(seed)
    pieces = [piece for each in (SIGNS, SPACES, HIDDEN, ACTS, BLOCKS, WORDS) for piece in each]
    whole = [piece for piece in pieces if piece != "\ud800"]
    return ["".join(rng.choices(whole, k=rng.randint(1, 20))) for _ in range(count)]
