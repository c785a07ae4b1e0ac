"""Whole runs in a network of their own, in which every name that is asked for is written down.

Its only interface is the loopback, where local servers bear the names of GitHub's and the
providers' hosts, and a stub of a name server tells their addresses. Nothing else can be reached.
"""

import fcntl
import json
import os
import runpy
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path

import trustme

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, Ended, Job, build, review

GITHUB = "127.0.0.1"
MODEL = "127.0.0.2"
ISSUER = "127.0.0.3"
HOSTS = {
    "api.github.com": GITHUB,
    "github.com": GITHUB,
    "pipelines.actions.githubusercontent.com": ISSUER,  # one of many that runners name
    "auth.openai.com": MODEL,
    "api.openai.com": MODEL,
    "api.anthropic.com": MODEL,
    "api.mistral.ai": MODEL,
    "api.groq.com": MODEL,
}
AUDIENCE = "https://api.openai.com/v1"
ACCOUNT = {"identity_provider_id": "idp_1", "service_account_id": "svc_1"}
NOT_HERE = 77  # the exit code where the kernel gives no network of one's own


def enter_network(folder: Path) -> None:
    """Leave the machine's network for an empty one, whose names are asked of 127.0.0.1."""
    flags = os.CLONE_NEWNET | os.CLONE_NEWNS
    try:
        os.unshare(flags if os.geteuid() == 0 else flags | os.CLONE_NEWUSER)
    except OSError:
        raise SystemExit(NOT_HERE) from None
    with socket.socket() as any_socket:  # netdevice(7): the loopback begins switched off
        request = struct.pack("16sh14x", b"lo", 0x41)  # up and running
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    for arguments in (["--make-rprivate", "/"], ["--bind", resolver, "/etc/resolv.conf"]):
        if subprocess.run(["/bin/mount", *arguments], check=False).returncode:
            raise SystemExit(NOT_HERE)


def answer_names(names: set[str]) -> None:
    """Answer each question for a name, and add it to `names`, for as long as the process lives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stub:
        stub.bind(("127.0.0.1", 53))
        while True:
            question, asker = stub.recvfrom(4096)
            stub.sendto(answer_to(question, names), asker)


def answer_to(question: bytes, names: set[str]) -> bytes:
    """Return the answer of a name server (https://www.rfc-editor.org/rfc/rfc1035#section-4.1)."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace"))
        at += 1 + question[at]
    name, kind = ".".join(labels), struct.unpack_from(">H", question, at + 1)[0]
    names.add(name)
    address = HOSTS.get(name) if kind == 1 else None  # an A record; the others do not exist
    code = 0x8180 if name in HOSTS else 0x8183
    head = question[:2] + struct.pack(">HHHHH", code, 1, 1 if address else 0, 0, 0)
    record = b""
    if address:
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return head + question[12 : at + 5] + record


def run_forked(job: Job) -> Ended:
    """Run the entry in a process of its own, which has this network and all imports."""
    output, log = job.folder / "stdout", job.folder / "stderr"
    child = os.fork()
    if child == 0:
        for number, path in ((1, output), (2, log)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
        os.chdir(job.folder)
        os.environ.clear()
        os.environ.update(job.environment)
        code = 1
        try:
            runpy.run_module("codeflow_action", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return job.ended(os.waitstatus_to_exitcode(status), output.read_text(), log.read_text())


def main() -> None:
    """Run a job for each provider that is named, and write what each has asked for as JSON.

    `openai, identity` is a job that has an identity and no key.
    """
    folder, providers = Path(sys.argv[1]), sys.argv[2:]
    enter_network(folder)
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(tls)
    names: set[str] = set()
    threading.Thread(target=answer_names, args=[names], daemon=True).start()
    results = {}
    with (
        GitHubServer(token=TOKEN, tls=tls, host=GITHUB, port=443) as github,
        IdentityIssuer(tls=tls, host=ISSUER, port=443) as issuer,
        ModelServer(
            keys=[KEY],
            exchange=TokenExchange(issuer=issuer, audience=AUDIENCE, account=ACCOUNT),
            answer=review(REMARK),
            tls=tls,
            host=MODEL,
            port=443,
        ) as model,
    ):
        for case in providers:
            names.clear()
            earlier = len(model.requests)
            provider, _, proof = case.partition(", ")
            root = folder / case
            (root / "empty").mkdir(parents=True)
            shop = build(root, github, BASE, HEAD, full_name=f"octo/{provider}{proof}")
            key = {} if provider == "none" else {f"{provider}_api_key": KEY}
            identity = {}
            if proof:
                key = {f"openai_{word}": value for word, value in ACCOUNT.items()}
                address = "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0"
                identity = {**issuer.environment, "ACTIONS_ID_TOKEN_REQUEST_URL": address}
            job = shop.job(
                workspace=root / "empty",  # so that git has to fetch
                inputs={
                    "provider": provider,
                    "ca_certificates": authority.cert_pem.bytes().decode(),
                    **key,
                },
                env={
                    "GITHUB_API_URL": "https://api.github.com",
                    "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
                    "GITHUB_SERVER_URL": "https://github.com",
                    **identity,
                },
            )
            ended = run_forked(job)
            results[case] = {
                "verdict": ended.outputs["verdict"],
                "log": ended.log,
                "names": sorted(names),
                "stores": [request.body.get("store") for request in model.requests[earlier:]],
            }
    (folder / "results.json").write_text(json.dumps(results))
