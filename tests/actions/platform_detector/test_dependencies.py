"""Every kind of manifest gives its names with their lines, whoever wrote it."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.platform_detector.dependency_names import (
    UnreadableManifest,
    catalog_aliases,
    reader_of,
)
from tests.actions.platform_detector.surveying import detect, ids


def names(path: str, text: str) -> list[tuple[str, str, int]]:
    reader = reader_of(path)
    assert reader is not None, path
    return [tuple(one) for one in reader(text)]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a/package.json", '{\n"devDependencies": {\n"vite": "7"}}', ("npm", "vite", 3)),
        (
            "package.json",
            '{"packageManager": "pnpm@9.1.0"}',
            ("package.json", "packageManager:pnpm", 1),
        ),
        ("deno.json", '{"imports": {"zod": "npm:zod@4"}}', ("npm", "zod", 1)),
        ("deno.json", '{"imports": {"h": "npm:@hono/node@1"}}', ("npm", "@hono/node", 1)),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n"Flask[async]>=3",\n]',
            ("python", "flask", 3),
        ),
        (
            "pyproject.toml",
            '[project.optional-dependencies]\nx = ["a_b; os=1"]',
            ("python", "a-b", 2),
        ),
        (
            "pyproject.toml",
            '[dependency-groups]\ndev = ["pytest", {include-group = "x"}]',
            ("python", "pytest", 2),
        ),
        (
            "pyproject.toml",
            '[tool.poetry.group.dev.dependencies]\nruff = "*"',
            ("python", "ruff", 2),
        ),
        ("pyproject.toml", "[tool.uv]\ndev-dependencies = ['mypy']", ("python", "mypy", 2)),
        ("pyproject.toml", "[tool.ruff.lint]\nx = 1", ("pyproject", "tool.ruff", 1)),
        (
            "pyproject.toml",
            "[build-system]\nrequires = ['hatchling>=1']",
            ("build-system", "hatchling", 2),
        ),
        ("requirements-dev.txt", "# x\n-r base.txt\nDjango>=5 # why\n", ("python", "django", 3)),
        ("requirements/base.txt", "psycopg[binary]==3\n", ("python", "psycopg", 1)),
        ("requirements.txt", "git+https://example.com/a.git#egg=my.pkg\n", ("python", "my-pkg", 1)),
        ("environment.yml", "dependencies:\n  - pip:\n    - torch>=2\n", ("python", "torch", 3)),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    requests>=2\n",
            ("python", "requests", 3),
        ),
        ("setup.cfg", "[options.extras_require]\ndev =\n    pytest\n", ("python", "pytest", 3)),
        ("setup.cfg", "[tool:pytest]\naddopts = -q\n", ("setup.cfg", "tool:pytest", 1)),
        (
            "setup.py",
            "setup(\n  install_requires=[\n    'click>=8',\n  ],\n)",
            ("python", "click", 3),
        ),
        ("Pipfile", '[dev-packages]\nblack = "*"', ("python", "black", 2)),
        (
            "go.mod",
            "module x.y/z\nrequire (\n\tgithub.com/labstack/echo/v5 v5.0.0\n)",
            ("go", "github.com/labstack/echo", 3),
        ),
        ("go.mod", "require gopkg.in/yaml.v3 v3.0.1\n", ("go", "gopkg.in/yaml", 1)),
        ("Cargo.toml", '[workspace.dependencies]\ntokio = "1"', ("cargo", "tokio", 2)),
        (
            "Cargo.toml",
            '[target."cfg(unix)".dev-dependencies]\nx = { package = "insta" }',
            ("cargo", "insta", 2),
        ),
        (
            "Cargo.toml",
            '[dependencies]\nsqlx = { features = ["postgres"] }',
            ("cargo-feature", "sqlx:postgres", 2),
        ),
        (
            "pom.xml",
            "<dependency>\n<groupId>junit</groupId>\n<artifactId>junit</artifactId>\n</dependency>",
            ("maven", "junit:junit", 3),
        ),
        (
            "pom.xml",
            "<plugins><plugin><artifactId>maven-pmd-plugin</artifactId></plugin></plugins>",
            ("maven", "org.apache.maven.plugins:maven-pmd-plugin", 1),
        ),
        (
            "build.gradle",
            "plugins {\n  id 'org.springframework.boot' version '4'\n}",
            ("gradle", "org.springframework.boot", 2),
        ),
        (
            "build.gradle",
            "dependencies { implementation('io.ktor:ktor-core:3') }",
            ("maven", "io.ktor:ktor-core", 1),
        ),
        (
            "build.gradle",
            "api group: 'org.jooq', name: 'jooq', version: '1'",
            ("maven", "org.jooq:jooq", 1),
        ),
        (
            "app/build.gradle.kts",
            'plugins { kotlin("jvm") version "2" }',
            ("gradle", "org.jetbrains.kotlin.jvm", 1),
        ),
        (
            "gradle/libs.versions.toml",
            '[libraries]\na = "io.ktor:ktor-core:3"',
            ("maven", "io.ktor:ktor-core", 2),
        ),
        (
            "gradle/libs.versions.toml",
            '[plugins]\na = { id = "x.y", version.ref = "v" }',
            ("gradle", "x.y", 2),
        ),
        (
            "A/A.csproj",
            '<Project Sdk="Microsoft.NET.Sdk.Web">\n</Project>',
            ("msbuild", "Microsoft.NET.Sdk.Web", 1),
        ),
        (
            "A/A.fsproj",
            '<Project>\n<PackageReference Include="Dapper" /></Project>',
            ("nuget", "dapper", 2),
        ),
        (
            "Directory.Packages.props",
            '<Project><GlobalPackageReference Include="StyleCop.Analyzers"/></Project>',
            ("nuget", "stylecop.analyzers", 1),
        ),
        (
            "packages.config",
            '<packages>\n<package id="NUnit" version="4"/></packages>',
            ("nuget", "nunit", 2),
        ),
        (
            "composer.json",
            '{"require-dev": {\n"Pestphp/Pest": "^4"}}',
            ("composer", "pestphp/pest", 2),
        ),
        ("Gemfile", "group :test do\n  gem 'rspec-rails', '~> 8'\nend", ("ruby", "rspec-rails", 2)),
        ("a.gemspec", 's.add_dependency "rails", ">= 8"', ("ruby", "rails", 1)),
        ("pubspec.yaml", "dependencies:\n  flutter:\n    sdk: flutter\n", ("pub", "flutter", 2)),
        ("mix.exs", '      {:phoenix, "~> 1.8"},', ("mix", "phoenix", 1)),
        (
            "Package.swift",
            '.package(url: "https://example.com/Vapor/Vapor.git", from: "4.0.0")',
            ("swift", "vapor/vapor", 1),
        ),
        ("ios/Podfile", "  pod 'Firebase/Core'", ("pod", "Firebase/Core", 1)),
        ("Dockerfile", "FROM --platform=$X docker.io/library/node:22 AS b", ("docker", "node", 1)),
        (
            "web.Dockerfile",
            "COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/",
            ("docker", "ghcr.io/astral-sh/uv", 1),
        ),
        (
            "deploy/docker-compose.prod.yml",
            "    image: 'postgres:18@sha256:0'\n",
            ("docker", "postgres", 1),
        ),
        (
            "deploy/templates/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\n",
            ("kubernetes", "apps/v1/Deployment", 2),
        ),
        ("charts/a/Chart.yaml", "dependencies:\n  - name: redis\n", ("chart", "redis", 2)),
        (
            ".github/workflows/ci.yml",
            "    - uses: codecov/codecov-action@v5\n",
            ("action", "codecov/codecov-action", 1),
        ),
        ("infra/main.tf", 'resource "aws_sqs_queue" "q" {', ("terraform", "provider:aws", 1)),
        (
            "infra/main.tf",
            '      source = "hashicorp/google"',
            ("terraform", "hashicorp/google", 1),
        ),
        (
            ".pre-commit-config.yaml",
            "- repo: https://example.com/psf/black\n",
            ("pre-commit", "psf/black", 1),
        ),
        ("db/schema.prisma", 'datasource db {\n  provider = "mysql"\n}', ("prisma", "mysql", 2)),
    ],
)
def test_a_manifest_gives_its_names(path, text, expected):
    assert expected in names(path, text)


@pytest.mark.parametrize(
    ("path", "text", "unexpected"),
    [
        ("go.mod", "require x.y/z v1.0.0 // indirect\n", "x.y/z"),
        ("setup.cfg", "[options]\npython_requires = >=3.12\n", "3-12"),
        ("setup.py", "setup(name='x', classifiers=['Framework :: Django'])", "framework"),
        ("pyproject.toml", '[project]\nkeywords = ["flask"]', "flask"),
        ("Directory.Packages.props", '<Project><PackageVersion Include="Moq"/></Project>', "moq"),
        ("Package.swift", '// .package(url: "https://example.com/vapor/vapor.git")', "vapor/vapor"),
        ("pubspec.yaml", "flutter:\n  assets:\n    - a.png\n", "assets"),
        ("deploy/values.yaml", "kind: Deployment\nimage: redis\n", "redis"),
        ("mix.exs", '# {:phoenix, "~> 1.8"},', "phoenix"),
    ],
)
def test_what_only_looks_like_a_dependency_is_none(path, text, unexpected):
    assert unexpected not in [name for _, name, _ in names(path, text)]


def test_a_yaml_file_outside_of_the_usual_folders_is_not_read():
    assert reader_of("locales/en.yaml") is None
    assert reader_of("k8s/web.yaml") is not None


def test_accessors_of_a_catalog_are_written_with_dots():
    text = (
        '[libraries]\nandroidx-core_ktx = "a:b:1"\n[bundles]\nui = ["androidx-core_ktx", "gone"]\n'
    )
    found = catalog_aliases(text)
    assert found["androidx.core.ktx"] == found["bundles.ui"] == (("maven", "a:b"),)


PATHS = [
    *("package.json", "deno.json", "composer.json", "pyproject.toml", "setup.cfg", "setup.py"),
    *("Pipfile", "requirements.txt", "environment.yml", "Cargo.toml", "go.mod", "pom.xml"),
    *("build.gradle", "libs.versions.toml", "a.csproj", "packages.config", "Gemfile", "a.gemspec"),
    *("Podfile", "pubspec.yaml", "mix.exs", "Package.swift", "Chart.yaml", "schema.prisma"),
    *(".pre-commit-config.yaml", "Dockerfile", "compose.yml", "a.tf", "k8s/a.yaml"),
    ".github/workflows/a.yml",
]
PIECES = list("[]{}()<>=:,.-_#@/\\'\"&;!~0")

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghij", "abcdefghi", strict=True)
    )
    + "]><project><dependencies><dependency>&j;</dependency></dependencies></project>"
)


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("pom.xml", BOMB, "it declares a document type"),
        ("A.csproj", BOMB, "it declares a document type"),
        ("pom.xml", "<a>" * 1_000, "it is nested too deep"),
        ("pom.xml", "<project>", "it is not XML"),
        ("package.json", "[" * 100_000, "it is not JSON"),
        ("package.json", '{"a": ' + "9" * 10_000 + "}", "it is not JSON"),
        ("composer.json", "{,}", "it is not JSON"),
        ("pyproject.toml", "a = " + "[" * 100_000, "it is not TOML"),
        ("Cargo.toml", "[a", "it is not TOML"),
        ("Pipfile", "a." * 400_000 + "a = 1", "its keys are nested too deep"),
    ],
)
def test_a_hostile_or_broken_manifest_is_refused_with_the_reason(path, text, problem):
    with pytest.raises(UnreadableManifest, match=problem):
        names(path, text)


@pytest.mark.parametrize(
    "value", [[], "x", 1, None, {"dependencies": []}, {"dependencies": {"": 1}}, {"name": ["vue"]}]
)
def test_json_of_another_shape_gives_nothing_and_breaks_nothing(value):
    assert [one for one in names("package.json", json.dumps(value)) if one[0] == "npm"] == []
    assert [one for one in names("composer.json", json.dumps(value)) if one[0] == "composer"] == []


@pytest.mark.parametrize(
    "text",
    [
        "[project]\ndependencies = 'flask'",
        "[project]\ndependencies = [1, {a = 2}]",
        "project = 1\ntool = 2\ndependency-groups = 3",
        "[tool]\npoetry = 1\nuv = []\nhatch = {envs = 1}",
        "[dependencies]\na = 1\nb = {features = 'x', package = 2}\n[workspace]\ndependencies = []",
        "libraries = 1\nplugins = {a = 1}\nbundles = {b = 1}",
    ],
)
def test_toml_of_another_shape_breaks_nothing(text):
    for path in ("pyproject.toml", "Cargo.toml", "Pipfile", "gradle/libs.versions.toml"):
        names(path, text)
    catalog_aliases(text)


@pytest.mark.parametrize("path", PATHS)
@given(text=st.text(st.sampled_from([*PIECES, *"abc \n\t"]), max_size=60))
def test_no_text_breaks_a_reader(path, text):
    with contextlib.suppress(UnreadableManifest):
        for ecosystem, name, line in names(path, text):
            assert ecosystem
            assert name
            assert 1 <= line <= text.count("\n") + 1


def test_a_binary_manifest_is_named_and_utf_16_is_read():
    assert detect({"go.mod": b"\x00\x01"}).notes == ("go.mod was not read: it is binary",)
    windows = "flask\r\n".encode("utf-16")
    assert "flask" in ids(detect({"requirements.txt": windows}))


def test_a_name_that_no_ecosystem_would_take_is_none():
    assert names("package.json", json.dumps({"dependencies": {"a" * 300: "1", "b\nc": "1"}})) == [
        ("package.json", "dependencies", 1)
    ]


def test_a_dependency_stands_where_it_is_asked_for_and_not_where_a_script_names_it():
    text = '{"scripts": {\n"dev": "vite"},\n"devDependencies": {\n"vite": "^7"}}'
    assert ("npm", "vite", 4) in names("package.json", text)
    assert ("npm", "vite", 2) not in names("package.json", text)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "package.json",
            '{"dependencies": {"vite": "npm:rolldown-vite@7"}}',
            {"vite", "rolldown-vite"},
        ),
        ("package.json", '{"name": "shop", "peerDependencies": {"vue": "3"}}', {"shop", "vue"}),
        ("composer.json", '{"require": {"ext-redis": "*"}}', {"ext-redis"}),
        ("Cargo.toml", "[dependencies]\nserde.workspace = true", {"serde"}),
        ("pyproject.toml", '[tool.hatch.envs.test]\ndependencies = ["pytest"]', {"pytest"}),
        ("pyproject.toml", '[tool.pdm.dev-dependencies]\ntest = ["pytest"]', {"pytest"}),
        ("Dockerfile", "FROM node:${VERSION}-alpine", {"node"}),
        ("action.yml", "runs:\n  steps:\n    - uses: actions/cache@v4", {"actions/cache"}),
        (".github/workflows/ci.yml", "services:\n  db:\n    image: postgres:18", {"postgres"}),
        (
            "pom.xml",
            "<parent><groupId>a</groupId><artifactId>b-${v}</artifactId></parent>",
            {"a:b-${v}"},
        ),
    ],
)
def test_names_that_no_registry_is_asked_for_count_too(path, text, expected):
    assert expected <= {name for _, name, _ in names(path, text)}


def test_a_lock_is_not_surveyed():
    for path in ("package-lock.json", "deploy/pnpm-lock.yaml", "go.sum", ".npmrc"):
        assert reader_of(path) is None
