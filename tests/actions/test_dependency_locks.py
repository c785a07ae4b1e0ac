"""Locks and requirements as `dependencies` reads them: every name, every format, no prose."""

import pytest

from tests.actions.test_dependencies import gate, told

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bun.lock", '{"packages": {\n"q": ["q@1.5.1", "", {}, "sha512-%s"],\n}}\n'),
        (
            "yarn.lock",
            (
                '__metadata:\n  cacheKey: 10\n"q@npm:^1":\n  version: 1.5.1\n'
                '  resolution: "q@npm:1.5.1"\n  checksum: 10/%s\n'
            ),
        ),
        ("yarn.lock", '# yarn\n\nq@^1, q@1:\n  version "1.5.1"\n  integrity sha512-%s\n'),
        ("yarn.lock", '# yarn\n\nr@npm:q@1:\n  version "1.5.1"\n  integrity sha512-%s\n'),
        ("pnpm-lock.yaml", "packages:\n  q@1.5.1:\n    resolution: {integrity: sha512-%s}\n"),
        ("pnpm-lock.yaml", "packages:\n  /@q/r/1.5.1:\n    resolution: {integrity: sha512-%s}\n"),
        (
            "Cargo.lock",
            (
                '[[package]]\nname = "q"\nversion = "1.5.1"\nsource = "registry+https://a"\n'
                'checksum = "%s"\n'
            ),
        ),
        ("mix.lock", '%%{\n  "q": {:hex, :q, "1.5.1", "x", [:mix], [], "hexpm", "%s"},\n}\n'),
        ("requirements.txt", "q==1.5.1 --hash=sha256:%s\n"),
    ],
)
def test_a_package_may_have_a_name_of_one_letter(path, text):
    findings = gate({path: (text % A, text % B)}).findings
    assert [finding.rule for finding in findings] == ["dependencies/integrity"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/system_requirements.txt", "Overview\n\nrequest time-outs must be configurable\n"),
        ("docs/requirements/overview.txt", "- flasks of water\n- pandsa\n- djagno; and more\n"),
        ("spec/requirements.txt", "1. Overview\n2. reqeusts per second\n"),
        ("ops/apt-requirements.txt", "curl\nlibpq-dev\npillows\n"),
        ("requirements/brew.txt", "reqeusts\n"),
        ("conda-requirements.txt", "reqeusts=2.32\n"),
    ],
)
def test_prose_and_the_lists_of_other_package_managers_ask_for_nothing(path, text):
    done = gate({path: ("", text)})
    assert (done.findings, done.notes) == ((), ())


def test_a_requirements_file_that_pip_refuses_is_named():
    done = gate({"requirements.txt": ("", "flask\nreqeusts\nwith many greetings\n")})
    assert done.findings == ()
    assert "Dependencies not read: requirements.txt: pip cannot read its line 3" in done.notes


@pytest.mark.parametrize(
    "line",
    [
        "reqeusts",
        "reqeusts[socks] (>=2, <3) ; python_version < '3.13' and extra == 'x'",
        "reqeusts==2.32.3+cu1 --hash=sha256:" + A,
        "reqeusts ~= 2.1,!=2.3  # a comment",
    ],
)
def test_every_line_that_pip_takes_is_a_requirement(line):
    others = "-r base.txt\n--pre\n-e .\n./wheels/a.whl\ngit+https://github.com/mona/a\n{{ more }}\n"
    done = gate({"requirements/dev.txt": (others, others + line + "\n")})
    assert ("look_alike", "warning", "requirements/dev.txt", 7) in told(done)
