"""What goes wrong outside: each time the right verdict and exit code, one error, nothing lost."""

import pytest

from codeflow_action.testing.models import (
    CutText,
    Html,
    ModelRefusal,
    NoCredit,
    Reset,
    Status,
    WholeText,
)
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, build, review
from tests.entry.test_pull_request import LEFTOVER, asked

FILE = ".github/codeflow.yml"


def ends(ended, code, verdict, reason):
    """True for the ending that the contract says, told once."""
    assert ended.code == code, ended.log
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == (verdict, reason)
    assert len(ended.closing_errors) == (1 if code else 0)
    assert ended.summary.strip()
    assert "Traceback" not in ended.log
    return True


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"fail_on": "eror"}, "fail_on"),
        ({"effort": "huge"}, "effort"),
        ({"provider": "gemini"}, "provider"),
        ({"dry_run": "maybe"}, "dry_run"),
        ({"max_cost_usd": "one"}, "max_cost_usd"),
        ({"name": "--> <b>"}, "name"),
        ({"report_path": "."}, "report_path"),
        ({"report_path": "../report.json"}, "report_path"),
        ({"config_path": "/etc/codeflow.yml"}, "config_path"),
        ({"github_token": "two words"}, "github_token"),
        ({"openai_api_key": "sk-abc\ndef"}, "openai_api_key"),
        ({"base_url": "models.example.com", "openai_api_key": KEY}, "base_url"),
        ({"pipeline": "quality_gats"}, "quality_gates"),
        ({"pipeline": "pr_describer"}, "not in this version"),
        ({"model": "gpt", "provider": "openai"}, "openai_api_key"),
        ({"fallback_models": "groq"}, "input 'fallback_models'"),
        ({"fallback_models": "grok:x", "groq_api_key": KEY}, "groq"),
        ({"config": "gat: {}"}, "gate"),
        ({"config": "a: [1"}, "YAML"),
        ({"shard": "2/5"}, "shard"),
        ({"stage": "analyse"}, "stage"),
        ({"shard": "6/5", "stage": "analyze"}, "shard"),
        ({"shard": "plan", "stage": "publish"}, "shard"),
        ({"cache_dir": "../x"}, "cache_dir"),
        ({"record": "/x"}, "record"),
        ({"sarif_files": "out/[a.sarif"}, "input 'sarif_files'"),
        ({"ca_certificates": "nowhere.pem"}, "ca_certificates"),
        ({"language": "Klingon language"}, "language"),
    ],
)
def test_a_wrong_input_ends_with_2_and_says_which(shop, inputs, said):
    ended = shop.run(inputs=inputs)
    assert ends(ended, 2, "incomplete", "invalid_config")
    assert said in ended.closing_errors[0]


def test_an_input_that_does_not_exist_is_warned_of_with_the_nearest_name(shop):
    ended = shop.run(inputs={"fail-on": "never"})
    assert ended.code == 0
    assert "did you mean 'fail_on'" in ended.stdout


def test_a_broken_configuration_at_the_base_ends_with_2_and_its_place(make_shop):
    shop = make_shop(base=BASE | {FILE: "version: 1\ngate:\n  fail_onn: never\n"})
    ended = shop.run()
    assert ends(ended, 2, "incomplete", "invalid_config")
    assert f"{FILE}:3:3" in ended.closing_errors[0].replace("%3A", ":")
    assert "fail_on" in ended.closing_errors[0]


def test_an_event_file_that_is_not_json_ends_with_2(shop, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text("{not json")
    ended = shop.run(env={"GITHUB_EVENT_PATH": str(path)})
    assert ends(ended, 2, "incomplete", "invalid_config")
    gone = shop.run(env={"GITHUB_EVENT_PATH": str(tmp_path / "gone.json")})
    assert ends(gone, 2, "incomplete", "invalid_config")


def test_an_event_that_lacks_a_field_names_it(shop):
    payload = shop.repository.event("pull_request", pull=shop.pull)
    del payload["action"]
    ended = shop.run(payload=payload)
    assert ends(ended, 2, "incomplete", "invalid_config")
    assert "action" in ended.closing_errors[0]


def test_a_missing_token_ends_with_2(shop):
    ended = shop.run(env={"INPUT_GITHUB_TOKEN": "", "GITHUB_TOKEN": None})
    assert ends(ended, 2, "incomplete", "invalid_config")
    assert "github_token" in ended.closing_errors[0]


def test_outside_a_runner_the_command_line_is_named(shop):
    ended = shop.run(env={"GITHUB_EVENT_NAME": None})
    assert ended.code == 2
    assert "codeflow review" in ended.closing_errors[0]


def test_a_wrong_token_ends_with_3(shop, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = shop.run(inputs={"github_token": "ghs_" + "wrong" * 8}, workspace=empty)
    assert ends(ended, 3, "incomplete", "gate_not_run")
    assert "401" in ended.closing_errors[0]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_github_that_answers_nothing_else_ends_with_3(shop, tmp_path, status):
    empty = tmp_path / "empty"
    empty.mkdir()
    shop.github.fail(path=".*", status=status, times=1000)
    ended = shop.run(workspace=empty)
    assert ends(ended, 3, "incomplete", "gate_not_run")
    assert str(status) in ended.closing_errors[0]


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (403, (0, "pass", "no_key")),  # the token may not: that degrades
        (404, (0, "pass", "no_key")),
        (401, (3, "incomplete", "gate_not_run")),  # nobody is there, or nobody who knows us
        (500, (3, "incomplete", "gate_not_run")),
    ],
)
def test_gates_are_told_even_when_github_refuses_all(make_shop, status, ending):
    """The objects are in the workspace, so the work can be done."""
    shop = make_shop(head=HEAD | LEFTOVER)
    shop.github.fail(path=".*", status=status, times=1000)
    ended = shop.run()
    assert ends(ended, *ending)
    assert "::warning title=Debug leftover" in ended.stdout
    assert "comments could not be read" in ended.stdout + ended.summary
    assert shop.github.writes() == 0


@pytest.mark.parametrize("path", ["/issues/1/comments$", "/reviews$|/pulls/1/comments$"])
def test_results_that_github_never_got_end_with_3_and_are_annotated(make_shop, model, path):
    shop = make_shop(head=HEAD | LEFTOVER)
    shop.github.fail("POST", path, 500, times=100)
    ended = shop.run(inputs=asked(model))
    assert ends(ended, 3, "incomplete", "gate_not_run")
    assert "could not be written" in ended.closing_errors[0]
    assert "could not be written" in ended.summary
    assert "::warning title=Debug leftover" in ended.stdout
    assert "divides by zero" in ended.summary


def test_a_server_that_is_not_there_ends_with_3(shop, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    nowhere = "http://127.0.0.1:9"
    ended = shop.run(
        workspace=empty,
        env={
            "GITHUB_API_URL": nowhere,
            "GITHUB_GRAPHQL_URL": f"{nowhere}/graphql",
            "GITHUB_SERVER_URL": nowhere,
        },
    )
    assert ends(ended, 3, "incomplete", "gate_not_run")


def test_one_failed_read_is_asked_again(shop, model):
    shop.github.fail(path="graphql", status=502, times=1)
    ended = shop.run(inputs=asked(model))
    assert ended.outputs["verdict"] == "pass", ended.log


def test_a_lost_answer_to_a_write_leads_to_no_second_comment(shop, model):
    shop.github.fail("POST", "/reviews$", 0, after=True)
    shop.github.fail("POST", "/issues/1/comments$", 0, after=True)
    ended = shop.run(inputs=asked(model))
    assert ended.code == 0, ended.log
    assert len(shop.pull.review_comments) == 1
    assert len(shop.stickies()) == 1


@pytest.mark.parametrize(
    "reply",
    [
        WholeText("I think it looks good!"),
        CutText('{"remarks": [{"path": "shop'),
        ModelRefusal("I cannot help with that."),
        Html(),
        Status(500),
        Status(401),
        Status(404),
        NoCredit(),
        Reset(),
    ],
    ids=lambda reply: type(reply).__name__,
)
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_model_that_is_of_no_use_makes_the_run_incomplete(shop, model, provider, reply):
    model.answer = lambda _request: reply
    ended = shop.run(inputs=asked(model, provider))
    assert ends(ended, 0, "incomplete", "model_error")
    assert ended.outputs["coverage"] == "0"
    assert "::warning" in ended.stdout
    assert len(shop.stickies()) == 1
    assert len(model.requests) <= 4


def test_unreachable_models_end_with_3_where_the_configuration_says_so(shop, model):
    model.answer = lambda _request: Status(404)
    ended = shop.run(inputs={**asked(model), "config": "models: {on_error: fail}"})
    assert ends(ended, 3, "incomplete", "model_error")


def test_an_incomplete_review_is_tried_again_at_the_next_run(shop, model):
    model.answer = lambda _request: Status(404)
    shop.run(inputs=asked(model))
    model.answer = review(REMARK)
    ended = shop.run(inputs=asked(model))
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("pass", "ok")
    assert len(shop.stickies()) == 1


def test_a_rate_limited_model_is_asked_again_after_its_own_wait(shop, model):
    good, answers = review(REMARK), iter([Status(429, headers={"retry-after": "0"})])
    model.answer = lambda request: next(answers, None) or good(request)
    ended = shop.run(inputs=asked(model))
    assert ended.outputs["verdict"] == "pass", ended.log
    assert len(model.requests) == 2


def test_a_workspace_that_cannot_be_written_loses_nothing_else(shop):
    (shop.work_tree / ".codeflow").write_text("a file where the folder should be")
    ended = shop.run()
    assert ended.code == 0, ended.log
    assert ended.outputs["verdict"] == "pass"
    assert "could not be written" in ended.stdout


def test_a_scanner_that_cannot_run_is_never_a_pass(make_shop, tmp_path):
    """As with a broken installation: the library is there and cannot be imported.

    The file holds what it would have to look at: nothing else needs the scanner.
    """
    shop = make_shop(head=HEAD | {"shop/login.py": f'TOKEN = "ghp_{"a1B2" * 9}"\n'})
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "kingfisher_sdk.py").write_text("raise ImportError('no shared object')\n")
    ended = shop.start(env={"PYTHONPATH": str(broken)}).wait()
    assert ends(ended, 3, "incomplete", "gate_not_run")
    assert "secrets" in ended.closing_errors[0]


def test_nothing_breaks_on_a_pull_request_without_changes(tmp_path, github):
    shop = build(tmp_path, github, BASE, {})
    ended = shop.run()
    assert ends(ended, 0, "skipped", "no_reviewable_changes")
