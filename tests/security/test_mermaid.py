"""A stranger's diagram is written anew from a small subset, or is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.security import untrusted
from codeflow_action.security.mermaid import rewrite
from tests.github_reader import faults

FLOW = """flowchart LR
    cart[Shopping cart] --> total(Total)
    total -.->|rounds, then adds| end{"Is it paid?"}
    total --- cart
"""
FLOW = FLOW.replace("?", "")
SEQUENCE = """sequenceDiagram
    participant A as the web shop
    actor end
    A->>end: pay(12.50)
    end-->>A: the end
"""


def test_a_flowchart_is_written_anew():
    assert rewrite(FLOW).split("\n") == [
        "flowchart LR",
        '    n1["Shopping cart"]',
        '    n2("Total")',
        '    n3{"Is it paid"}',
        "    n1 --> n2",
        '    n2 -.->|"rounds, then adds"| n3',
        "    n2 --- n1",
    ]


def test_a_sequence_is_written_anew_without_words_that_end_a_block():
    assert rewrite(SEQUENCE).split("\n") == [
        "sequenceDiagram",
        "    participant n1 as the web shop",
        "    participant n2 as (end)",
        "    n1->>n2: pay(12.50)",
        "    n2-->>n1: the (end)",
    ]


def test_what_was_written_anew_reads_the_same_again():
    for text in (FLOW, SEQUENCE):
        assert rewrite(rewrite(text)) == rewrite(text)
        assert faults(untrusted.diagram_block(text)) == []


@pytest.mark.parametrize(
    "line",
    [
        'click cart href "https://evil.example"',
        "click cart call alert()",
        "style cart fill:#f00",
        "classDef x fill:#f00",
        "%%{init: {'theme': 'dark'}}%%",
        "%% a comment",
        "subgraph one",
        "cart[<img src=x onerror=alert(1)>] --> total",
        "cart[`code`] --> total",
        "cart[#quot;] --> total",
        "cart[see https://evil.example] --> total",
        "cart[//evil.example] --> total",
        "cart[www.evil.example] --> total",
        "cart[@mona] --> total",
        'cart["a" onclick] --> total',
        "cart@{ shape: rect }",
        "cart:::hot --> total",
        "cart[[a]] --> total",
        "cart --> total --> cart",
        "cart --> total & cart",
        "cart[] --> total",
        "cart[...] --> total",
        "cart[" + "a" * 61 + "] --> total",
        "1cart --> total",
        "cart x--x total",
        "A->>B: no message here",
        "---",
        "/merge",
        "```",
    ],
)
def test_a_line_outside_the_subset_leaves_no_diagram(line):
    assert rewrite(FLOW) != ""
    assert rewrite(f"{FLOW}{line}\n") == ""
    assert untrusted.diagram_block(f"{FLOW}{line}\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flowchart LR",
        "flowchart LR\nlone[A node]",
        "sequenceDiagram\nparticipant A",
        "pie\n",
        "gantt\ntitle A",
        f"A comes first\n{FLOW}",
        "sequenceDiagram\nA->>B: a; b",
        "sequenceDiagram\nA->>B: a\nNote over A: b",
        "sequenceDiagram\nlink A: x @ https://evil.example\nA->>B: a",
        "flowchart LR\n" + "a --> b\n" * 41,
        "flowchart LR\n" + "".join(f"a{i} --> b{i}\n" for i in range(16)),
        "flowchart LR\n" + "a --> b\n" * 5_000,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_is_no_small_diagram_is_not_drawn(text):
    assert rewrite(text) == ""


PIECES = st.sampled_from(
    [*"ab[](){}|\"'`;:@#%&<>-.=\n ", "-->", "->>", "-->>", "flowchart LR\n", "sequenceDiagram\n",
     "participant ", " as ", "click ", "end", "www.", "//", "\u202e", "\u200b", "é", "%%{init}%%"]
)  # fmt: skip
LINES = st.sampled_from(["a[b] --> c", "a->>b: c", "a -->|b| c", "participant a as b", "a(b)"])
DIAGRAMS = st.builds(
    lambda head, lines: "\n".join((head, *lines)),
    st.sampled_from(["flowchart LR", "graph TD", "sequenceDiagram"]),
    st.lists(
        LINES
        | st.builds(
            lambda line, junk: line.replace("b", junk), LINES, PIECES | st.text(max_size=6)
        ),
        max_size=6,
    ),
)


@pytest.mark.promise("Of a model's diagram nothing is drawn but nodes, edges, messages and words.")
@given(DIAGRAMS | st.lists(PIECES).map("".join))
def test_a_diagram_does_nothing_but_show_words(text):
    block = untrusted.diagram_block(text)
    assert faults(block) == []


@given(st.text() | st.lists(PIECES).map("".join))
def test_the_title_of_a_fold_is_words(text):
    assert (
        faults(f"<details><summary>{untrusted.fold_title(text)}</summary>\n\nx\n\n</details>") == []
    )
