"""Records of runs, older ones too."""

from codeflow_action.engine.spending import ModelSpending, Spending
from codeflow_action.tape.cassette import RecordedEnd


def test_a_record_that_has_every_call_by_itself_is_still_read():
    call = {"role": "find", "model": "openai:m", "seconds": 1.5, "error": ""}
    answered = {**call, "served_by": "m-1", "usage": {"input_tokens": 7}, "cost_usd": 0.25}
    failed = {**call, "error": "RateLimited"}
    end = RecordedEnd.model_validate({"spent": {"calls": [answered, failed], "reused": 2}})
    row = ModelSpending(
        role="find",
        model="openai:m",
        calls=1,
        failed={"RateLimited": 1},
        input_tokens=7,
        cost_usd=0.25,
        seconds=3.0,
    )
    assert end.spending == Spending(
        calls=1,
        failed_calls=1,
        reused=2,
        input_tokens=7,
        cost_usd=0.25,
        models=("m-1",),
        by_model=(row,),
    )
    text = end.model_dump_json()
    assert '"spent":' in text  # files keep the field's first name
    assert RecordedEnd.model_validate_json(text) == end
