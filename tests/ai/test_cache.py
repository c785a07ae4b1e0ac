"""Answers kept between runs: what counts as the same question, and what is not believed."""

import asyncio
import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.wrappers.accounting import Account
from codeflow_action.ai.wrappers.cache import CacheProvider
from codeflow_action.engine.model import Completion, LLMProvider, Part, Prompt, Role, Usage
from codeflow_action.engine.model import StopReason as Stop
from codeflow_action.integrations.folder_store import FolderStore
from codeflow_action.testing.models import CutText, Json, WholeText
from codeflow_action.testing.provider.fixtures import OPINION, Opinion
from tests.ai.asking import MODELS

PROMPT = Prompt(
    role=Role.FIND,
    instructions="Say.",
    parts=(Part(text="this", stable=True), Part(text="that")),
    reply=Opinion,
)


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path, Path("cache"))


def entries(tmp_path):
    return sorted((tmp_path / "cache").glob("??/*.json"))


def test_the_same_question_is_asked_once(server, make_models, ask, store):
    server.script(Json(OPINION))
    first, again = make_models(store=store), make_models(store=store)
    asked, kept = ask(first), ask(again)
    assert len(server.requests) == 1
    assert kept.data == asked.data == OPINION
    assert (kept.reused, asked.reused) == (True, False)
    assert (kept.provider, kept.model) == (asked.provider, asked.model)
    assert again.spent.reused == 1
    assert again.spent.calls == 0
    assert again.spent.tokens == 0
    assert again.spent.cost_usd == 0


@pytest.mark.parametrize(
    "other",
    [
        {"default": ModelRef(provider="openai", model="another-model")},
        {"fallback": (ModelRef(provider="groq", model=MODELS["groq"]),)},
        {"keys": {"openai": "another-key-of-these-tests"}},
    ],
    ids=str,
)
def test_another_model_or_key_is_another_question(server, make_models, ask, store, other):
    server.script(Json(OPINION))
    server._keys = None
    ask(make_models(store=store))
    ask(make_models(store=store, **other))
    assert len(server.requests) == 2


def test_with_a_seal_key_answers_outlast_a_change_of_keys(server, make_models, ask, store):
    server.script(Json(OPINION))
    server._keys = None
    sealed = {"store": store, "seal_key": "a-seal-key-of-these-tests"}
    ask(make_models(**sealed))
    ask(make_models(**sealed, keys={"openai": "another-key-of-these-tests"}))
    assert len(server.requests) == 1
    ask(make_models(**{**sealed, "seal_key": "another-seal-key-of-these-tests"}))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"instructions": "Say it."},
        {"parts": (Part(text="this"), Part(text="thatt"))},
        {"parts": (Part(text="thisthat"),)},
        {"reply": None},
        {"max_output_tokens": 7},
    ],
    ids=str,
)
def test_another_prompt_is_another_question(server, make_models, ask, store, other):
    server.script(Json(OPINION))
    ask(make_models(store=store), PROMPT)
    ask(make_models(store=store), replace(PROMPT, **other))
    assert len(server.requests) == 2


@pytest.mark.parametrize("bad", [WholeText("no"), CutText('{"verdict": "go')], ids=repr)
def test_only_whole_and_valid_answers_are_kept(server, make_models, ask, store, tmp_path, bad):
    from codeflow_action.engine.errors import UnusableReply

    server.script(bad)
    with pytest.raises(UnusableReply):
        ask(make_models(store=store))
    assert entries(tmp_path) == []


def _cut(entry):
    entry.write_text(entry.read_text()[:-9])


def _empty(entry):
    entry.write_text("")


def _binary(entry):
    entry.write_bytes(os.urandom(300))


def _other_answer(entry):
    """Valid in form, and not ours: whoever can write into the checkout must not answer."""
    sealed = json.loads(entry.read_text())
    sealed["entry"]["text"] = json.dumps({**OPINION, "verdict": "forged"})
    entry.write_text(json.dumps(sealed))


def _link(entry):
    elsewhere = entry.with_suffix(".elsewhere")
    entry.replace(elsewhere)
    entry.symlink_to(elsewhere)


def _pipe(entry):
    entry.unlink()
    os.mkfifo(entry)


def _giant(entry):
    with entry.open("ab") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize(
    "harm", [_cut, _empty, _binary, _other_answer, _link, _pipe, _giant], ids=lambda f: f.__name__
)
def test_a_harmed_entry_is_a_miss_and_is_mended(server, make_models, ask, store, tmp_path, harm):
    server.script(Json(OPINION))
    ask(make_models(store=store))
    (entry,) = entries(tmp_path)
    harm(entry)
    assert ask(make_models(store=store)).data == OPINION
    assert len(server.requests) == 2
    assert ask(make_models(store=store)).reused
    assert len(server.requests) == 2


@pytest.mark.promise("Answers that are kept in cache_dir carry a seal of their own.")
def test_an_entry_of_another_question_does_not_answer_this_one(
    server, make_models, ask, store, tmp_path
):
    server.script(Json(OPINION))
    ask(make_models(store=store), PROMPT)
    ask(make_models(store=store), replace(PROMPT, instructions="Other."))
    first, second = entries(tmp_path)
    second.write_text(first.read_text())
    again = make_models(store=store)
    ask(again, PROMPT)
    ask(make_models(store=store), replace(PROMPT, instructions="Other."))
    assert len(server.requests) == 3


def test_a_folder_that_cannot_be_written_costs_the_cache_and_nothing_else(
    server, make_models, ask, tmp_path
):
    (tmp_path / "cache").write_text("a file is in the way")
    server.script(Json(OPINION))
    models = make_models(store=FolderStore(tmp_path, Path("cache")))
    assert ask(models).data == OPINION


def test_a_link_in_the_checkout_leads_no_answer_out_of_it(server, make_models, ask, tmp_path):
    outside, workspace = tmp_path / "outside", tmp_path / "workspace"
    outside.mkdir()
    workspace.mkdir()
    (workspace / "cache").symlink_to(outside)
    server.script(Json(OPINION))
    ask(make_models(store=FolderStore(workspace, Path("cache"))))
    assert list(outside.iterdir()) == []


def test_the_least_recently_used_goes_first(tmp_path):
    store = FolderStore(tmp_path, Path("cache"))
    names = ["aa1", "bb2", "cc3", "dd4"]
    for at, name in enumerate(names):
        asyncio.run(store.write(name, "x" * 100))
        path = tmp_path / "cache" / name[:2] / f"{name}.json"
        os.utime(path, (1_000 + at, 1_000 + at))
    assert asyncio.run(store.read("aa1"))
    store.prune(limit=250)
    kept = [name for name in names if asyncio.run(store.read(name))]
    assert kept == ["aa1", "dd4"]


class Counting(LLMProvider):
    """Answers with the prompt's own words, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def model(self):
        return "m"

    async def generate(self, prompt):
        self.asked += 1
        text = json.dumps({**OPINION, "verdict": prompt.parts[-1].text})
        return Completion(
            text=text, usage=Usage(), provider="p", model="m", stop=Stop.END, data=json.loads(text)
        )


def _caching(inner, folder):
    return CacheProvider(
        inner, store=FolderStore(folder, Path("c")), account=Account(), models="p:m", secret="s"
    )


@given(questions=st.lists(st.text(max_size=20), max_size=12))
def test_whatever_is_asked_gets_its_own_answer_and_is_asked_once(tmp_path_factory, questions):
    folder, inner = tmp_path_factory.mktemp("store"), Counting()

    async def asking():
        cached = _caching(inner, folder)
        for text in questions:
            answer = await cached.generate(replace(PROMPT, parts=(Part(text=text),)))
            assert answer.data["verdict"] == text

    asyncio.run(asking())
    assert inner.asked == len(set(questions))


def _hammer(folder, seed, failed):
    """Ask 200 questions out of 20, while another process does the same."""

    async def asking():
        for at in range(200):
            text = f"question {(at * (seed + 3)) % 20}"
            cached = _caching(Counting(), folder)
            answer = await cached.generate(replace(PROMPT, parts=(Part(text=text),)))
            if answer.data["verdict"] != text:
                failed.set()

    asyncio.run(asking())


def test_two_processes_share_a_folder_and_never_read_half_an_answer(tmp_path):
    fresh = multiprocessing.get_context("spawn")
    failed = fresh.Event()
    both = [fresh.Process(target=_hammer, args=(tmp_path, seed, failed)) for seed in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert [one.exitcode for one in both] == [0, 0]
    assert not failed.is_set()
    assert not list((tmp_path / "c").rglob("*.new"))
    assert len(list((tmp_path / "c").glob("??/*.json"))) == 20
