"""Fifty kinds of secrets in nine places of one run: none is read in anything that leaves it."""

import json

import pytest

from codeflow_action import cli
from codeflow_action.testing.github import CommentAnchor
from codeflow_action.testing.github.values import ServedIssue
from codeflow_action.testing.models import Json
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, HEAD, KEY, REMARK
from tests.entry.test_tools import left_by_a_step, result, sarif
from tests.security.corpus import FORMS, secrets

PLACES = ("title", "description", "issue", "guideline", "code", "removed", "said", "tool", "answer")
CASSETTE = ".codeflow/run.cassette.json"
HIDDEN = dict.fromkeys(map(ord, "\u200b\u00ad\ufe0f"))


class Corpus:
    """Secrets of their own for each place, each in one form."""

    def __init__(self, form):
        self.form = FORMS[form]
        self.secrets = {place: secrets(seed) for seed, place in enumerate(PLACES, start=20)}
        short = [
            one for one in self.secrets["title"] if len(one.text) < 45 and "\n" not in one.text
        ]
        self.secrets["title"] = tuple(short[:3])

    def texts(self, place):
        return [self.form(one.text, one.values) for one in self.secrets[place]]

    def in_one(self, place):
        return "\n\n".join(self.texts(place))

    def leaks(self, where, text):
        """Return what of each secret can be read in the text, as it was written or plainly."""
        read = (text, text.translate(HIDDEN))
        for place in PLACES:
            for one in self.secrets[place]:
                written = self.form(one.text, one.values)
                forms = (*one.values, *(self.form(value, (value,)) for value in one.values))
                whole = (written,) if len(written) > 30 else ()
                for form in (*forms, *whole):
                    if any(form in version for version in read):
                        yield f"{one.kind} of {place} in {where}"


def prepared(make_shop, corpus):
    base = {
        **BASE,
        "AGENTS.md": "".join(f"- Never write this: {text}\n" for text in corpus.texts("guideline")),
        "deploy/old.sh": f"echo start\n\n{corpus.in_one('removed')}\n\necho end\n",
    }
    head = {
        **HEAD,
        "deploy/old.sh": "echo start\necho end\n",
        "deploy/new.sh": f"echo start\n\n{corpus.in_one('code')}\n\necho end\n",
    }
    shop = make_shop(base=base, head=head, body=f"Fixes #7.\n\n{corpus.in_one('description')}")
    shop.pull.title = f"Go {' '.join(corpus.texts('title'))}".replace("\n", " ")
    asked = ServedIssue(
        repository="octo/shop", number=7, title="Leaky", body=corpus.in_one("issue")
    )
    shop.pull.repository.issues = (asked,)
    shop.pull.add_review(
        author="lint[bot]",
        comments=[
            (CommentAnchor(path="shop/cart.py", line=5), text) for text in corpus.texts("said")[:20]
        ],
    )
    results = [
        result(text=f"Found {text}", rule=f"R{at}") for at, text in enumerate(corpus.texts("tool"))
    ]
    left_by_a_step(shop, {"out/ruff.sarif": sarif(*results)})
    return shop


def remarking(corpus, *, is_fitting):
    """Answer each question with secrets; where not `is_fitting`, one in another question's form."""
    said = corpus.texts("answer")
    remarks = [
        {**REMARK, "title": f"{at} {text}"[:200], "message": f"It holds {text}, number {at}."}
        for at, text in enumerate(said)
    ]

    def answer(request):
        if is_second_round(request):
            return Json(judgements(request.text))
        if is_fitting and "not_done" in (request.schema or {}).get("properties", {}):
            # Longer ones the reply's form refuses.
            sentences = [f'"Fixes #7" leaves {text}' for text in said if len(text) < 300][:20]
            return Json({"not_done": sentences, "not_promised": sentences})
        return Json({"remarks": remarks})

    return answer


def left_behind(shop, ended, model):
    """Yield every text that has left the run, by where it went; a person's review is not ours."""
    yield from written(shop, ended, model)
    before = shop.pull.reviews[0]
    for one in (*shop.pull.comments, *shop.pull.review_comments, *shop.pull.reviews):
        if one is not before and getattr(one, "review_id", None) != before.id:
            yield "a comment", one.body or ""


def written(shop, ended, model):
    """Yield what has left the run but for comments."""
    for request in model.requests:
        yield "a prompt", request.text
        yield "a request", request.raw if isinstance(request.raw, str) else request.raw.decode()
    for name in (CASSETTE, ".codeflow/report.json", ".codeflow/report.sarif"):
        yield name, (shop.work_tree / name).read_text()
    yield "the summary", ended.summary
    yield "the log", ended.log
    yield "the outputs", json.dumps(dict(ended.outputs), ensure_ascii=False)


@pytest.mark.promise(
    "Secrets are removed from the environment at the start, and from every text that goes to a "
    "model, a cassette, a report, a comment or the log."
)
@pytest.mark.promise(
    "Every text is searched for secrets before it goes to a model, a cassette, a report or a "
    "comment: for the values in the environment in their usual encodings, for the forms of "
    "common tokens, and with all rules of the secret scanner."
)
# Of an answer in another form only the raw text was searched: JSON, and JSON within it.
@pytest.mark.parametrize(
    ("form", "is_fitting"), [("plain", False), ("zero-width", True), ("base64", True)]
)
def test_a_secret_of_any_kind_in_any_place_leaves_the_run_nowhere(
    make_shop, model, capsys, form, is_fitting
):
    """Fault 10: title, issue, guideline and comment were searched with 15 patterns only."""
    corpus = Corpus(form)
    shop = prepared(make_shop, corpus)
    model.answer = remarking(corpus, is_fitting=is_fitting)
    inputs = {"provider": "openai", "openai_api_key": KEY, "base_url": model.base_url("openai")}
    inputs |= {
        "record": CASSETTE,
        "sarif_files": "out/*.sarif",
        "config": "pipeline: [quality_gates, {pr_reviewer: {max_comments: 30}}]",
    }
    ended = shop.run(inputs=inputs)
    assert model.requests
    assert any("[redacted]" in request.text for request in model.requests)
    leaks = [
        leak
        for where, text in left_behind(shop, ended, model)
        for leak in corpus.leaks(where, text)
    ]
    assert sorted(set(leaks)) == []
    capsys.readouterr()
    code = cli.run(["replay", str(shop.work_tree / CASSETTE), "--format", "json"], {})
    out = capsys.readouterr().out
    report = (shop.work_tree / ".codeflow" / "report.json").read_text()
    if form == "zero-width":  # a cassette holds no secret, and so no sign that was hidden in one
        assert (code, others(out)) == (ended.code, others(report))
    else:
        assert (code, without_units(out)) == (ended.code, without_units(report))


def without_units(report):
    """Return a report but for what was read, as hashes: where a mask stands they differ."""
    document = json.loads(report)
    del document["receipt"]["units"], document["kept_answers"]["pr_reviewer"]["digest"]
    return document


def others(report):
    """Return what a report finds besides hidden signs."""
    findings = json.loads(report)["findings"]
    return [one["finding"] for one in findings if one["finding"]["rule"] != "hidden_unicode"]


def test_what_only_the_code_tells_is_masked_in_the_title_and_in_the_report(make_shop, model):
    """Fault 10: a value without a form of its own is a secret wherever it stands in that run."""
    value = "Zk3pQ9mWx7aB2"
    head = {**HEAD, "deploy/.env": f"DB_PASSWORD={value}\n", "old.cfg": "a = 1\n"}
    shop = make_shop(base={**BASE, "old.cfg": f"password = {value[::-1]}\na = 1\n"}, head=head)
    shop.pull.title = f"Rotate {value}, was {value[::-1]}"
    model.answer = lambda request: (
        Json(judgements(request.text))
        if is_second_round(request)
        else Json({"remarks": [{**REMARK, "title": f"Why {value}", "message": f"See {value}."}]})
    )
    inputs = {"provider": "openai", "openai_api_key": KEY, "base_url": model.base_url("openai")}
    ended = shop.run(inputs={**inputs, "record": CASSETTE})
    assert ended.report.findings
    comments = [one.body for one in (*shop.pull.comments, *shop.pull.review_comments)]
    for where, text in (*written(shop, ended, model), ("a comment", "\n".join(comments))):
        assert value not in text, where
        assert value[::-1] not in text, where


@pytest.mark.parametrize("config", ["pipeline: [{}]", "{}", "{}: 1", "language: {}"])
def test_what_a_run_says_that_never_began_is_clean_too(shop, config):
    """Fault 10: the last net holds for a report that no pipeline has made."""
    token = "ghp_" + "a1B2" * 9
    ended = shop.run(inputs={"provider": "none", "config": config.format(token)})
    assert ended.code == 2
    assert token not in f"{ended.log}{ended.summary}{dict(ended.outputs)}{ended.report}"
