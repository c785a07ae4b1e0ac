"""Every reader of a text that a stranger can write, with valid texts of its own."""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from codeflow_action.actions.pr_reviewer.remarks import Judgements, Review
from codeflow_action.ai.reply import parse_reply, salvage
from codeflow_action.config.dismissed_file import read_dismissed
from codeflow_action.config.layers import read_layer
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine import ledger_text
from codeflow_action.engine.commands import parse_command
from codeflow_action.engine.diff import DiffSyntaxError, parse_hunks
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissal_words import stance
from codeflow_action.engine.errors import CodeFlowError, UnusableReply
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.opinions import decisions, dismissal_target, opinions
from codeflow_action.hosts.report_file import parse_report
from codeflow_action.integrations.github.marks import PURPOSE, Marks, read_finding
from codeflow_action.integrations.github.read.conversation_query import ConversationPage
from codeflow_action.integrations.github.read.event import parse_event, read_event
from codeflow_action.integrations.raw_diff import changed_file, join, raw_entries
from codeflow_action.integrations.reports.coverage_reports import read_coverage
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.reports.sarif_reader import read_sarif
from codeflow_action.manifests import FORMATS, SURVEY_ONLY, read
from codeflow_action.security.seal import Seal
from tests.entry.jobs import REMARK
from tests.environments import ROOT
from tests.security.test_text_that_leaves import report

SHA = "5ca1ab1e" * 5
REPORTS = ROOT / "tests" / "integrations" / "reports"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """`read` gives a value or raises one of `refusals`, whatever the bytes are.

    `is_json` where the examples are JSON. `large` makes a text of about so many bytes. `at_most` is
    what a reader with a limit of its own may take of memory, in bytes, for however small a text.
    """

    name: str
    read: Callable[[bytes], object]
    examples: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...] = ()
    is_json: bool = False
    large: Callable[[int], bytes]
    at_most: int = 0


def _numbered(
    before: bytes, part: bytes, after: bytes, joint: bytes = b""
) -> Callable[[int], bytes]:
    def large(size: int) -> bytes:
        count = max(1, size // (len(part) + len(joint)))
        return before + joint.join(part.replace(b"NN", b"%d" % at) for at in range(count)) + after

    return large


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


PATCH = b"""diff --git a/a.py b/a.py
index 1234567..89abcde 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,4 @@ def f():
 one
-two
+TWO
+three
 four
\\ No newline at end of file
"""
RAW = b":100644 100644 %s %s M\0a.py\0:100644 000000 %s %s D\0b.py\0" % ((SHA.encode(),) * 4)


def _read_diff(raw: bytes) -> object:
    return parse_hunks(_text(raw))


def _join_diff(raw: bytes) -> object:
    entries = [changed_file(entry) for entry in raw_entries(RAW)]
    return join(entries[:1], raw)


REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}
END = {"ref": "main", "sha": SHA, "repo": REPOSITORY}
EVENTS = {
    "pull_request": {
        "action": "labeled",
        "pull_request": {
            "number": 7,
            "title": "T",
            "body": None,
            "user": {"login": "mona", "type": "User"},
            "labels": [{"name": "x"}],
            "base": END,
            "head": END,
            "stack": {"base": {"ref": "main"}},
        },
        "label": {"name": "x"},
        "changes": {"base": {"ref": {"from": "x"}}},
        "repository": REPOSITORY,
    },
    "workflow_run": {
        "action": "completed",
        "workflow_run": {
            "event": "pull_request",
            "head_sha": SHA,
            "head_branch": "f",
            "head_repository": REPOSITORY,
        },
        "repository": REPOSITORY,
    },
    "push": {"before": SHA, "after": SHA, "ref": "refs/heads/main", "repository": REPOSITORY},
    "merge_group": {
        "merge_group": {"base_sha": SHA, "head_sha": SHA, "base_ref": "a", "head_ref": "b"},
        "repository": REPOSITORY,
    },
    "workflow_dispatch": {"ref": "refs/heads/main", "repository": REPOSITORY},
}


class _Bytes:
    """What `read_event` needs of a path."""

    def __init__(self, raw: bytes) -> None:
        self.read_bytes = lambda: raw


def _read_event(raw: bytes) -> object:
    payload = read_event(_Bytes(raw))
    if "after" in payload:
        return parse_event("push", payload)
    names = [name for name in EVENTS if name in payload] or ["workflow_dispatch"]
    return parse_event(names[0], payload)


@cache
def _plugins():
    return load_plugins()


def _read_configuration(raw: bytes) -> object:
    return read_layer("head", raw, _plugins())


CONFIGURATION = b"""version: 1
when: {drafts: gates, forks: known}
paths: {ignore: ["vendor/**"], rules: [{match: "src/**", instructions: Hello., effort: high}]}
models: {default: "openai:a", roles: {verify: "groq:b"}, prices: {a: {input: 1, output: 2}}}
budget: {max_tokens: 1000, max_cost_usd: 1.5}
pipeline:
  - quality_gates: {secrets: error}
  - pr_reviewer: {effort: medium, only: {drafts: false}}
gate: {fail_on: error}
"""
LEDGER = Ledger(head_sha=SHA, merge_base_sha=SHA, digest="d" * 16, complete=True, model="m")


def _packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def _raw_ledger(value: Ledger) -> bytes:
    return zlib.decompress(base64.b64decode(ledger_text.encode(value)))


def _read_ledger(raw: bytes) -> object:
    return ledger_text.decode(_packed(raw))


MARKS = Marks(repository="octo/shop", number=7, name="codeflow", seal=Seal.of(["k" * 40], PURPOSE))


def _read_marks(raw: bytes) -> object:
    text = _text(raw)
    return MARKS.read_ledger(text), MARKS.claims_a_model(text), read_finding(text, "codeflow")


def _read_comment(raw: bytes) -> object:
    text = _text(raw)
    line = parse_command(text)
    return stance(text), dismissal_target(line.argument if line else text)


def _comment(number: int, body: str, kind: str = "User") -> dict:
    return {
        "databaseId": number,
        "body": body,
        "author": {"__typename": kind, "login": "mona"},
        "authorAssociation": "MEMBER",
        "createdAt": "2026-01-02T00:00:00Z",
    }


DISCUSSION = {
    "viewer": {"login": "codeflow"},
    "repository": {
        "pullRequest": {
            "comments": {"nodes": [_comment(1, "/codeflow dismiss 0123456789abcdef so it is")]},
            "reviewThreads": {
                "nodes": [
                    {
                        "path": "a.py",
                        "isResolved": True,
                        "resolvedBy": {"__typename": "User", "login": "mona"},
                        "opening": {"nodes": [{"diffHunk": "@@ -1 +1 @@\n-a\n+b"}]},
                        "comments": {
                            "totalCount": 2,
                            "nodes": [_comment(2, "Wrong."), _comment(3, "By design.")],
                        },
                    }
                ]
            },
        }
    },
}


def _read_discussion(raw: bytes) -> object:
    page = ConversationPage.of(json.loads(_text(raw)))
    comments = tuple(node.comment() for node in page.comments)
    discussion = Discussion(comments=comments, threads=tuple(page.threads))
    return decisions(opinions(discussion), lambda _opinion: True), page.issues("octo/shop")


DISMISSED = b"""version: 1
dismissed:
  - {id: "0123456789abcdef", reason: The caller checks it.}
  - {rule: debug_leftovers/breakpoint, paths: ["examples/**"], reason: Readers stop there.}
"""
REPLY = {"remarks": [{**REMARK, "line": 6, "claim": "other", "rule": None}]}
VERDICTS = {
    "judgements": [{"id": 1, "verdict": "confirmed", "severity": "error", "reason": "It is so."}]
}


def _read_reply(raw: bytes) -> object:
    text = _text(raw)
    salvage(text, Review), salvage(text, Judgements)
    try:
        return parse_reply(text, Review)
    except UnusableReply:
        return parse_reply(text, Judgements)


MANIFESTS = (
    b'{"name": "a", "lockfileVersion": 3, "packages": {"node_modules/b": {"version": "1.0.0"}}}',
    b'[package]\nname = "a"\nversion = "1"\n[dependencies]\nb = { git = "https://x" }\n',
    b"services:\n  web: {image: 'a:1@sha256:00', build: .}\ndependencies: [a=1, {pip: [b==1]}]\n",
    b"<project><dependencies><dependency><groupId>a</groupId></dependency></dependencies></project>",
    b"FROM a:1 AS b\nCOPY --from=c /x /y\n",
    b"a==1 --hash=sha256:00 ; python_version > '3'\n-r other.txt\n",
    b"module a\nrequire (\n\tb v1.0.0 // indirect\n)\nreplace b => ../b\n",
    b"GEM\n  remote: https://x\n  specs:\n    a (1.0)\n      b (>= 1)\n",
)


def _manifest_reader(kinds: Sequence) -> Callable[[bytes], object]:
    return lambda raw: [type(read(kind, raw)) for kind in kinds]


def _files(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes()[:20_000] for path in sorted(REPORTS.glob(pattern)))


SARIF = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "a", "rules": [{"id": "R1", "name": "r"}]}},
                "originalUriBaseIds": {"ROOT": {"uri": "file:///a/"}},
                "results": [
                    {
                        "ruleId": "R1",
                        "ruleIndex": 0,
                        "level": "warning",
                        "message": {"text": "x [a](1)", "arguments": ["b"]},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "a%20b.py", "uriBaseId": "ROOT"},
                                    "region": {"startLine": 1, "endLine": 2, "startColumn": 3},
                                }
                            }
                        ],
                        "suppressions": [],
                    }
                ],
            }
        ],
    }
).encode()
_RESULT = b'{"ruleId":"R1","message":{"text":"x NN"},"locations":[]}'

READERS = (
    Reader(
        name="diff",
        read=_read_diff,
        examples=(PATCH,),
        refusals=(DiffSyntaxError,),
        large=_numbered(
            b"@@ -1,9999999 +1,9999999 @@\n", b"@@ -NN +NN @@\n-NN and more of it\n+NN\n", b""
        ),
    ),
    Reader(
        name="diff of files",
        read=_join_diff,
        examples=(PATCH,),
        large=_numbered(PATCH, b"@@ -NN +NN @@\n-NN and more of it\n+NN\n", b""),
    ),
    Reader(
        name="event",
        read=_read_event,
        examples=tuple(json.dumps(event).encode() for event in EVENTS.values()),
        refusals=(CodeFlowError,),
        is_json=True,
        large=_numbered(b'{"commits": [', b'{"id": "NN", "message": "a commit"}', b"]}", b","),
    ),
    Reader(
        name="configuration",
        read=_read_configuration,
        examples=(CONFIGURATION,),
        # At most 20,000 values are read, whatever their length: that is what takes memory.
        at_most=32_000_000,
        large=_numbered(b"paths:\n  ignore:\n", b"    - folder/NN\n", b""),
    ),
    Reader(
        name="ledger",
        read=_read_ledger,
        examples=(_raw_ledger(LEDGER),),
        is_json=True,
        large=_numbered(b'{"version": 3, "head_sha": "', b"NN", b'"}'),
    ),
    Reader(
        name="marks",
        read=_read_marks,
        examples=(
            MARKS.ledger_line(LEDGER).encode(),
            f"text\n{MARKS.finding('0123456789abcdef', 'a.py')}".encode(),
        ),
        large=_numbered(b"<!-- codeflow:codeflow:v1 ", b"NN ", b"-->"),
    ),
    Reader(
        name="comment",
        read=_read_comment,
        examples=(
            b"/codeflow dismiss 0123456789abcdef the caller checks it\r\nmore",
            b'> why?\n\nNo, this is by design. `code` and "a quote": won\'t fix.',
        ),
        large=_numbered(b"/codeflow dismiss ", b"no, not by design? ", b""),
    ),
    Reader(
        name="discussion",
        read=_read_discussion,
        examples=(json.dumps(DISCUSSION).encode(),),
        # The JSON is the server's own: strangers write the texts in it.
        refusals=(CodeFlowError, ValueError, RecursionError),
        is_json=True,
        large=_numbered(
            b'{"repository": {"pullRequest": {"comments": {"nodes": [',
            # A page of comments has a hundred, and GitHub's own fields beside each text.
            json.dumps(_comment(1, "/codeflow dismiss NN " + "x" * 60)).encode(),
            b"]}}}}",
            b", ",
        ),
    ),
    Reader(
        name="dismissals of a repository",
        read=read_dismissed,
        examples=(DISMISSED,),
        # As of the configuration, at most 20,000 values are read.
        at_most=32_000_000,
        large=_numbered(b"version: 1\ndismissed:\n", b"  - {id: NN, reason: x}\n", b""),
    ),
    Reader(
        name="report",
        read=parse_report,
        examples=(report("x").model_dump_json().encode(),),
        refusals=(CodeFlowError,),
        is_json=True,
        large=_numbered(
            report("x").model_dump_json().encode()[:-1] + b', "notes": [', b'"note NN"', b"]}", b","
        ),
    ),
    Reader(
        name="SARIF",
        read=read_sarif,
        examples=(SARIF, *_files("by_hand/*.sarif"), *_files("made/r*.sarif")),
        refusals=(NotAReport,),
        large=_numbered(
            b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[',
            _RESULT,
            b"]}]}",
            b",",
        ),
    ),
    Reader(
        name="SARIF's values",
        read=read_sarif,
        examples=(SARIF,),
        refusals=(NotAReport,),
        is_json=True,
        large=_numbered(b'{"version":"2.1.0","runs":[', b'{"results":[NN]}', b"]}", b","),
    ),
    Reader(
        name="coverage",
        read=read_coverage,
        examples=(*_files("coverage/*"), b"mode: set\na/b.go:1.2,3.4 1 0\n"),
        refusals=(NotAReport,),
        large=_numbered(b"SF:a.py\n", b"DA:NN,1\n", b"end_of_record\n"),
    ),
    Reader(
        name="manifests",
        read=_manifest_reader(FORMATS),
        examples=MANIFESTS,
        large=_numbered(
            b'{"packages": {',
            b'"node_modules/package-NN": {"version": "1.0.NN", "resolved": "https://x/package-NN"}',
            b"}}",
            b",",
        ),
    ),
    Reader(
        name="manifests of a survey",
        read=_manifest_reader(SURVEY_ONLY),
        examples=MANIFESTS,
        large=_numbered(b"", b"FROM registry.example.com/team/image-NN:1.0.NN AS stage-NN\n", b""),
    ),
    Reader(
        name="reply",
        read=_read_reply,
        examples=(json.dumps(REPLY).encode(), b"Sure!\n```json\n" + json.dumps(VERDICTS).encode()),
        refusals=(CodeFlowError,),
        large=_numbered(b'{"remarks": [', json.dumps(REPLY["remarks"][0]).encode(), b"]}", b","),
    ),
    Reader(
        name="reply's values",
        read=_read_reply,
        examples=(json.dumps(REPLY).encode(), json.dumps(VERDICTS).encode()),
        refusals=(CodeFlowError,),
        is_json=True,
        large=_numbered(
            b'{"judgements": [', json.dumps(VERDICTS["judgements"][0]).encode(), b"]}", b","
        ),
    ),
)
