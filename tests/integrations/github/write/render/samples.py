"""Runs as readers meet them, and the texts that are posted for each.

`python -m tests.integrations.github.write.render.samples` writes the texts anew beside this file,
into `golden/`; `make pictures` draws them.
"""

from collections.abc import Callable
from pathlib import Path

from codeflow_action.engine.citation import Citation
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.findings import (
    Category,
    Evidence,
    Finding,
    Severity,
    Suggestion,
    identify,
)
from codeflow_action.engine.ledger import Coverage, Entry, EntryState, Ledger
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.proposals import (
    ActionProposal,
    Appeal,
    Cell,
    CellKind,
    Section,
    Synopsis,
    Table,
)
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.verdict import GateRules, judge
from codeflow_action.integrations.github.write.render.comment import sticky
from codeflow_action.integrations.github.write.render.inline_comment import review_comment
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.summary import summary
from tests.integrations.github.write.render.action_samples import action_samples, platforms

GOLDEN = Path(__file__).with_name("golden")
MARK = "<!-- codeflow:codeflow:v1 -->"
HEAD = "7a3c9e51b2d84f60a1c7e93b5d2f8406ce19ab37"
DOCS = "https://github.com/octo/codeflow/blob/v1.4.0/docs/actions"
GATES = (
    *("secrets", "conflict_markers", "debug_leftovers", "dependencies", "workflow_risk", "size"),
    "suppressions",
)
CITATION = Citation(
    text="Never divide by a length.", path="docs/my rules/AGENTS.md", line=12, sha="e" * 40
)
LINKS = Links(
    server_url="https://github.com",
    repository="octo/shop",
    run_url="https://github.com/octo/shop/actions/runs/4711",
    rule_pages={
        **{gate: f"{DOCS}/quality_gates/{gate}.md" for gate in GATES},
        "pr_reviewer": f"{DOCS}/pr_reviewer.md",
    },
)
MODEL = "anthropic:claude-sonnet-4-5"


def gate(rule, path, line, title, message, advice="", severity=Severity.ERROR, code=""):
    """Return what a gate has found."""
    return Finding(
        severity=severity,
        category=Category.SECURITY,
        path=path,
        line=line,
        title=title,
        message=f"{message} {advice}".strip(),
        advice=advice,
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=rule,
        code=code or f"{path}:{line}",
    )


def remark(path, line, title, message, evidence=Evidence.VERIFIED, **fields):
    """Return what a model has found."""
    return Finding(
        **{
            "severity": Severity.WARNING,
            "category": Category.CORRECTNESS,
            "path": path,
            "line": line,
            "title": title,
            "message": message,
            "evidence": evidence,
            "sources": ("pr_reviewer",),
            "rule": "pr_reviewer/correctness",
            "code": f"{path}:{line}",
            **fields,
        }
    )


SECRET = gate(
    "secrets/aws-access-token",
    "shop/storage.py",
    6,
    "Secret committed: AWS access token",
    "This looks like a real AWS access token (AKIA…, 20 characters), and anyone who can read the "
    "repository can use it.",
    "Revoke it first. Then remove it from the history too: deleting the line leaves it readable "
    "there.",
)
CONFLICT = gate(
    "conflict_markers",
    "services/checkout/src/main/java/com/example/shop/checkout/PaymentServiceConfiguration.java",
    31,
    "Unresolved merge conflict",
    "Conflict markers were committed, so this file holds two versions of the same lines.",
    "Resolve the conflict and remove the markers.",
)
LEFTOVERS = tuple(
    gate(
        "debug_leftovers",
        f"web/src/components/{name}.test.ts",
        line,
        "Debug leftover: it.only",
        "`it.only` runs this test alone and skips all the others.",
        "Remove it before merging.",
        Severity.WARNING,
    )
    for name, line in (("cart", 12), ("checkout", 40), ("login", 7))
)
EMPTY_CART = remark(
    "shop/cart.py",
    19,
    "Division by zero for an empty cart",
    "`average_price` divides by `len(self.items)`. A cart without items raises "
    "`ZeroDivisionError`, and `views.show_cart` calls it for every visitor.",
    suggestion=Suggestion(
        start_line=19,
        end_line=19,
        replacement="    return self.total / len(self.items) if self.items else 0",
    ),
)
REMARKS = (
    EMPTY_CART,
    remark(
        "shop/orders.py",
        88,
        "The order is saved before the payment is confirmed",
        "If `charge` raises, the order stays in the database as paid.",
        Evidence.PROVEN,
        severity=Severity.ERROR,
        category=Category.DATA_LOSS,
    ),
    remark(
        "shop/api/serializers.py",
        140,
        "`price` is sent as a float; clients of v1 expect a string",
        "Every consumer of `/v1/items` parses it with `Decimal(str)`.",
        Evidence.QUOTED,
        category=Category.COMPATIBILITY,
    ),
)
TYPO = gate(
    "dependencies/look_alike",
    "requirements.txt",
    2,
    "reqeusts looks like requests",
    "reqeusts is new here. It is not a popular PyPI package, but requests is.",
    "Check the name. If it is right, list it under `allow`.",
    Severity.WARNING,
)
TITLE_IN_SCRIPT = gate(
    "workflow_risk/template-injection",
    ".github/workflows/greet.yml",
    8,
    "A stranger's text becomes code",
    "`github.event.pull_request.title` is put into this script before it runs.",
    "Pass it in through `env:` and use the variable, in quotes.",
    Severity.WARNING,
)
AVERAGE = EMPTY_CART.model_copy(
    update={"line": 3, "code": "        return self.total / len(self.items)"}
)
UNUSED = gate(
    "eslint/no-unused-vars",
    "web/src/cart.ts",
    14,
    "'rounded' is assigned a value but never used",
    "'rounded' is assigned a value but never used. Reported by ESLint 9.12.0.",
    severity=Severity.WARNING,
)
UNUSED_IMPORT = gate(
    "ruff/F401",
    "shop/orders.py",
    3,
    "`os` imported but unused",
    "`os` imported but unused. Reported by Ruff 0.14.6.",
    "Remove the import.",
    severity=Severity.NOTICE,
)
TEN = (SECRET, CONFLICT, *REMARKS, TITLE_IN_SCRIPT, TYPO, *LEFTOVERS)
# Files of the change with their added lines: code, 412 in 14 files; tests, 120; the rest, 10.
CODE = {
    CONFLICT.path: 60,
    CONFLICT.path.replace("Configuration", ""): 40,
    "shop/api/routes.py": 10,
    "shop/api/serializers.py": 28,
    "shop/cart.py": 38,
    "shop/models.py": 30,
    "shop/orders.py": 90,
    "shop/payments.py": 46,
    "shop/storage.py": 12,
    "shop/views.py": 24,
    "web/src/cart.ts": 14,
    "web/src/checkout.ts": 10,
    "web/src/currency.ts": 4,
    "web/src/login.ts": 6,
}
TESTS = {
    "web/src/components/cart.test.ts": 40,
    "web/src/components/checkout.test.ts": 60,
    "web/src/components/login.test.ts": 20,
}
OTHERS = {".github/workflows/greet.yml": 8, "requirements.txt": 2}
CHANGE = CODE | TESTS | OTHERS
DEPENDENCY_NOTE = "Dependencies: adds reqeusts 2.32.3 (PyPI)"
NOTES = (DEPENDENCY_NOTE, "14 code files, +412 -96 lines; tests: +120 -4")
WALK = Section(
    title="Walkthrough: 19 files in 3 groups",
    is_folded=True,
    table=Table(
        heading=("what", "where", "lines"),
        rows=(
            (
                Cell(text="the average price, and who shows it"),
                Cell(text="shop/cart.py", kind=CellKind.PATH),
                Cell(text="+38 -4"),
            ),
            (
                Cell(text="payment is confirmed after the order is saved"),
                Cell(
                    text="services/checkout/src/main/java/com/example/shop/checkout/"
                    "PaymentServiceConfiguration.java",
                    kind=CellKind.PATH,
                ),
                Cell(text="+60 -51"),
            ),
        ),
    ),
)
SYNOPSIS = Synopsis(text="Shows the average price in the cart, and saves orders before payment.")
APPEAL = Appeal(
    text="mona asks whether refunds go through the same queue; nobody has answered",
    url="https://github.com/octo/shop/pull/7#discussion_r1",
)


PAGES = tuple(f"web/src/pages/page_{number:03}.test.ts" for number in range(1, 121))
MODULES = tuple(f"web/src/lib/module_{number:02}.ts" for number in range(1, 56))


def many():
    """Return 180 findings, as a change of style to a whole folder brings them."""
    yield SECRET
    yield CONFLICT
    yield from REMARKS
    for number, path in enumerate(PAGES, 1):
        yield gate(
            "debug_leftovers",
            path,
            number,
            "Debug leftover: it.only",
            "`it.only` runs this test alone and skips all the others.",
            "Remove it before merging.",
            Severity.WARNING,
        )
    for number, path in enumerate(MODULES, 1):
        yield gate(
            "suppressions",
            path,
            3,
            f"{2 + number % 3} suppressions added",
            "Each one switches a check off, so nobody is told when it would fail.",
            "Fix the cause, or say in a comment why the check does not apply.",
            Severity.NOTICE,
        )


def receipt_of(files):
    """Return the receipt of a model that has read these files, and no lock file."""
    lock = FileReceipt(path="uv.lock", changed=96, reviewed=0, reason="lock file", reviewable=False)
    read = [FileReceipt(path=path, changed=lines, reviewed=lines) for path, lines in files.items()]
    return Receipt.of([*read, lock])


def report(*findings, proposals=(), reviewed=True, **fields):
    """Return the report of a run with these findings, judged as every run is."""
    rules = GateRules()
    report = Report(
        version="1.4.0",
        name="codeflow",
        repository="octo/shop",
        number=7,
        base_sha="b" * 40,
        merge_base_sha="b" * 40,
        head_sha=HEAD,
        findings=tuple(
            ReportedFinding(id=name, finding=finding, blocking=rules.blocks(finding))
            for name, finding in identify(findings).items()
        ),
        actions=(
            ActionReport(name="quality_gates", status=ActionStatus.DONE),
            ActionReport(
                name="pr_reviewer", status=ActionStatus.DONE, asks_models=True, reviews=True
            ),
        ),
        receipt=receipt_of(CHANGE) if reviewed else Receipt(),
        spent=Spending(calls=2, input_tokens=18_204, output_tokens=912, cost_usd=0.0683)
        if reviewed
        else Spending(),
        model=MODEL if reviewed else "",
        notes=NOTES,
        proposals=tuple(
            ActionProposal(action="pr_describer", proposal=proposal) for proposal in proposals
        ),
    ).model_copy(update=fields)
    return judge(report, rules)


def not_run(reason, detail=""):
    """Return actions of which the reviewer was not run."""
    return (
        ActionReport(name="quality_gates", status=ActionStatus.DONE),
        ActionReport(
            name="pr_reviewer",
            status=ActionStatus.SKIPPED,
            reason=reason.value,
            detail=detail,
            asks_models=True,
            reviews=True,
        ),
    )


def comment(report, notes=(), before=None):
    """Return the sticky comment of a report."""
    entries, number = before or ((), 1)
    has_model = report.receipt.share is not None
    ledger = Ledger(
        head_sha=HEAD,
        merge_base_sha="b" * 40,
        digest="",
        complete=True,
        number=number,
        entries=entries,
        coverage=Coverage.of(report.receipt),
        model=report.model,
        tokens=report.spent.tokens if has_model else 0,
        cost_usd=report.spent.cost_usd if has_model else 0.0,
    )
    urls = {
        reported.id: f"https://github.com/octo/shop/pull/7#discussion_r{number}"
        for number, reported in enumerate(report.findings, 100)
        if not reported.finding.is_deterministic
    }
    return sticky(report, ledger, mark=MARK, links=LINKS, comment_urls=urls, notes=notes)


def proposed(proposals):
    """Return the comment of a run that has found nothing, with what an action proposes."""
    return comment(report(proposals=proposals, reviewed=False, notes=()))


def inline(finding):
    """Return a comment on the diff."""
    reported_finding = ReportedFinding(id="0" * 16, finding=finding, blocking=False)
    return review_comment(reported_finding, "<!-- mark -->", LINKS)


def second_push():
    """Return the report of a second push: one remark is fixed, one was dismissed, one is new."""
    first = report(REMARKS[1], REMARKS[2], TYPO)
    (name,) = (
        reported.id for reported in first.findings if reported.finding.title == REMARKS[2].title
    )
    dismissal = Dismissal(
        way=DismissalWay.REPLY,
        login="mona",
        reason="by design: v2 clients only",
        url="https://github.com/octo/shop/pull/7#discussion_r12",
    )
    return first.with_dismissals({name: dismissal})


def second_ledger():
    """Return the entries that this push leaves, and the number of its round."""
    fixed = Entry.of("f" * 16, EMPTY_CART).closed(EntryState.FIXED)
    return (
        (
            Entry.of("a" * 16, REMARKS[1], number=1),
            Entry.of("b" * 16, TYPO, number=2),
            fixed.model_copy(update={"last_round": 2, "thread": 11}),
        ),
        2,
    )


OUTAGE = Shortfall(
    reason=Reason.MODEL_ERROR,
    detail="anthropic:claude-sonnet-4-5 did not answer: 529 overloaded, four tries in 38 seconds",
)
SAMPLES: dict[str, Callable[[], str]] = {
    "none": lambda: comment(report(proposals=(SYNOPSIS,))),
    "ten": lambda: comment(report(*TEN, proposals=(SYNOPSIS, APPEAL, WALK))),
    "many": lambda: comment(
        report(
            *many(),
            proposals=(SYNOPSIS,),
            receipt=receipt_of(CHANGE | dict.fromkeys(PAGES, 2) | dict.fromkeys(MODULES, 3)),
            notes=(DEPENDENCY_NOTE, "69 code files, +577 -96 lines; tests: +360 -4"),
        )
    ),
    "outage": lambda: comment(
        report(
            *LEFTOVERS,
            shortfalls=(OUTAGE,),
            receipt=Receipt(share=0.0, reviewable_lines=sum(CHANGE.values())),
        )
    ),
    "fork": lambda: comment(
        report(TITLE_IN_SCRIPT, reviewed=False, actions=not_run(Reason.NO_KEY_FORK))
    ),
    "no_key": lambda: comment(
        report(SECRET, TYPO, *LEFTOVERS, reviewed=False, actions=not_run(Reason.NO_KEY))
    ),
    "second_push": lambda: comment(second_push(), before=second_ledger()),
    "summary": lambda: summary(report(*TEN, proposals=(SYNOPSIS, APPEAL, WALK)), None, LINKS),
    "inline": lambda: inline(EMPTY_CART),
    "inline_rule": lambda: inline(EMPTY_CART.model_copy(update={"citation": CITATION})),
    "platform_detector": lambda: comment(report(reviewed=False, notes=(), platforms=platforms())),
    "tool_reports": lambda: comment(report(UNUSED, UNUSED_IMPORT, reviewed=False, notes=())),
    **action_samples(AVERAGE, LINKS, proposed),
}


def main() -> None:
    """Write the texts anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, make_text in SAMPLES.items():
        (GOLDEN / f"{name}.md").write_text(make_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
