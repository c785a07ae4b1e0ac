"""`codeflow`: the same engine on a laptop, on real repositories."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import jsonschema
import pytest

from codeflow_action import cli
from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.gate import GateLevel
from codeflow_action.engine.report import Report
from codeflow_action.testing.collector import Collector
from codeflow_action.testing.models import Hang, Json, ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.forks import COMMAND
from tests.integrations.gitting import commit, git, init
from tests.runner_reader import obeyed

KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
BASE = {"shop/cart.py": b"def total(prices):\n    return sum(prices)\n"}
HEAD = {"shop/cart.py": BASE["shop/cart.py"] + b"\n\ndef mean(p):\n    breakpoint()\n"}


@pytest.fixture
def shop(tmp_path, monkeypatch, rule_cache):
    """A clone on branch `feature` with one more commit than `main`; commands run in it."""
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(rule_cache))
    for name in list(os.environ):
        if name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    directory = init(tmp_path / "shop")
    commit(directory, BASE)
    git(directory, "checkout", "--quiet", "-b", "feature")
    commit(directory, HEAD)
    monkeypatch.chdir(directory)
    return directory


def configure(shop, text):
    """Commit a configuration to the default branch; return the commit."""
    git(shop, "checkout", "--quiet", "main")
    sha = commit(shop, {".github/codeflow.yml": text.encode()})
    git(shop, "checkout", "--quiet", "feature")
    return sha


@pytest.fixture
def codeflow(capsys, rule_cache):
    def run(*arguments, **environment):
        given = {"PATH": os.environ["PATH"], "KF_RULE_CACHE_DIR": str(rule_cache), **environment}
        code = cli.run(arguments, given)
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
        return code, said.out, said.err

    return run


def test_review_shows_findings_and_what_was_not_done(shop, codeflow):
    code, out, err = codeflow("review")
    assert code == 0
    assert "shop/cart.py:6: warning: Debug leftover: breakpoint()" in out
    assert "pr_reviewer: skipped (no_key)" in out
    assert "\x1b" not in out  # no colours in a pipe
    assert "reading the change" in err


def test_each_format_says_the_same(shop, codeflow):
    report = Report.model_validate_json(codeflow("review", "--format", "json")[1])
    (one,) = report.findings
    assert (one.finding.path, one.finding.line) == ("shop/cart.py", 6)
    (result,) = json.loads(codeflow("review", "--format", "sarif")[1])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 6
    markdown = codeflow("review", "--format", "markdown")[1]
    assert "**Warning: Debug leftover: breakpoint()**" in markdown, markdown


def test_the_gate_closes_with_1(shop, codeflow):
    assert codeflow("review", "--fail-on", "warning")[0] == 1
    assert codeflow("review", "--fail-on", "error")[0] == 0


def test_other_tools_sarif_is_taken_in_by_option_and_by_configuration(shop, codeflow):
    region = {"startLine": 6}
    physical = {"artifactLocation": {"uri": "shop/cart.py"}, "region": region}
    result = {"message": {"text": "Too odd"}, "locations": [{"physicalLocation": physical}]}
    run = {"tool": {"driver": {"name": "odd"}}, "results": [result]}
    (shop / "odd.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    out = codeflow("review", "--sarif", "odd.sarif", "--head", "feature")[1]
    assert "shop/cart.py:6: warning: Too odd" in out
    assert "other tools (odd): 1 finding about this change" in out
    configure(shop, "sarif: {files: ['*.sarif']}\n")
    (shop / "odd.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    assert "Too odd" in codeflow("review")[1]
    arguments = ("review", "--sarif", "odd.sarif", "--head", "feature", "--format", "markdown")
    assert "> other tools (" in codeflow(*arguments)[1]
    code, out, _ = codeflow("review", "--sarif", "nowhere.sarif")
    assert code == 0
    assert "sarif.files: no file matches 'nowhere.sarif'" in out
    said = codeflow("config")[1]
    assert 'sarif.files = ["*.sarif"]  # .github/codeflow.yml' in said


def test_uncommitted_work_is_reviewed_without_a_head(shop, codeflow):
    (shop / "shop/cart.py").write_bytes(HEAD["shop/cart.py"].replace(b"breakpoint()", b"pass"))
    (shop / "new.js").write_text("debugger;\n")
    out = codeflow("review")[1]
    assert "new.js:1: warning" in out
    assert "breakpoint()" not in out
    assert "breakpoint()" in codeflow("review", "--head", "feature")[1]


def test_a_range_is_from_the_common_ancestor(shop, codeflow):
    git(shop, "checkout", "--quiet", "main")
    commit(shop, {"other.js": b"debugger;\n"})
    out = codeflow("review", "--base", "main", "--head", "feature")[1]
    assert "breakpoint()" in out
    assert "other.js" not in out


def test_an_orphan_branch_is_compared_file_by_file(shop, codeflow):
    git(shop, "checkout", "--quiet", "--orphan", "lonely")
    commit(shop, {"a.py": b"breakpoint()\n"})
    code, out, _ = codeflow("review", "--head", "lonely", "--base", "main", "--format", "json")
    report = json.loads(out)
    assert (code, report["verdict"]) == (0, "pass")
    assert any("no common history" in notice for notice in report["notices"])
    assert "a.py" in {reported["finding"]["path"] for reported in report["findings"]}
    # In a shallow clone the ancestor may be there and not be known.
    (shop / ".git" / "shallow").write_text(git(shop, "rev-parse", "lonely").decode())
    code, _, err = codeflow("review", "--head", "lonely", "--base", "main")
    assert code != 0
    assert "no common ancestor" in err


def test_it_runs_in_a_folder_of_the_repository(shop, codeflow, monkeypatch):
    monkeypatch.chdir(shop / "shop")
    assert "shop/cart.py:6" in codeflow("review")[1]


def test_nothing_changed_is_no_error(shop, codeflow):
    git(shop, "checkout", "--quiet", "main")
    code, out, _ = codeflow("review")
    assert code == 0
    assert "CodeFlow: skipped (nothing to review)" in out
    assert "no_key" not in out


def test_a_model_reviews_with_the_key_of_the_environment(shop, codeflow):
    remark = {
        "path": "shop/cart.py",
        "quote": "def mean(p):",
        "side": "new",
        "severity": "warning",
        "category": "correctness",
        "title": "Returns nothing",
        "message": "`mean` has no return.",
        "trigger": "`mean([1]) + 1`.",
        "effect": "It raises.",
        "suggestion": None,
        "confidence": 0.9,
    }
    with ModelServer(keys=[KEY], answer=lambda request: reviewer_reply(request, [remark])) as model:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url("openai")}
        code, out, _ = codeflow("review", "--provider", "openai", **environment)
        assert len(model.requests) == 2
    assert code == 0
    assert "shop/cart.py:5: warning: Returns nothing" in out


def test_a_named_provider_without_its_key_is_an_error(shop, codeflow):
    code, out, err = codeflow("review", "--provider", "groq")
    assert (code, out) == (2, "")
    assert "GROQ_API_KEY" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["review", "--base", "nowhere"], 3, "nowhere"),
        (["review", "--provider", "opnai"], 2, "openai"),
        (["review", "--config-path", "nowhere.yml"], 2, "there is no nowhere.yml"),
        (["review", "--head", "--upload-pack=x"], 3, "--upload-pack=x"),
        (["init", "--provider", "opnai"], 2, "openai"),
        (["init", "--provider", "groq", "--identity"], 2, "name one of openai, anthropic"),
        (["init", "--provider", "azure"], 2, "examples/workflows/cloud.yml"),
        (["stats", "--last", "201"], 2, "1 to 200"),
    ],
)
def test_errors_are_one_line_with_what_to_try(shop, codeflow, arguments, code, said):
    arguments = [f"{arguments[0]}", *arguments[1:]]
    if "--head" in arguments:
        arguments = ["review", f"--head={arguments[2]}"]
    ended, out, err = codeflow(*arguments)
    assert (ended, out) == (code, "")
    last = err.splitlines()[-1]
    assert last.startswith("codeflow: ")
    assert said in last


def test_what_is_staged_is_reviewed_and_nothing_else(shop, codeflow, tmp_path):
    (shop / "new.py").write_text("breakpoint()\n")
    git(shop, "add", "new.py")
    (shop / "new.py").write_text("x = 1\n")
    (shop / "other.py").write_text("breakpoint()\n")
    before = git(shop, "status", "--porcelain=v2")
    names = ("--staged", "--pipeline", "quality_gates", "--format", "json")
    code, out, _ = codeflow("review", *names, "--output", str(tmp_path / "report.json"))
    assert (code, out) == (0, "")
    report = json.loads((tmp_path / "report.json").read_text())
    assert [found["finding"]["path"] for found in report["findings"]] == ["new.py"]
    assert any("what is staged with HEAD" in notice for notice in report["notices"])
    assert [action["name"] for action in report["actions"]] == ["quality_gates"]
    assert git(shop, "status", "--porcelain=v2") == before
    code, _, err = codeflow("review", "--staged", "--head", "main")
    assert (code, "two heads" in err) == (2, True)
    code, _, err = codeflow("review", "--output", str(tmp_path / "no" / "report"))
    assert (code, "cannot be written" in err) == (3, True)


def test_init_writes_what_a_repository_needs(shop, codeflow):
    code, out, err = codeflow("init", "--provider", "anthropic", "--forks", "--commands")
    assert (code, err) == (0, "")
    workflow = (shop / ".github/workflows/codeflow.yml").read_text()
    assert "anthropic_api_key: ${{ secrets.ANTHROPIC_API_KEY }}" in workflow
    assert "gh secret set ANTHROPIC_API_KEY" in out
    assert git(shop, "status", "--porcelain", "--untracked-files=all").count(b".github/") == 4


def test_init_stores_no_key_where_the_job_has_an_identity(shop, codeflow):
    code, out, err = codeflow("init", "--provider", "openai", "--identity")
    assert (code, err) == (0, "")
    workflow = (shop / ".github/workflows/codeflow.yml").read_text()
    assert "openai_identity_provider_id: ${{ vars.OPENAI_IDENTITY_PROVIDER_ID }}" in workflow
    assert "api_key" not in workflow + out


def test_no_repository(tmp_path, codeflow, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("review", "config", "init"):
        code, _, err = codeflow(command)
        assert code == 3
        assert "is in no git repository" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["reveiw"], "'review'"),
        (["review", "--format", "pdf"], "'markdown'"),
        (["review", "--formatt=json"], "no option '--formatt=json' (did you mean '--format'?)"),
        # An option is not cut short: it could come to mean another one.
        (["review", "--bas", "main"], "no option '--bas' (did you mean '--base'?)"),
        (["config", "--head", "main"], "no option '--head' (did you mean '--help'?)"),
        (["review", "v1...v2"], "no place for 'v1...v2' (a range is --base REF --head REF)"),
        (
            ["config", "codeflow.yml"],
            "codeflow config: error: there is no place for 'codeflow.yml'",
        ),
    ],
)
def test_wrong_usage(codeflow, arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.run(arguments, {})
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "usage: codeflow" in err
    assert said in err


def test_help_waits_for_nothing_that_a_command_needs():
    program = "import sys; sys.argv = ['codeflow', '--help']; from codeflow_action.cli import main"
    command = [sys.executable, "-P", "-X", "importtime", "-c", f"{program}; main()"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: codeflow")
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "codeflow_action.arguments" in names
    assert not names & {"httpx2", "structlog", "yaml", "codeflow_action.hosts.laptop"}


def test_config_prints_each_value_with_its_origin(shop, codeflow):
    configure(shop, "review:\n  effort: low\n")
    code, _, err = codeflow("config")
    assert code == 2
    assert ".github/codeflow.yml:1:1" in err
    sha = configure(shop, "gate: {fail_on: never}\nmodels: {default: 'groq:x'}\n")
    code, out, _ = codeflow("config")  # no key is needed for that
    assert code == 0
    lines = dict(line.split(" = ", 1) for line in out.splitlines())
    assert lines["gate.fail_on"] == f'"never"  # .github/codeflow.yml at main ({sha[:7]})'
    assert "default" in lines["budget.max_tokens"]


def test_schemas_are_the_ones_that_reports_and_files_fit(shop, codeflow):
    schema = json.loads(codeflow("schema", "findings")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    committed = Path(__file__).parent.parent / "codeflow.schema.json"
    assert json.loads(codeflow("schema", "config")[1]) == json.loads(committed.read_text())


def test_findings_hands_a_report_to_an_agent(shop, codeflow):
    code, text, _ = codeflow("review", "--base", "main", "--format", "json")
    assert code == 0
    Path("report.json").write_text(text)
    code, handed, _ = codeflow("findings", "report.json")
    assert code == 0
    first, finding = map(json.loads, handed.splitlines())
    validator = jsonschema.Draft202012Validator(json.loads(codeflow("schema", "hand-off")[1]))
    for line in (first, finding):
        validator.validate(line)
    report = Report.model_validate_json(text)
    assert first["head_sha"] == report.head_sha
    assert finding["id"] == report.findings[0].id
    assert finding["untrusted"]["quote"] == "breakpoint()"
    command = f"{sys.executable} -c '{COMMAND}' findings - < report.json"
    piped = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert piped.stdout.decode() == handed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "report.json cannot be read (No such file or directory)"),
        ("[]", "the report cannot be read"),
        ('{"findings": NaN}', "the report cannot be read"),
    ],
)
def test_findings_needs_a_report(shop, codeflow, text, sentence):
    if text is not None:
        Path("report.json").write_text(text)
    code, out, err = codeflow("findings", "report.json")
    assert (code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize("name", ["pr_reviewer", "quality_gates", "quality_gates/secrets"])
def test_docs_prints_how_the_page_of_the_documents_begins(codeflow, name):
    """What `make tables` writes, and what is held against the classes, is what users get."""
    page = (Path(__file__).parent.parent / "docs" / "actions" / f"{name}.md").read_text()
    start, _, rest = page.partition("<!-- page:start -->\n")
    code, text = codeflow("docs", Path(name).name)[:2]
    assert code == 0
    assert text == start + rest.partition("<!-- page:end -->")[0]


def test_docs_names_what_is_near_to_a_wrong_name(codeflow):
    code, _, said = codeflow("docs", "secret")
    assert code == 2
    assert said == (
        "codeflow: there is no action, gate or provider 'secret' (did you mean 'secrets'?)\n"
    )


def test_the_demo_shows_each_gate_and_writes_files(tmp_path, codeflow):
    output = tmp_path / "demo"
    code, out, _ = codeflow("demo", "--output", str(output))
    assert code == 0
    for gate in QualityGates().gates:
        if gate.level is not GateLevel.OFF and gate.name != "size":  # which has no findings
            assert re.search(rf"\b{gate.name}\b", out), gate.name
    assert " code file" in out
    # Of a model's answers two are shown, one is refuted, and one quotes what is not there.
    report = json.loads((output / "report.json").read_text())
    shown = {found["finding"]["title"] for found in report["findings"]}
    assert {"The average of an empty cart divides by zero"} < shown
    assert "The hook runs a file that does not exist" in shown
    reasons = {dropped["title"]: dropped["stage"] for dropped in report["dropped"]}
    assert reasons == {
        "Half cents are lost in the average": "verify",
        "The average empties the cart": "anchor",
    }
    assert "```suggestion\n        count = sum(" in (output / "review.md").read_text()
    assert "no model was asked" in out
    names = {file.name for file in output.iterdir()}
    assert names == {
        "sticky-comment.md",
        "review.md",
        "step-summary.md",
        "outputs.txt",
        "log.txt",
        "report.json",
        "findings.sarif",
    }
    assert (output / "sticky-comment.md").read_text().startswith("<!-- codeflow:")
    assert json.loads((output / "findings.sarif").read_text())["version"] == "2.1.0"


def test_the_installed_command_and_a_reader_that_leaves(shop):
    command = Path(sys.executable).parent / "codeflow"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} schema config | head -c 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_control_c_ends_it_quietly(forks, shop):
    with ModelServer(keys=[KEY], answer=lambda _request: Json({"remarks": []})) as model:
        process = start(
            forks, "review", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url("openai")
        )
        assert "reading the change" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err
    assert process.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_model_thinks_shows_what_was_found(forks, shop, number):
    """Fault 13: Ctrl-C ends a review, with what there is."""
    arrived = threading.Event()

    def answer(_request):
        arrived.set()
        return Hang()

    with ModelServer(keys=[KEY], answer=answer) as model:
        process = start(
            forks, "review", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url("openai")
        )
        assert arrived.wait(120)
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Debug leftover" in out
    assert "Traceback" not in out + err


def start(forks, *arguments, stdout=subprocess.PIPE, **environment):
    ours = {name: os.environ[name] for name in ("PATH", "KF_RULE_CACHE_DIR")}
    return forks.start(
        ["-c", COMMAND, *arguments], env={**ours, **environment}, cwd=Path.cwd(), stdout=stdout
    )


@pytest.mark.parametrize("command", ["review", "schema config", "config"])
def test_a_disk_that_is_full_is_said_in_one_line(forks, shop, command):
    """Fault 16: standard output that cannot be written ended with a traceback."""
    with open("/dev/full", "w") as full:
        process = start(forks, *command.split(), stdout=full)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "Traceback" not in err
    assert "No space left on device" in err.splitlines()[-1]


def test_a_reader_that_leaves_opens_no_gate(forks, shop):
    """Fault 16: of a review in a pipe that stops early, the exit code is still the gate's."""
    reading, writing = os.pipe()
    os.close(reading)
    process = start(forks, "review", "--fail-on", "warning", stdout=writing)
    os.close(writing)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in err


def test_standard_output_that_is_closed_is_said_in_one_line(shop):
    """Fault 16: likewise."""
    program = Path(sys.executable).parent / "codeflow"
    done = subprocess.run(
        ["bash", "-c", f"{program} schema config >&-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "codeflow: standard output is closed\n")


def test_a_review_is_one_trace_where_a_collector_is_named(shop, codeflow):
    with Collector() as collector:
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        assert codeflow("review", "--fail-on", "warning", **told)[0] == 1
    (root,) = collector.spans_named("codeflow review")
    assert root.attributes["codeflow.verdict"] == "fail"
    assert not root.has_failed
    (gates,) = collector.spans_named("action quality_gates")
    assert gates.parent == root.id
    assert gates.attributes["codeflow.action.findings"] == 1
    (reviewer,) = collector.spans_named("action pr_reviewer")
    assert reviewer.attributes["codeflow.action.outcome"] == "skipped"
    assert reviewer.attributes["codeflow.action.reason"] == "no_key"


def test_a_review_that_could_not_be_made_is_told_too(shop, codeflow):
    with Collector() as collector:
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        assert codeflow("review", "--base", "nowhere", **told)[0] == 3
    (root,) = collector.spans_named("codeflow review")
    assert root.has_failed
    assert root.attributes["error.type"] == "RepositoryError"
    assert "nowhere" not in str(root)


def test_a_bug_ends_with_its_own_code_and_tells_no_key(shop, capsys):
    """1 would say that the gate is closed."""

    def lose(_message):
        raise RuntimeError(f"lost {KEY}")

    environment = {
        "PATH": os.environ["PATH"],
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": "http://127.0.0.1:9",
    }
    assert cli.run(["review"], environment, lose) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert "a bug in CodeFlow (RuntimeError); please report it" in err
    assert KEY not in err


@pytest.mark.promise(
    "Nothing that CodeFlow prints, as an Action or as codeflow review in a step, is a command "
    "to the runner."
)
@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "sarif"])
@pytest.mark.parametrize(
    "name", ["##[error]x.py", "::error::x.py", "a/##[set-output name=a]b.py", " ::debug::x.py"]
)
def test_in_a_step_no_line_of_a_review_is_a_command(shop, codeflow, name, form):
    """Fault 5: a runner obeyed file names, in every format, on stdout and on stderr."""
    commit(shop, {name: b"breakpoint()  # ##[error]x\n::error::x\n"})
    plain = codeflow("review", "--head", "feature", "--format", form, "--sarif", "##[error]x")
    _code, out, err = plain
    assert obeyed(out) == obeyed(err) == []
    if form == "json":
        report = Report.model_validate_json(out)
        assert name in {one.finding.path for one in report.findings}


@pytest.mark.parametrize(
    "arguments",
    [
        ("review", "--base", "##[error]x"),
        ("review", "--base", "x\n::error::x"),
        ("review", "--effort", "##[error]x"),
        ("##[error]x",),
        ("replay", "##[error]x"),
        ("eval", "::error::x"),
        ("config", "--config-path", "##[error]x"),
    ],
)
def test_in_a_step_no_message_is_a_command(shop, codeflow, capsys, arguments):
    """Fault 5: a message repeats what it is about."""
    try:
        _code, out, err = codeflow(*arguments)
    except SystemExit:
        out, err = capsys.readouterr()
    assert obeyed(out) == obeyed(err) == []
    assert "error" in out + err


def test_a_laptop_without_room_ends_with_3_and_says_so(shop, codeflow, monkeypatch):
    """Fault 16: a full disk."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    code, _, err = codeflow("review")
    assert code == 3
    assert "no room for temporary files" in err


def test_a_laptop_without_git_ends_with_3_and_says_so(shop, codeflow):
    """Fault 16: no `git` in PATH."""
    code, _, err = codeflow("review", PATH="/nowhere")
    assert code == 3
    assert "git could not be started" in err
    assert "install git" in err


@pytest.mark.parametrize("option", ["--record", "--cache-dir"])
def test_an_option_that_names_a_link_in_the_checkout_writes_nothing_through_it(
    shop, codeflow, option, tmp_path
):
    """Fault 11: a checkout's link led `--record` and `--cache-dir` to another folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (shop / "out").symlink_to(outside)
    code, _, err = codeflow("review", option, "out/x.json")
    assert list(outside.iterdir()) == []
    if option == "--record":
        assert code == 2
        assert "a link or a file is in the way" in err
