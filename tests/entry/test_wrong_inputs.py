"""Jobs that are set up wrongly: each ends with 2 and one error, which says where."""

import pytest

from tests.entry.jobs import BASE, KEY
from tests.faults.rows import ends

FILE = ".github/codeflow.yml"


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


def test_a_token_that_no_header_can_carry_ends_with_2_and_is_not_shown(shop):
    ended = shop.run(env={"INPUT_GITHUB_TOKEN": "", "GITHUB_TOKEN": "ghs_pasted\ttwice"})
    assert ends(ended, 2, "incomplete", "invalid_config")
    assert "GITHUB_TOKEN" in ended.closing_errors[0]
    assert "pasted" not in ended.log.replace("::add-mask::ghs_pasted\ttwice", "")


def test_outside_a_runner_the_command_line_is_named(shop):
    ended = shop.run(env={"GITHUB_EVENT_NAME": None})
    assert ended.code == 2
    assert "codeflow review" in ended.closing_errors[0]
