"""What was dismissed on other pull requests, and what is like it."""

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.dismissed_families import DismissedFamily, families_of, without_families
from codeflow_action.engine.findings import Category, DropStage, Evidence, identify
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.engine.verdict import Decision
from codeflow_action.run.conclude import bare_report
from tests.engine.test_values import finding, ledger

CODE = "if total:\n    return total / count"


def remark(**fields):
    settled = {"path": "shop/cart.py", "code": CODE, "symbol": "average", "evidence": "quoted"}
    return finding(**{**settled, **fields})


def dismissed(number=7, **fields):
    entries = tuple(
        Entry.of(name, one)
        .closed(EntryState.DISMISSED)
        .model_copy(update={"login": "ada", "reason": "Never empty."})
        for name, one in identify([remark(**fields)]).items()
    )
    return families_of(ledger(entries=entries), number)


def dropped(twin, families, **fields):
    open_finding = ReportedFinding(id="1" * 16, finding=twin, **{"blocking": False, **fields})
    decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
    report = bare_report(decision, name="codeflow").model_copy(update={"findings": (open_finding,)})
    quiet = without_families(report, families)
    assert len(quiet.findings) + len(quiet.dropped) == 1
    return quiet.dropped


def test_the_like_of_what_was_dismissed_is_dropped_with_the_reason():
    (gone,) = dropped(remark(path="shop/other.py", line=90), dismissed())
    assert gone.stage is DropStage.DISMISSED
    assert gone.reason == "its like was dismissed on #7 by ada: Never empty."


def test_indentation_words_and_lines_make_no_difference():
    twin = remark(code=f"        {CODE}".replace("\n", "\n        "), title="Other words", line=3)
    assert dropped(twin, dismissed())


def test_other_code_another_kind_another_symbol_or_another_folder_is_another_family():
    for other in (
        {"code": "if total:\n    return 1"},
        {"category": Category.SECURITY},
        {"symbol": "other"},
        {"path": "shop/deep/cart.py"},
        {"path": "cart.py"},
    ):
        assert dropped(remark(**other), dismissed()) == ()


def test_a_gates_family_is_its_rule():
    gate = {"evidence": Evidence.DETERMINISTIC, "rule": "debug_leftovers/breakpoint"}
    assert dropped(remark(**gate), dismissed(**gate))
    assert dropped(remark(**{**gate, "rule": "secrets/aws"}), dismissed(**gate)) == ()
    assert dropped(remark(), dismissed(**gate)) == ()


def test_what_blocks_or_was_shown_here_stays():
    """Whoever copies code that was dismissed once gets no gate green by it."""
    assert dropped(remark(), dismissed(), blocking=True) == ()
    assert dropped(remark(), dismissed(), known=True) == ()


def test_code_that_is_not_known_has_no_like():
    """A masked secret looks like every other one."""
    assert dismissed(code="") == ()
    assert dismissed(code='key = "[redacted]"') == ()


def test_only_what_was_dismissed_has_a_family():
    entries = tuple(Entry.of(name, one) for name, one in identify([remark()]).items())
    assert families_of(ledger(entries=entries), 7) == ()


@given(st.lists(st.sampled_from(["a", "  a", "b", "", "\tb  b"]), max_size=5))
def test_a_finding_is_of_its_own_family_or_of_none(lines):
    twin = remark(code="\n".join(lines))
    families = dismissed(code="\n".join(lines))
    assert all(isinstance(family, DismissedFamily) and family.holds(twin) for family in families)
