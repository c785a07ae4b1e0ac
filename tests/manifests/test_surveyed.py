"""What only tells what a repository is made with is not compared as packages are."""

import pytest

from codeflow_action.manifests import FORMATS, SURVEY_ONLY, format_of, survey_kind
from tests.manifests.test_npm import listing


@pytest.mark.parametrize(
    "path",
    [
        *("deno.json", "setup.cfg", "setup.py", "Pipfile", "environment.yml", "a.gemspec"),
        *("build.gradle.kts", "packages.config", "Podfile", "Package.swift", "Chart.yaml"),
        *(".pre-commit-config.yaml", "schema.prisma", "Dockerfile-dev", "compose.yaml", "a.tf"),
        *(".github/actions/a/b.yml", "k8s/web.yaml"),
    ],
)
def test_what_is_surveyed_has_no_format_that_is_compared(path: str) -> None:
    assert survey_kind(path) in SURVEY_ONLY
    assert format_of(path) is None


def test_a_manifest_that_is_compared_is_surveyed_by_the_same_reader() -> None:
    for path in (
        "web/package.json",
        "REQUIREMENTS/dev.txt",
        "a/B.csproj",
        ".github/workflows/a.yml",
    ):
        assert survey_kind(path) is format_of(path)
        assert survey_kind(path) in FORMATS


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"name": "a", "peerDependencies": {"vue": "3"}}'),
        ("composer.json", '{"require": {"php": "^8", "ext-redis": "*"}}'),
        ("Cargo.toml", '[package]\nname = "a"\n[dependencies]\nb.workspace = true'),
        ("go.mod", "module example.com/a\n"),
        ("pyproject.toml", '[project]\nname = "a"\n[tool.uv]\ndev-dependencies = ["mypy"]'),
        ("A.csproj", '<Project Sdk="B"><FrameworkReference Include="C"/></Project>'),
        ("pom.xml", "<parent><groupId>a</groupId><artifactId>b</artifactId></parent>"),
        ("libs.versions.toml", '[plugins]\na = { id = "x.y", version = "1" }'),
        ("mix.exs", '  defp aliases do\n  [{:setup, ["deps.get"]}]'),
        ("Dockerfile", "FROM $BASE\nCOPY --from=busybox:1 /a /b\n"),
        (".github/workflows/ci.yml", "services:\n  db:\n    image: postgres:18\n"),
    ],
)
def test_a_mention_is_no_package(path: str, text: str) -> None:
    found = listing(path, text)
    assert found.packages == ()
    assert found.hints
