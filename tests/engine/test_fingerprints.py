"""What makes two findings the same one, whatever happens to the code around them."""

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.findings import Severity, identify
from tests.engine.test_values import finding

NAMES = st.lists(
    st.sampled_from(["total", "average", "lowest", "highest", "median"]),
    min_size=1,
    max_size=4,
    unique=True,
)
# Of each function, which of its lines hold a bug; equal lines in one function are possible.
BUGS = st.lists(st.sampled_from(["x / len(y)", "open(path)", "eval(text)"]), min_size=1, max_size=3)


def findings_of(functions, *, path="a.py", start=1, indent="    "):
    """Return what is found in a file of these functions: each bug on a line of its own."""
    found, line = [], start
    for name, bugs in functions:
        line += 1
        for bug in bugs:
            found.append(
                finding(path=path, line=line, code=f"{indent}{bug}", symbol=f"Cart.{name}")
            )
            line += 1
    return found


def ids(found, origins=None):
    """Return the ids by symbol, code and number: what a person would call the finding."""
    named = identify(found, origins or {})
    order = sorted(named, key=lambda name: named[name].line)
    counts, names = {}, {}
    for name in order:
        one = named[name]
        key = (one.symbol, one.code.strip())
        counts[key] = counts.get(key, 0) + 1
        names[*key, counts[key]] = name
    assert len(set(names.values())) == len(found)
    return names


@given(st.data(), NAMES)
def test_a_finding_stays_the_same_through_what_people_do_to_a_file(data, names):
    functions = [(name, data.draw(BUGS)) for name in names]
    before = ids(findings_of(functions))
    moved = data.draw(st.permutations(functions))
    start = data.draw(st.integers(1, 500))
    indent = data.draw(st.sampled_from(["", "  ", "\t", "        "]))
    after = findings_of(moved, path="b/new.py", start=start, indent=indent)
    assert ids(after, {"b/new.py": "a.py"}) == before
    assert set(ids(after).values()).isdisjoint(before.values())  # of a file that is another one


@given(st.data(), NAMES)
def test_another_bug_in_the_same_function_is_another_finding(data, names):
    functions = [(name, data.draw(BUGS)) for name in names]
    before = ids(findings_of(functions))
    name, bugs = functions[0]
    after = ids(findings_of([(name, [*bugs, "del items"]), *functions[1:]]))
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1


@given(st.text(max_size=9), st.text(max_size=9), st.sampled_from(Severity))
def test_a_model_s_words_and_how_grave_it_is_make_no_difference(title, message, severity):
    one = finding(code="x = 1")
    other = one.model_copy(update={"title": title, "message": message, "severity": severity})
    assert identify([one]).keys() == identify([other]).keys()


def test_of_equal_findings_the_first_in_the_file_stays_the_first_when_it_gets_graver():
    one, two = finding(line=3), finding(line=9)
    graver = two.model_copy(update={"severity": Severity.ERROR})
    assert {name: row.line for name, row in identify([one, two]).items()} == {
        name: row.line for name, row in identify([one, graver]).items()
    }
