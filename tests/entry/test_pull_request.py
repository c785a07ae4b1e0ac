"""The main job: a pull request's event in, a review, a comment and outputs out."""

import json

import pytest

from codeflow_action.engine.findings import DropStage, Evidence
from codeflow_action.engine.ledger_text import decode
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.report import FindingPlace
from codeflow_action.tape.cassette import Cassette
from codeflow_action.testing.github import CommentAnchor
from codeflow_action.testing.github.values import ServedIssue
from codeflow_action.testing.models import Json, ModelServer, WholeText
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, HEAD, KEY, QUOTE, REMARK, git, review, write

PROVIDERS = ("openai", "anthropic", "mistral", "groq")
LEFTOVER = {"shop/debug.py": "def run():\n    breakpoint()\n"}


def asked(model, provider="openai"):
    return {
        "provider": provider,
        f"{provider}_api_key": KEY,
        "base_url": model.base_url(provider),
        "effort": "low",  # one round
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_review_by_each_provider_is_posted_once(shop, model, provider):
    ended = shop.run(inputs=asked(model, provider))
    assert ended.code == 0, ended.log
    assert ended.outputs["verdict"] == "pass"
    (comment,) = shop.pull.review_comments
    assert comment.path == "shop/cart.py"
    assert comment.line == 6
    assert REMARK["title"] in comment.body
    (posted,) = shop.pull.reviews
    assert posted.state.value == "COMMENTED"
    assert len(shop.stickies()) == 1
    assert ended.outputs["coverage"] == "1"
    assert ended.outputs["tokens"] == "1290"
    assert len(model.requests) == 1
    (request,) = model.requests
    assert QUOTE in request.text
    assert request.schema


def test_the_second_look_is_told_what_the_issue_asked_for_and_the_first_is_not(shop, model):
    issue = ServedIssue(
        repository="octo/shop", number=7, title="No average", body="Show the mean price."
    )
    shop.pull.repository.issues, shop.pull.body = (issue,), "Closes #7"
    assert shop.run(inputs={**asked(model), "effort": "medium"}).code == 0
    *firsts, second = sorted(model.requests, key=is_second_round)
    # What the author promises is a question of its own, beside both rounds.
    (first,) = (request for request in firsts if "Show the mean price." not in request.text)
    assert len(firsts) == 2
    assert QUOTE in first.text
    assert "issue #7" in second.text
    assert "Show the mean price." in second.text


def test_a_remark_is_judged_again_before_it_is_shown(shop, model):
    ended = shop.run(inputs={**asked(model), "effort": "medium"})
    assert [is_second_round(request) for request in model.requests] == [False, True]
    assert ended.report.findings[0].finding.evidence is Evidence.VERIFIED
    assert "A second look confirmed this." in shop.pull.review_comments[0].body


PARTS = [f"value_{at} = compute({at})\n" for at in range(16)]
FOUR = {"shop/parts.py": "".join(PARTS)}
ON_FOUR = [
    {**REMARK, "path": "shop/parts.py", "quote": part.rstrip(), "title": f"Part {at} fails"}
    for at, part in enumerate(PARTS)
    if at % 4 == 0
]


@pytest.mark.parametrize(
    ("verdict", "control", "cause"),
    [
        ("refuted", "refuted", "refuted all 4 remarks that it judged"),
        ("confirmed", "confirmed", "confirmed a remark that is false by the code shown"),
    ],
)
def test_a_second_look_that_does_not_count_is_said_wherever_a_run_speaks(
    make_shop, model, verdict, control, cause
):
    """Who only says no makes a change look clean, and who only says yes makes it look broken."""
    shop, first = make_shop(head=FOUR), review(*ON_FOUR)

    def second(request):
        given = judgements(request.text, verdict)["judgements"]
        # The control is the one that is refuted whatever the verdict.
        return Json(
            {
                "judgements": [
                    {**one, "verdict": control if one["verdict"] != verdict else verdict}
                    for one in given
                ]
            }
        )

    model.answer = lambda request: second(request) if is_second_round(request) else first(request)
    ended = shop.run(inputs={**asked(model), "effort": "medium"})
    assert (ended.code, ended.outputs["verdict"]) == (0, "incomplete"), ended.log
    assert ended.outputs["reason"] == "model_error"
    assert {entry.finding.evidence for entry in ended.report.findings} == {Evidence.QUOTED}
    assert len(ended.report.findings) == 4
    (short,) = ended.report.shortfalls
    assert cause in short.detail
    assert any(cause in note for note in ended.report.receipt.notes)
    (sticky,) = shop.stickies()
    for text in (sticky, ended.summary, ended.log):
        assert cause in text


def test_a_remark_that_is_refuted_is_listed_and_not_shown(shop, model):
    first = review(REMARK)
    model.answer = lambda request: (
        Json(judgements(request.text, "refuted")) if is_second_round(request) else first(request)
    )
    ended = shop.run(inputs={**asked(model), "effort": "medium"})
    assert ended.outputs["verdict"] == "pass"
    assert not shop.pull.review_comments
    (gone,) = ended.report.dropped
    assert (gone.stage, gone.title) == (DropStage.VERIFY, REMARK["title"])
    assert "As it says." in ended.summary


def test_a_second_look_that_fails_leaves_the_remark_and_says_so(shop, model):
    first = review(REMARK)
    model.answer = lambda request: WholeText("no") if is_second_round(request) else first(request)
    ended = shop.run(inputs={**asked(model), "effort": "medium"})
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "model_error")
    assert ended.report.findings[0].finding.evidence is Evidence.QUOTED
    assert len(shop.pull.review_comments) == 1


def test_the_same_head_again_asks_no_model_and_writes_nothing(shop, model):
    first = shop.run(inputs=asked(model))
    before = shop.github.writes()
    again = shop.run(inputs=asked(model))
    assert again.code == first.code == 0
    assert again.outputs["reason"] == "unchanged"
    assert len(model.requests) == 1
    assert shop.github.writes() == before
    assert json.loads(again.outputs["findings"]) == json.loads(first.outputs["findings"])
    assert again.outputs["comment_url"] == first.outputs["comment_url"]


def test_a_new_head_is_reviewed_and_the_comment_edited_in_place(shop, model):
    shop.run(inputs=asked(model))
    shop.push({"shop/more.py": "def one():\n    return 1\n"})
    ended = shop.run(inputs=asked(model), action="synchronize")
    assert ended.code == 0, ended.log
    assert len(model.requests) == 2
    assert len(shop.stickies()) == 1
    assert len(shop.pull.review_comments) == 1  # said once, though found twice
    (finding,) = ended.report.findings
    assert finding.known
    assert finding.url.endswith(f"_r{shop.pull.review_comments[0].id}")


def test_another_configuration_is_a_new_review(shop, model):
    shop.run(inputs=asked(model))
    ended = shop.run(inputs={**asked(model), "language": "de"})
    assert ended.outputs["reason"] != "unchanged"
    assert len(model.requests) == 2


def test_without_a_key_gates_run_and_the_comment_says_what_was_not_done(make_shop):
    shop = make_shop(head=HEAD | LEFTOVER)
    ended = shop.run()
    assert ended.code == 0, ended.log
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("pass", "no_key")
    (body,) = shop.stickies()
    assert "No model was asked: no model key was given." in body
    assert "breakpoint()" in body
    assert "::warning title=Debug leftover" in ended.stdout
    again = shop.github.writes()
    shop.run()
    assert shop.github.writes() == again


def test_a_blocking_finding_fails_the_run_with_one_closing_error(make_shop):
    markers = "\n".join(("<" * 7 + " ours", "a = 1", "=" * 7, "a = 2", ">" * 7 + " theirs", ""))
    shop = make_shop(head=HEAD | {"shop/conflict.py": markers})
    ended = shop.run()
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert ended.outputs["blocking_count"] == "1"
    assert len(ended.closing_errors) == 1


def test_a_secret_is_found_and_shown_to_nobody(make_shop, model):
    secret, name = "q7Gm2Xv9Lr4Tz8Wk1Yp6Nc3Hd5Bs0Jf/aEuRiOoP", "AKIA" + "Q3EGRT7YHSKLZX2M"
    keys = f'AWS_ACCESS_KEY_ID = "{name}"\nAWS_SECRET_ACCESS_KEY = "{secret}"\n'
    shop = make_shop(head=HEAD | {"shop/keys.py": keys})
    ended = shop.run(inputs=asked(model))
    assert ended.code == 1, ended.log
    assert all(secret not in request.text for request in model.requests)
    written = [*shop.stickies(), ended.log, ended.summary, ended.report.model_dump_json()]
    written += [one.body for one in shop.pull.review_comments]
    assert all(secret not in text for text in written)
    ledger = decode(shop.stickies()[0].split("\n")[0].split(" ")[2])
    assert secret not in ledger.model_dump_json()


def test_a_quote_that_is_nowhere_is_dropped_and_listed(shop, model):
    model.answer = review(REMARK | {"quote": "return prices.sum()"}, REMARK)
    ended = shop.run(inputs=asked(model))
    assert ended.outputs["findings_count"] == "1"
    (gone,) = ended.report.dropped
    assert gone.stage.value == "anchor"
    assert "anchor" in ended.summary


def test_dry_run_writes_nothing_to_github(shop, model):
    ended = shop.run(inputs={**asked(model), "dry_run": "true"})
    assert shop.github.writes() == 0
    assert ended.outputs["findings_count"] == "1"
    assert "::warning title=An empty list" in ended.stdout


def test_a_push_while_the_model_thinks_leaves_the_word_to_the_next_run(shop, model):
    def answer(request):
        shop.push({"shop/later.py": "x = 1\n"})
        return review(REMARK)(request)

    model.answer = answer
    ended = shop.run(inputs=asked(model))
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "head_moved")
    assert shop.github.writes() == 0


@pytest.mark.parametrize(
    ("setting", "value"), [("dry_run", "true"), ("stage", "all"), ("comment", "never")]
)
def test_no_run_is_green_for_a_head_that_is_gone(shop, model, setting, value):
    def answer(request):
        shop.push({"shop/later.py": "x = 1\n"})
        return review()(request)

    model.answer = answer
    ended = shop.run(inputs={**asked(model), setting: value})
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "head_moved")
    assert "The head moved during the run." in ended.summary
    (short,) = ended.report.shortfalls
    assert short.reason.value == "head_moved"


def test_no_run_is_green_that_could_not_ask_for_the_head(shop, github):
    github.fail("POST", "graphql", 403, 2)
    github.fail("GET", "/pulls/1$", 0, times=3)
    ended = shop.run()
    assert (ended.code, ended.outputs["verdict"]) == (3, "incomplete")
    assert "whether the head has moved could not be asked" in ended.summary


def test_a_token_that_may_not_ask_for_the_head_costs_no_verdict(shop, github):
    github.fail("POST", "graphql", 403, 2)
    github.fail("GET", "/pulls/1$", 403)
    assert shop.run().outputs["verdict"] == "pass"


def test_a_gate_that_failed_on_a_head_that_is_gone_has_failed(shop, model):
    def answer(request):
        shop.push({"shop/later.py": "x = 1\n"})
        return review(REMARK)(request)

    model.answer = answer
    config = "gate: {fail_on: warning, model_findings_block: true}"
    ended = shop.run(inputs={**asked(model), "config": config})
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail")
    assert "The head moved during the run." in ended.summary
    assert shop.github.writes() == 0


@pytest.mark.promise(
    "pull_request gives a fork's job a read-only token and no secrets: gates run, and "
    "annotations and the summary show the findings."
)
def test_a_read_only_token_degrades_to_annotations_and_says_why(tmp_path, make_shop, model, github):
    github.permissions = {"contents": "read", "pull_requests": "read", "issues": "read"}
    github._hub.permissions = github.permissions
    shop = make_shop()
    ended = shop.run(inputs=asked(model))
    assert ended.code == 0, ended.log
    assert "::warning title=An empty list" in ended.stdout
    assert "pull_requests: write" in ended.stdout or "issues: write" in ended.stdout
    assert not shop.pull.comments
    assert ended.report.findings[0].shown is FindingPlace.ANNOTATION
    assert "with `checks: write` the check “CodeFlow: model review” would say" in ended.summary
    assert "checks: write" not in ended.stdout


def test_a_workspace_without_objects_is_served_by_a_fetch(shop, model, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = shop.run(inputs=asked(model), workspace=empty)
    assert ended.outputs["verdict"] == "pass", ended.log
    assert "a shallow fetch" in ended.stderr
    assert len(shop.pull.review_comments) == 1


def test_where_git_is_refused_the_api_serves(shop, model, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    shop.github.fail(path=r"\.git/|info/refs", status=403, times=100)
    ended = shop.run(inputs=asked(model), workspace=empty)
    assert ended.outputs["verdict"] == "pass", ended.log
    assert "GitHub's API" in ended.stderr
    assert len(shop.pull.review_comments) == 1


def test_the_report_stays_in_the_workspace_and_out_of_git(shop):
    shop.run()
    folder = shop.work_tree / ".codeflow"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert git(shop.work_tree, "status", "--porcelain") == ""
    sarif = json.loads((folder / "report.sarif").read_text())
    assert sarif["version"] == "2.1.0"


def test_a_report_path_that_is_a_link_out_of_the_workspace_is_not_followed(shop, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (shop.work_tree / ".codeflow").symlink_to(outside)
    ended = shop.run()
    assert ended.outputs["report_path"] == ""
    assert "a link or a file is in the way" in ended.stdout
    assert not list(outside.iterdir())


def test_configuration_is_read_at_the_base_and_the_heads_copy_only_checked(make_shop):
    file = ".github/codeflow.yml"
    shop = make_shop(
        base=BASE | {file: "pipeline:\n  - quality_gates: {debug_leftovers: error}\n"},
        head=HEAD | LEFTOVER | {file: "pipeline:\n  - quality_gats\n"},
    )
    ended = shop.run()
    assert ended.code == 1
    rules = {one.finding.rule: one.finding for one in ended.report.findings}
    assert rules["debug_leftovers"].severity.value == "error"
    wrong = rules["configuration/invalid"]
    assert (wrong.path, wrong.line) == (file, 2)
    assert "quality_gates" in wrong.message


def test_a_named_configuration_that_is_not_there_is_said(shop):
    ended = shop.run(inputs={"config_path": ".github/codeflow.yaml"})
    assert ended.code == 0
    assert "there is no .github/codeflow.yaml at the base" in ended.summary
    assert "there is no" not in shop.run().summary


def test_a_broken_base_that_the_pull_request_mends_is_no_deadlock(make_shop):
    file = ".github/codeflow.yml"
    shop = make_shop(base=BASE | {file: "gat: {}\n"}, head=HEAD | {file: "gate: {}\n"})
    ended = shop.run()
    assert ended.code == 0
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "invalid_config")


def test_what_never_may_be_sent_reaches_no_model_and_is_in_the_receipt(make_shop, model):
    shop = make_shop(head=HEAD | {"private/plan.py": "ANSWER = 42\n"})
    ended = shop.run(
        inputs={**asked(model), "config": "paths:\n  never_send: ['private/**']\n"},
    )
    assert all("ANSWER" not in request.text for request in model.requests)
    files = {file.path: file for file in ended.report.receipt.files}
    assert files["private/plan.py"].reviewed == 0
    assert files["private/plan.py"].reason


def test_inline_configuration_beats_the_file(make_shop):
    shop = make_shop(
        base=BASE | {".github/codeflow.yml": "gate: {fail_on: error}\n"}, head=HEAD | LEFTOVER
    )
    ended = shop.run(inputs={"config": "gate: {fail_on: warning}"})
    assert ended.code == 1


def test_the_first_key_that_is_set_decides_with_provider_auto(shop, model):
    ended = shop.run(
        inputs={"effort": "low"},
        env={"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": model.base_url("mistral")},
    )
    assert ended.outputs["verdict"] == "pass", ended.log
    (request,) = model.requests
    assert request.provider.value == "mistral"
    assert request.model == "mistral-medium-latest"


def test_the_next_model_is_asked_when_the_first_cannot_serve(shop, model):
    with ModelServer(keys=[KEY], answer=review(REMARK)) as other:
        ended = shop.run(
            inputs={
                "provider": "openai",
                "openai_api_key": "sk-" + "wrong" * 6,
                "groq_api_key": KEY,
                "fallback_models": "groq:openai/gpt-oss-20b",
                "effort": "low",
            },
            env={
                "OPENAI_BASE_URL": model.base_url("openai"),
                "GROQ_BASE_URL": other.base_url("groq"),
            },
        )
        assert ended.outputs["verdict"] == "pass", ended.log
        assert [one.model for one in other.requests] == ["openai/gpt-oss-20b"]
    assert ended.report.verdict is Verdict.PASS


def test_the_money_budget_ends_the_asking_and_the_run_is_incomplete(shop, model):
    ended = shop.run(inputs={**asked(model), "max_cost_usd": "0.0001"})
    assert ended.code == 0
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "budget")
    assert not model.requests
    assert ended.outputs["coverage"] == "0"


def test_a_working_tree_full_of_other_files_is_not_read(shop, model):
    write(shop.work_tree, {"shop/cart.py": "not the head\n"})
    ended = shop.run(inputs=asked(model))
    assert ended.report.findings[0].finding.line == 6


def test_what_another_bot_has_said_on_the_line_is_not_said_again(shop, model):
    words = f"{REMARK['title']}\n\n{REMARK['message']}"
    shop.pull.add_review(
        author="lint[bot]", comments=[(CommentAnchor(path="shop/cart.py", line=6), words)]
    )
    ended = shop.run(inputs={**asked(model), "record": ".codeflow/run.cassette.json"})
    assert ended.report.findings == ()
    assert [gone.reason for gone in ended.report.dropped] == ["said before by lint"]
    assert len(shop.pull.review_comments) == 1
    cassette = (shop.work_tree / ".codeflow" / "run.cassette.json").read_text()
    (before,) = Cassette.parse(cassette, "it").start.foreign_threads
    assert (before.login, before.line, before.is_bot) == ("lint", 6, True)


def test_what_a_gate_says_is_not_said_again_by_a_model(make_shop, model):
    shop = make_shop(head=LEFTOVER)
    again = {
        **REMARK,
        "path": "shop/debug.py",
        "quote": "    breakpoint()",
        "category": "maintainability",
        "title": "Debug leftover breakpoint stops the program",
        "message": "This stops the program in a debugger. Remove it.",
        "trigger": "Every run stops in the debugger.",
        "effect": "It never ends.",
    }
    model.answer = review(again)
    ended = shop.run(inputs=asked(model))
    (finding,) = ended.report.findings
    assert finding.finding.evidence is Evidence.DETERMINISTIC
    assert [gone.stage for gone in ended.report.dropped] == [DropStage.DUPLICATE]
    assert not shop.pull.review_comments


@pytest.mark.parametrize("most", [2, 3])
def test_as_many_comments_as_asked_for_are_inline_and_the_rest_is_in_the_table(
    make_shop, model, most
):
    lines = [f"    x{number} = price / {number - 3}" for number in range(6)]
    shop = make_shop(head={"shop/cart.py": "\n".join(["def total(price):", *lines, ""])})
    model.answer = review(*({**REMARK, "quote": line, "title": line.strip()} for line in lines))
    config = f"pipeline: [{{pr_reviewer: {{max_comments: {most}}}}}]"
    ended = shop.run(inputs={**asked(model), "config": config})
    # A signal from outside the test, such as that of `timeout`, would stop a run in this process.
    assert ended.outputs["verdict"] == "pass", ended.log
    assert len(shop.pull.review_comments) == most
    shown = [reported.shown for reported in ended.report.findings]
    assert (shown.count(FindingPlace.INLINE), shown.count(FindingPlace.TABLE)) == (most, 6 - most)
    (sticky,) = shop.stickies()
    assert "\n**6 warnings**" in sticky
    assert sticky.count("[`shop/cart.py:") == 6
