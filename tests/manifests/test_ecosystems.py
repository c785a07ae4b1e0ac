"""The other ecosystems: one manifest and one lock each, as their tools write them."""

import pytest

from codeflow_action.manifests import Origin
from tests.manifests.test_npm import listing, rows

DIGEST = "0123456789" * 6 + "0123"
CARGO = """[package]
name = "shop"

[dependencies]
serde = { version = "1", features = ["derive"] }
json = { package = "serde_json", version = "1" }
local = { path = "../local" }
shared.workspace = true

[dependencies.tokio]
git = "https://github.com/tokio-rs/tokio"

[target.'cfg(unix)'.dependencies]
libc = "0.2"

[workspace.dependencies]
anyhow = "1"
"""
CARGO_LOCK = """version = 4

[[package]]
name = "shop"
version = "0.1.0"

[[package]]
name = "serde"
version = "1.0.217"
source = "registry+https://index.example/crates"
checksum = "02fc"

[[package]]
name = "tokio"
version = "1.43.0"
source = "git+https://github.com/tokio-rs/tokio#0123"
"""
GO_MOD = """module example.com/shop

go 1.23

require github.com/spf13/cobra v1.8.1

require (
	golang.org/x/sys v0.29.0 // indirect
)

replace (
	github.com/spf13/cobra => github.com/mona/cobra v1.8.2
	golang.org/x/sys => ../sys
)
"""
GO_SUM = """github.com/spf13/cobra v1.8.1 h1:AAAA=
github.com/spf13/cobra v1.8.1/go.mod h1:BBBB=
golang.org/x/sys v0.29.0/go.mod h1:CCCC=
"""
GEMFILE = """source "https://gems.example"

gem "rails", "~> 8.0"
gem 'mine', git: 'https://github.com/mona/mine'
gem "local", path: "../local"
# gem "commented"
"""
GEMFILE_LOCK = """GIT
  remote: https://github.com/mona/mine
  revision: 0123
  specs:
    mine (0.1.0)
      rake

GEM
  remote: https://gems.example/
  specs:
    rails (8.0.1)
      activesupport (= 8.0.1)
    rake (13.2.1)

PLATFORMS
  ruby

DEPENDENCIES
  mine!
  rails (~> 8.0)

CHECKSUMS
  rails (8.0.1) sha256=0123456789012345678901234567890123456789012345678901234567890123
"""
COMPOSER = """{
    "require": {
        "php": "^8.3",
        "Laravel/Framework": "^12.0"
    },
    "repositories": [
        {"type": "vcs", "url": "https://git.example/mine"}
    ]
}
"""
COMPOSER_LOCK = """{
    "packages": [
        {
            "name": "brick/math",
            "version": "0.12.1",
            "dist": {
                "type": "zip",
                "url": "https://api.example/zipball/f510",
                "reference": "f510",
                "shasum": ""
            },
            "license": ["MIT"]
        }
    ],
    "packages-dev": [
        {"name": "pest/pest", "version": "v3.0.0"}
    ]
}
"""
CSPROJ = """<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Newtonsoft.Json" Version="13.0.3" />
    <PackageReference Include="NUnit">
      <Version>4.3.0</Version>
    </PackageReference>
    <PackageReference Update="Ignored" Version="1.0.0" />
  </ItemGroup>
</Project>
"""
NUGET_LOCK = """{
  "version": 1,
  "dependencies": {
    "net9.0": {
      "Newtonsoft.Json": {
        "type": "Direct",
        "resolved": "13.0.3",
        "contentHash": "HrC5"
      },
      "shop.core": {
        "type": "Project"
      }
    }
  }
}
"""
PUBSPEC = """name: shop
dependencies:
  flutter:
    sdk: flutter
  http: ^1.2.0
  mine:
    git:
      url: https://github.com/mona/mine
      ref: main
dev_dependencies:
  lints: any
"""
PUBSPEC_LOCK = """packages:
  http:
    dependency: "direct main"
    description:
      name: http
      sha256: b9c2
      url: "https://pub.example"
    source: hosted
    version: "1.2.2"
  async:
    dependency: transitive
    source: hosted
    version: "2.12.0"
"""
MIX = """defmodule Shop.MixProject do
  def project do
    [deps: deps()]
  end

  defp deps do
    [
      {:phoenix, "~> 1.7"},
      {:mine, github: "mona/mine"},
      {:core, in_umbrella: true}
    ]
  end

  defp aliases do
    [
      {:setup, ["deps.get"]}
    ]
  end
end
"""
MIX_LOCK = (
    '%{\n  "phoenix": {:hex, :phoenix, "1.7.18", '
    '"1310740000000000000000000000000000000000000000000000000000000000", [:mix], [], "hexpm", '
    '"1797fcc000000000000000000000000000000000000000000000000000000000"},\n'
    '  "mine": {:git, "https://github.com/mona/mine.git", "0123", []},\n}\n'
)
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <repositories>
    <repository>
      <id>mine</id>
      <url>https://maven.example/releases</url>
    </repository>
  </repositories>
  <distributionManagement>
    <repository><url>https://upload.example</url></repository>
  </distributionManagement>
  <dependencies>
    <dependency>
      <groupId>junit</groupId>
      <artifactId>junit</artifactId>
      <version>4.13.2</version>
    </dependency>
  </dependencies>
</project>
"""
GRADLE_LOCK = """# This is a Gradle generated file for dependency locking.
com.squareup.okio:okio:3.9.1=compileClasspath,runtimeClasspath
empty=annotationProcessor
"""
CATALOG = """[versions]
okio = "3.9.1"

[libraries]
okio = { module = "com.squareup.okio:okio", version.ref = "okio" }
junit = "junit:junit:4.13.2"
assertk = { group = "com.willowtreeapps", name = "assertk", version = "0.28.1" }
"""
RESOLVED = """{
  "pins" : [
    {
      "identity" : "swift-log",
      "kind" : "remoteSourceControl",
      "location" : "https://github.com/apple/swift-log.git",
      "state" : {
        "revision" : "96a2",
        "version" : "1.6.2"
      }
    }
  ],
  "version" : 2
}
"""
WORKFLOW = """on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v4
      - name: Set up
        uses: "actions/setup-python@v5"
      - uses: ./local
      - run: |
          cat <<EOF
            uses: fake/action@v1
          EOF
  call:
    uses: octo/shop/.github/workflows/release.yml@main
"""
DOCKERFILE = """# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM python:3.13-slim AS build
ARG TAG
FROM base:$TAG
FROM build
FROM localhost:5000/shop/base@sha256:{digest}
FROM scratch
""".replace("{digest}", DIGEST)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "Cargo.toml",
            CARGO,
            [
                ("serde", "1", 5, 5),
                ("serde_json", "1", 6, 6),
                ("local", "", 7, 7),
                ("tokio", "", 10, 10),
                ("anyhow", "1", 17, 17),
                ("libc", "0.2", 14, 14),
            ],
        ),
        ("Cargo.lock", CARGO_LOCK, [("serde", "1.0.217", 7, 12), ("tokio", "1.43.0", 13, 17)]),
        (
            "go.mod",
            GO_MOD,
            [
                ("github.com/spf13/cobra", "v1.8.1", 5, 5),
                ("golang.org/x/sys", "v0.29.0", 8, 8),
            ],
        ),
        (
            "go.sum",
            GO_SUM,
            [("github.com/spf13/cobra", "v1.8.1", 1, 2), ("golang.org/x/sys", "v0.29.0", 3, 3)],
        ),
        ("Gemfile", GEMFILE, [("rails", "~> 8.0", 3, 3), ("mine", "", 4, 4), ("local", "", 5, 5)]),
        (
            "Gemfile.lock",
            GEMFILE_LOCK,
            [("mine", "0.1.0", 5, 5), ("rails", "8.0.1", 11, 11), ("rake", "13.2.1", 13, 13)],
        ),
        ("composer.json", COMPOSER, [("laravel/framework", "^12.0", 4, 4)]),
        (
            "composer.lock",
            COMPOSER_LOCK,
            [("brick/math", "0.12.1", 3, 13), ("pest/pest", "v3.0.0", 16, 16)],
        ),
        (
            "src/Shop.csproj",
            CSPROJ,
            [("newtonsoft.json", "13.0.3", 3, 3), ("nunit", "4.3.0", 4, 6)],
        ),
        ("packages.lock.json", NUGET_LOCK, [("newtonsoft.json", "13.0.3", 5, 9)]),
        (
            "pubspec.yaml",
            PUBSPEC,
            [
                ("flutter", "", 3, 4),
                ("http", "^1.2.0", 5, 5),
                ("mine", "", 6, 9),
                ("lints", "any", 11, 11),
            ],
        ),
        ("pubspec.lock", PUBSPEC_LOCK, [("http", "1.2.2", 2, 9), ("async", "2.12.0", 10, 13)]),
        ("mix.exs", MIX, [("phoenix", "~> 1.7", 8, 8), ("mine", "", 9, 9), ("core", "", 10, 10)]),
        ("mix.lock", MIX_LOCK, [("phoenix", "1.7.18", 2, 2), ("mine", "0123", 3, 3)]),
        ("pom.xml", POM, [("junit:junit", "4.13.2", 12, 16)]),
        ("gradle.lockfile", GRADLE_LOCK, [("com.squareup.okio:okio", "3.9.1", 2, 2)]),
        (
            "gradle/libs.versions.toml",
            CATALOG,
            [
                ("com.squareup.okio:okio", "3.9.1", 5, 5),
                ("junit:junit", "4.13.2", 6, 6),
                ("com.willowtreeapps:assertk", "0.28.1", 7, 7),
            ],
        ),
        ("Package.resolved", RESOLVED, [("swift-log", "1.6.2", 3, 11)]),
        (
            ".github/workflows/ci.yml",
            WORKFLOW,
            [
                ("actions/checkout", "0123456789012345678901234567890123456789", 6, 6),
                ("actions/setup-python", "v5", 8, 8),
                ("octo/shop/.github/workflows/release.yml", "main", 15, 15),
            ],
        ),
        (
            "Dockerfile",
            DOCKERFILE,
            [
                ("python", "3.13-slim", 2, 2),
                ("localhost:5000/shop/base", f"@sha256:{DIGEST}", 6, 6),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_a_file_says_what_it_asks_for_and_where(path: str, text: str, expected: list) -> None:
    assert rows(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text", "name", "source"),
    [
        ("Cargo.toml", CARGO, "tokio", "https://github.com/tokio-rs/tokio"),
        ("Cargo.lock", CARGO_LOCK, "tokio", "git+https://github.com/tokio-rs/tokio#0123"),
        ("Gemfile", GEMFILE, "mine", "https://github.com/mona/mine"),
        ("Gemfile", 'gem "rails", github: "rails"\n', "rails", "github:rails/rails"),
        ("Gemfile.lock", GEMFILE_LOCK, "mine", "https://github.com/mona/mine"),
        ("pubspec.yaml", PUBSPEC, "mine", "https://github.com/mona/mine"),
        ("mix.exs", MIX, "mine", "github:mona/mine"),
        ("mix.lock", MIX_LOCK, "mine", "https://github.com/mona/mine.git"),
    ],
)
def test_a_file_says_what_comes_from_git(path: str, text: str, name: str, source: str) -> None:
    packages = listing(path, text).packages
    found = [(one.name, one.source) for one in packages if one.origin is Origin.GIT]
    assert found == [(name, source)]


@pytest.mark.parametrize(
    ("path", "text", "digests"),
    [
        ("Cargo.lock", CARGO_LOCK, {"sha256:02fc"}),
        ("go.sum", GO_SUM, {"module:h1:AAAA=", "go.mod:h1:BBBB="}),
        ("composer.lock", COMPOSER_LOCK, {"commit:f510"}),
        ("packages.lock.json", NUGET_LOCK, {"sha512:HrC5"}),
        ("pubspec.lock", PUBSPEC_LOCK, {"sha256:b9c2"}),
        ("mix.lock", MIX_LOCK, {f"outer:1797fcc{'0' * 57}"}),
        ("Package.resolved", RESOLVED, {"revision:96a2"}),
    ],
)
def test_a_lock_carries_digests(path: str, text: str, digests: set[str]) -> None:
    assert listing(path, text).packages[0].digests == digests


def test_what_is_direct_and_what_is_not_is_told_apart() -> None:
    gems = {one.name: one.direct for one in listing("Gemfile.lock", GEMFILE_LOCK).packages}
    assert gems == {"mine": True, "rails": True, "rake": False}
    modules = listing("go.mod", GO_MOD).packages
    assert [one.direct for one in modules] == [True, False]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pom.xml", POM, [("https://maven.example/releases", 3)]),
        ("Gemfile", GEMFILE, [("https://gems.example", 1)]),
        ("composer.json", COMPOSER, [("https://git.example/mine", 6)]),
        (
            ".npmrc",
            (
                "# registry=https://no.example\n@shop:registry=https://npm.example/\n"
                "//npm.example/:_authToken=${TOKEN}\n"
            ),
            [("https://npm.example/", 2)],
        ),
        (
            "pip.conf",
            "[global]\nindex-url = https://pypi.example/simple\n",
            [("https://pypi.example/simple", 2)],
        ),
        (
            "nuget.config",
            (
                '<packageSources>\n<add key="a" value="https://nuget.example/v3" />\n'
                '<add key="b" value="./local" /></packageSources>'
            ),
            [("https://nuget.example/v3", 2)],
        ),
    ],
)
def test_settings_say_where_packages_are_fetched_from(
    path: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert [(one.url, one.line) for one in listing(path, text).registries] == expected
