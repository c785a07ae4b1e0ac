"""A run on record: replayed offline it comes to the same, and no secret is in it."""

import json
import random
import string

import pytest

from codeflow_action import cli
from codeflow_action.tape.cassette import Cassette
from codeflow_action.testing.models import Json, ModelRefusal, Status, WholeText
from tests.entry.jobs import BASE, KEY, REMARK, SECRETS, review

NOTHING = {"remarks": []}
LETTERS = string.ascii_letters + string.digits
HIDDEN = "ghp_" + "".join(random.Random(4).choices(LETTERS, k=36))
PEM_BODY = ["".join(random.Random(at).choices(LETTERS + "+/", k=64)) for at in range(12)]
PEM = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *PEM_BODY, "-----END RSA PRIVATE KEY-----"])


def asked(model, **more):
    given = {"provider": "openai", "openai_api_key": KEY, "base_url": model.base_url("openai")}
    return {"effort": "low", **given, "record": ".codeflow/run.cassette.json", **more}


@pytest.fixture
def replay(capsys):
    def run(path, form="json"):
        code = cli.run(["replay", str(path), "--format", form], {})
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def recorded(shop, model, **more):
    ended = shop.run(inputs=asked(model, **more))
    return ended, shop.work_tree / ".codeflow" / "run.cassette.json"


def test_a_replay_is_the_same_run_to_the_byte(shop, model, replay):
    shop.pull.add_comment("> ## Rate limit exceeded", author="coderabbitai[bot]")
    gates = "pipeline: [{quality_gates: {review_presence: notice}}, pr_reviewer]"
    ended, cassette = recorded(shop, model, config=gates)
    assert "Reviews of this head: CodeRabbit was rate-limited" in ended.report.notes
    written = (shop.work_tree / ".codeflow" / "report.json").read_text()
    requests = len(model.requests)
    code, out, err = replay(cassette)
    assert (code, out, err) == (ended.code, written, "")
    assert len(model.requests) == requests
    assert Cassette.parse(cassette.read_text(), "it").head.searches
    assert ended.report.findings[0].url  # where GitHub shows it is in the record too


def test_a_replay_of_two_rounds_is_the_same_too(shop, model, replay):
    ended, cassette = recorded(shop, model, effort="medium")
    assert ended.report.findings[0].finding.evidence == "verified"
    code, out, _ = replay(cassette)
    assert code == 0
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_a_replay_has_as_many_finders_as_the_run_had(make_shop, model, replay):
    roles = "models: {default: 'openai:a', roles: {find: ['openai:a', 'openai:b']}}\n"
    shop = make_shop(base=BASE | {".github/codeflow.yml": roles})
    ended, cassette = recorded(shop, model, effort="high")
    assert Cassette.parse(cassette.read_text(), "it").models.finders == 2
    code, out, _ = replay(cassette)
    assert code == ended.code
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_a_secret_of_the_change_is_in_no_cassette_and_the_replay_still_finds_it(
    shop, model, replay
):
    shop.push(
        {
            "deploy.py": f'TOKEN = "{HIDDEN}"\nprint("go")\n',
            "again.py": f"# {HIDDEN}\nprint(1)\n",
            "server.key.txt": f"{PEM}\n",
        }
    )
    ended, cassette = recorded(shop, model)
    text = cassette.read_text()
    for secret in (*SECRETS, HIDDEN, HIDDEN[4:], *PEM_BODY):
        assert secret not in text
        assert all(secret not in request.raw for request in model.requests)
    assert {one.finding.rule.split("/")[0] for one in ended.report.findings} >= {"secrets"}
    code, out, _ = replay(cassette)
    assert code == ended.code == 1
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


@pytest.mark.parametrize("reply", [Status(401), ModelRefusal("no"), WholeText("no")], ids=repr)
def test_what_went_wrong_goes_wrong_again(shop, model, replay, reply):
    model.script(reply)
    ended, cassette = recorded(shop, model)
    assert ended.outputs["verdict"] == "incomplete"
    code, out, _ = replay(cassette)
    assert code == ended.code
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_what_was_too_long_is_packed_anew_in_a_replay_as_it_was(shop, model, replay):
    """Fault 21: how much would fit is on record."""
    shop.push({"long.py": "".join(f"value_{at} = other({at})\n" for at in range(400))})
    said = "maximum context length is 8000 tokens, you requested 9000 tokens (5000 in the messages"
    refusal = Status(400, code="context_length_exceeded", message=said)
    model.answer = lambda request: refusal if "value_399 =" in request.text else Json(NOTHING)
    ended, cassette = recorded(shop, model)
    assert ended.outputs["reviewed"] == "part"
    assert len(model.requests) > 2
    code, out, _ = replay(cassette)
    assert code == ended.code
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


@pytest.mark.parametrize("form", ["terminal", "markdown", "sarif"])
def test_a_replay_is_shown_in_every_form(shop, model, replay, form):
    _, cassette = recorded(shop, model)
    code, out, _ = replay(cassette, form)
    assert code == 0
    assert REMARK["title"] in out


def test_an_audit_of_workflows_is_on_record_too(shop, model, replay):
    injection = 'run: echo "${{ github.head_ref }}"'
    steps = f"jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {injection}\n"
    shop.push({".github/workflows/a.yml": f"on: pull_request\n{steps}", "b/action.yml": "a: [\n"})
    ended, cassette = recorded(shop, model)
    rules = {one.finding.rule for one in ended.report.findings}
    assert {"workflow_risk/template-injection", "broken_files"} <= rules
    assert len(Cassette.parse(cassette.read_text(), "it").audits) == 1
    code, out, _ = replay(cassette)
    assert code == ended.code == 1
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_a_secret_that_moved_is_in_no_cassette_and_is_one_that_moved_again(
    make_shop, model, replay
):
    secret, rest = f'TOKEN = "{HIDDEN}"\n', "".join(f"x{at} = {at}\n" for at in range(30))
    shop = make_shop(base={"deploy.py": secret + rest}, head={"deploy.py": rest + secret})
    ended, cassette = recorded(shop, model)
    (one,) = ended.report.findings
    assert (one.finding.severity, one.finding.title[:14]) == ("warning", "Secret moved: ")
    assert HIDDEN not in cassette.read_text()
    code, out, _ = replay(cassette)
    assert (code, out) == (0, (shop.work_tree / ".codeflow" / "report.json").read_text())


def test_a_secret_that_only_an_answer_gives_away_changes_no_search_of_a_replay(shop, model, replay):
    """The run looked the value up as a name; its record has a mask in its place."""
    value = "Zk3pQ9mWx7aB2"
    shop.push({"deploy.py": f"def deploy():\n    return {value}(1)\n"})
    model.answer = review({**REMARK, "message": f"It divides.\n\npassword = '{value}'"})
    ended, cassette = recorded(shop, model)
    assert any(value in request.text for request in model.requests)
    assert value not in cassette.read_text()
    code, out, _ = replay(cassette)
    assert (code, json.loads(out)["findings"]) == (
        ended.code,
        json.loads((shop.work_tree / ".codeflow" / "report.json").read_text())["findings"],
    )


def test_a_second_run_replays_as_it_was_where_a_secret_is_masked(shop, model, replay):
    """What an earlier round has read is not asked about again."""
    shop.push({"deploy.py": f'def deploy():\n    TOKEN = "{HIDDEN}"\n    return 1\n'})
    recorded(shop, model)
    shop.push({"more.py": "def more(prices):\n    return 1 / len(prices)\n"})
    second, cassette = recorded(shop, model)
    receipt = second.report.receipt
    assert (receipt.share, receipt.earlier_lines > 0) == (1.0, True)
    assert [call.role.value for call in Cassette.parse(cassette.read_text(), "it").calls] == [
        "find"
    ]
    assert HIDDEN not in cassette.read_text()
    code, out, _ = replay(cassette)
    assert code == second.code
    assert out == (shop.work_tree / ".codeflow" / "report.json").read_text()


def test_a_run_without_a_model_can_be_recorded(shop, replay):
    ended = shop.run(inputs={"provider": "none", "record": "c.json"})
    code, out, _ = replay(shop.work_tree / "c.json")
    assert code == ended.code == 0
    assert json.loads(out)["actions"][-1]["reason"] == "no_key"


def test_a_question_that_was_never_asked_is_no_silent_pass(shop, model, replay):
    _, cassette = recorded(shop, model)
    text = cassette.read_text().replace("total(prices) // len", "total(prices) / len")
    cassette.write_text(text)
    code, out, _ = replay(cassette)
    assert code == 2
    assert "the cassette does not hold" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON"),
        ("{}", "codeflow: Field required"),
        ("[1]", "it: "),
        ("\xff", "Invalid"),
    ],
)
def test_what_is_no_cassette_is_refused_with_the_place(tmp_path, replay, text, said):
    path = tmp_path / "run.json"
    path.write_text(text)
    code, _, err = replay(path)
    assert code == 2
    assert said in err


def test_a_cassette_written_by_hand_answers_by_role_and_words(shop, model, replay):
    """For tests of the reviewer: no key, only the role and words that the prompt must hold."""
    _, path = recorded(shop, model)
    cassette = Cassette.parse(path.read_text(), "c")
    (call,) = cassette.calls
    other = {**REMARK, "title": "Said by hand"}
    answer = call.completion
    by_hand = call.model_copy(
        update={
            "key": "",
            "contains": "def average",
            "completion": type(answer)(
                **{**vars(answer), "data": {"remarks": [other]}, "text": json.dumps([other])}
            ),
        }
    )
    path.write_text(cassette.model_copy(update={"calls": (by_hand,)}).model_dump_json())
    code, out, _ = replay(path)
    assert code == 0
    assert "Said by hand" in out


def test_a_run_that_was_skipped_says_that_nothing_was_recorded(shop, model):
    ended = shop.run(
        inputs=asked(model, config="when: {drafts: skip}"), payload=None, action="closed"
    )
    assert "nothing was recorded" in ended.log


def test_answers_are_kept_between_runs_where_asked(shop, model):
    inputs = {**asked(model), "record": "", "cache_dir": ".cache/codeflow", "comment": "never"}
    first, again = shop.run(inputs=inputs), shop.run(inputs=inputs)
    assert len(model.requests) == 1
    assert again.report.spent.reused == 1
    assert again.report.spent.cost_usd == 0
    assert json.loads(again.outputs["findings"]) == json.loads(first.outputs["findings"])
    assert "1 answer kept from earlier runs" in again.summary
    assert (shop.work_tree / ".cache" / ".gitignore").read_text() == "*\n"


def test_the_review_is_the_same_with_and_without_a_record(shop, model):
    model.answer = review(REMARK)
    plain = shop.run(inputs={**asked(model), "record": "", "comment": "never"})
    ended, _ = recorded(shop, model, comment="never")
    assert plain.outputs["findings"] == ended.outputs["findings"]
