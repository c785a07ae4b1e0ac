"""Python's many files; those of this project are among them, as the tools wrote them."""

import re
from pathlib import Path

import pytest

from codeflow_action.manifests import Listing, Origin, format_of
from tests.manifests.test_npm import listing, rows

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = """# a comment
--index-url https://pypi.example/simple
requests[socks]==2.32.3 \\
    --hash=sha256:0123456789012345678901234567890123456789012345678901234567890123 \\
    --hash=sha256:abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd
Typing_Extensions>=4; python_version < "3.13"  # why
mine @ git+https://github.com/mona/mine@main
-e git+https://github.com/mona/other.git#egg=other
-r more.txt
./local
"""
PYPROJECT = """[build-system]
requires = ["hatchling"]

[project]
name = "shop"
dependencies = [
    "httpx>=0.28",
    "legacy-cgi ; python_version >= '3.13'",
]

[project.optional-dependencies]
cli = ["click"]

[dependency-groups]
dev = ["pytest", {include-group = "lint"}]

[tool.poetry.dependencies]
python = "^3.12"
pendulum = "^3.0"
forked = { git = "https://github.com/mona/forked.git", rev = "1" }

[tool.poetry.group.docs.dependencies]
mkdocs = { version = "^1.6", optional = true }

[[tool.poetry.source]]
name = "mine"
url = "https://pypi.example/simple"

[[tool.uv.index]]
url = "https://uv.example/simple"
"""
POETRY = """[[package]]
name = "certifi"
version = "2024.8.30"
description = "A package"
files = [
    {file = "certifi-2024.8.30-py3-none-any.whl", hash = "sha256:922820"},
    {file = "certifi-2024.8.30.tar.gz", hash = "sha256:bec941"},
]

[[package]]
name = "Forked"
version = "0.1"
files = []

[package.source]
type = "git"
url = "https://github.com/mona/forked.git"
resolved_reference = "0123"

[metadata]
lock-version = "2.1"
"""
UV = """version = 1

[[package]]
name = "anyio"
version = "4.8.0"
source = { registry = "https://pypi.example/simple" }
sdist = { url = "https://files.example/anyio-4.8.0.tar.gz", hash = "sha256:1d9f", size = 181 }
wheels = [
    { url = "https://files.example/anyio-4.8.0-py3-none-any.whl", hash = "sha256:b501" },
]

[[package]]
name = "mine"
version = "0.1.0"
source = { git = "https://github.com/mona/mine?rev=main#0123" }

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
"""
PDM = """[[package]]
name = "idna"
version = "3.10"
files = [
    {file = "idna-3.10-py3-none-any.whl", hash = "sha256:946d"},
]
"""
PIPFILE = """{
    "_meta": {
        "sources": [
            {"name": "pypi", "url": "https://pypi.example/simple", "verify_ssl": true}
        ]
    },
    "default": {
        "idna": {
            "hashes": [
                "sha256:12f6",
                "sha256:946d"
            ],
            "version": "==3.10"
        }
    },
    "develop": {}
}
"""


def test_a_requirements_file_is_read_with_its_continued_lines() -> None:
    found = listing("requirements/dev.txt", REQUIREMENTS)
    assert rows("requirements/dev.txt", REQUIREMENTS) == [
        ("requests", "==2.32.3", 3, 5),
        ("typing-extensions", ">=4", 6, 6),
        ("mine", "", 7, 7),
        ("other", "", 8, 8),
    ]
    assert [one.origin for one in found.packages] == [
        *(Origin.REGISTRY, Origin.REGISTRY),
        *(Origin.GIT, Origin.GIT),
    ]
    assert len(found.packages[0].digests) == 2
    assert [(one.url, one.line) for one in found.registries] == [("https://pypi.example/simple", 2)]


def test_a_pyproject_is_read_in_all_its_dialects() -> None:
    found = listing("pyproject.toml", PYPROJECT)
    assert [(one.name, one.line) for one in found.packages] == [
        ("httpx", 7),
        ("legacy-cgi", 8),
        ("click", 12),
        ("pytest", 15),
        ("hatchling", 2),
        ("pendulum", 19),
        ("forked", 20),
        ("mkdocs", 23),
    ]
    assert [one.name for one in found.packages if not one.is_locked] == ["hatchling"]
    assert [one.name for one in found.packages if one.origin is Origin.GIT] == ["forked"]
    assert [(one.url, one.line) for one in found.registries] == [
        ("https://pypi.example/simple", 27),
        ("https://uv.example/simple", 30),
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected", "digests"),
    [
        (
            "poetry.lock",
            POETRY,
            [("certifi", "2024.8.30", 1, 9), ("forked", "0.1", 10, 19)],
            {
                "certifi-2024.8.30-py3-none-any.whl:sha256:922820",
                "certifi-2024.8.30.tar.gz:sha256:bec941",
            },
        ),
        (
            "uv.lock",
            UV,
            [("anyio", "4.8.0", 3, 11), ("mine", "0.1.0", 12, 16)],
            {
                "anyio-4.8.0.tar.gz:sha256:1d9f",
                "anyio-4.8.0-py3-none-any.whl:sha256:b501",
            },
        ),
        ("pdm.lock", PDM, [("idna", "3.10", 1, 7)], {"idna-3.10-py3-none-any.whl:sha256:946d"}),
        ("Pipfile.lock", PIPFILE, [("idna", "3.10", 8, 14)], {"sha256:12f6", "sha256:946d"}),
    ],
)
def test_a_lock_of_python_is_read(path: str, text: str, expected: list, digests: set) -> None:
    assert rows(path, text) == expected
    assert listing(path, text).packages[0].digests == digests


@pytest.mark.parametrize(("path", "text"), [("poetry.lock", POETRY), ("uv.lock", UV)])
def test_a_lock_of_python_says_what_comes_from_git(path: str, text: str) -> None:
    assert [one.origin for one in listing(path, text).packages] == [Origin.REGISTRY, Origin.GIT]


def test_this_projects_lock_and_requirements_agree() -> None:
    """Two tools wrote them, and two readers come to the same."""
    lock = listing("poetry.lock", (ROOT / "poetry.lock").read_text())
    locked = {one.name: one.version for one in lock.packages}
    required = listing("requirements.txt", (ROOT / "requirements/runtime.txt").read_text())
    assert len(required.packages) > 40
    for one in required.packages:
        assert locked[one.name] == one.version.removeprefix("==")
        assert one.digests
    digests = {one.name: one.digests for one in lock.packages}
    for one in required.packages:
        assert one.digests <= {digest.partition(":")[2] for digest in digests[one.name]}


def test_this_projects_dependencies_stand_where_they_are_said_to() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    lines = text.split("\n")
    found = listing("pyproject.toml", text)
    assert len(found.packages) > 40
    for one in found.packages:
        assert re.search(rf'"{re.escape(one.name)}[" \[]', lines[one.line - 1])


def test_requirements_are_no_lock_file_of_another_name() -> None:
    assert format_of("docs/requirements-docs.txt") is not None
    assert format_of("notes/requirements.md") is None
    assert isinstance(listing("requirements.txt", ""), Listing)
