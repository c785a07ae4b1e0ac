"""Dependencies that come from elsewhere, and pins that let go: what is told, and how gravely."""

# ruff: noqa: E501 - a change is read best on its line

import json
import time

import pytest

from codeflow_action.actions.quality_gates.dependencies.action_owners import (
    OWNERS,
    imitated_owner,
)
from codeflow_action.manifests.sources import read_sources
from tests.actions.test_dependencies import gate

SHA, OTHER = "a1" * 20, "b2" * 20
DIGEST = f"sha256:{'c3' * 32}"
FLOW = ".github/workflows/ci.yml"


def signals(path, old, new, *rules):
    done = gate({path: (old, new)})
    wanted = rules or ("source", "registry", "pin", "look_alike")
    return [
        (finding.rule.partition("/")[2], finding.severity.value, finding.line)
        for finding in done.findings
        if finding.rule.startswith("dependencies/") and finding.rule.partition("/")[2] in wanted
    ]


def package(**fields):
    return json.dumps({"dependencies": {"express": "4.21.0"}, **fields}) + "\n"


def steps(*uses):
    lines = "".join(f"      - uses: {name}\n" for name in uses)
    return f"on: push\npermissions: {{}}\njobs:\n  a:\n    steps:\n{lines}"


PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = ["httpx"]\n'
CRATE = '[package]\nname = "a"\nversion = "0.1.0"\n\n[dependencies]\nserde = "1"\n'
MODULE = "module example.com/a\n\nrequire golang.org/x/net v0.30.0\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (  # however deep an override stands
            "package.json",
            package(),
            package(overrides={"a": {"b": {"qs@1": "git+ssh://git@git.example.net/e/qs.git"}}}),
            1,
        ),
        ("package.json", package(), package(resolutions={"a/**/@s/qs": "npm:@evil/qs@1"}), 1),
        ("package.json", package(), package(pnpm={"overrides": {"a>qs": "evil/qs"}}), 1),
        ("package.json", package(), '{"dependencies": {"express": "npm:exprss@4"}}\n', 1),
        ("pnpm-workspace.yaml", "packages: [a]\n", "packages: [a]\noverrides: {qs: 'evil/qs'}\n", 2),
        (
            "pyproject.toml",
            PROJECT,
            f'{PROJECT}\n[tool.uv.sources]\nhttpx = [{{ url = "https://x.example/h.whl" }}]\n',
            7,
        ),
        (
            "pyproject.toml",
            PROJECT,
            f'{PROJECT}\n[tool.pdm.resolution.overrides]\nidna = "https://x.example/i.whl"\n',
            7,
        ),
        ("Cargo.toml", CRATE, CRATE + '\n[replace]\n"serde:1.0.0" = { git = "https://h/e/s" }\n', 9),
        ("go.mod", MODULE, MODULE + "\nreplace golang.org/x/net => github.com/evil/net v1.0.0\n", 5),
        (
            "pubspec.yaml",
            "dependencies: {http: ^1.0.0}\n",
            "dependencies: {http: ^1.0.0}\ndependency_overrides:\n  http:\n    git: https://h.example/e/http\n",
            4,
        ),
        ("requirements.txt", "flask==3\n", "flask @ https://x.example/flask-3-py3-none-any.whl\n", 1),
        (".gitmodules", *(f'[submodule "l"]\n\turl = https://github.com/{who}/l.git\n' for who in ("a", "b")), 2),
        ("main.tf", *(f'module "v" {{\n  source = "{who}/vpc/aws"\n}}\n' for who in ("acme", "acne")), 2),
        ("flake.nix", *(f'{{ inputs.n = {{ url = "github:{who}/nixpkgs"; }}; }}\n' for who in ("NixOS", "N1xOS")), 1),
        (
            "Package.swift",
            *(f'let p = [\n  .package(\n    url: "https://github.com/{who}/nio",\n    from: "2.0.0"),\n]\n' for who in ("apple", "appie")),
            3,
        ),
        ("Podfile", "pod 'A', '~> 5'\n", "pod 'A', :git => 'https://git.example.net/A.git'\n", 1),
        ("deno.json", *(json.dumps({"imports": {"@std/path": to}}) for to in ("jsr:@std/path@1", "https://x.example/p.ts")), 1),
        (
            "Chart.yaml",
            *(f"dependencies:\n  - name: redis\n    repository: {to}\n" for to in ("https://charts.bitnami.com/bitnami", "oci://r.example.net/c")),
            3,
        ),
        (".pre-commit-config.yaml", *(f"repos:\n- repo: https://github.com/{who}/black\n  rev: 25.1.0\n  hooks: [id: black]\n" for who in ("psf", "p5f")), 2),
        ("compose.yaml", *(f"services:\n  db: {{image: {name}}}\n" for name in ("postgres:16", "evil/postgres:16")), 2),
        ("k8s/a.yaml", *(f"spec:\n  containers:\n  - image: {name}\n" for name in ("quay.io/acme/a:1", "quay.io/acne/a:1")), 3),
        ("values.yaml", *(f"image:\n  registry: {host}\n  repository: acme/a\n  tag: '1'\n" for host in ("ghcr.io", "r.example.net")), 2),
        ("kustomization.yaml", "images:\n- name: a/nginx\n  newTag: '1'\n", "images:\n- name: a/nginx\n  newName: evil/nginx\n", 3),
        ("Dockerfile", *(f"FROM alpine:3\nRUN --mount=from={name},target=/b make\n" for name in ("acme/tools", "acne/tools")), 2),
        ("Dockerfile", "FROM alpine:3\n", "# syntax=evil/dockerfile:1\nFROM alpine:3\n", 1),
        (".gitlab-ci.yml", *(f"services: [{name}]\n" for name in ("redis:7", "evil/redis:7")), 1),
        (".gitlab-ci.yml", *(f"image: {{name: {name}}}\n" for name in ("redis:7", "evil/redis:7")), 1),
        ("CMakeLists.txt", *(f"FetchContent_Declare(\n  fmt\n  GIT_REPOSITORY https://github.com/{who}/fmt\n  GIT_TAG 9)\n" for who in ("fmtlib", "fmtllb")), 3),
        ("MODULE.bazel", *(f'git_override(\n    module_name = "r",\n    remote = "https://github.com/{who}/r",\n)\n' for who in ("a", "b")), 3),
        ("conanfile.txt", "[requires]\nzlib/1.3\n", "[requires]\nzlib/1.3@evil/stable\n", 2),
        ("subprojects/z.wrap", *(f"[wrap-file]\nsource_url = https://{host}/z.tar.gz\n" for host in ("a.example", "b.test")), 2),
        ("build.zig.zon", *(f'.{{ .dependencies = .{{\n.z = .{{\n.url = "https://github.com/{who}/z/a.tgz",\n}} }} }}\n' for who in ("a", "b")), 3),
        ("composer.json", "{}\n", '{"repositories": [{"type": "vcs", "url": "git@github.com:evil/log.git"}]}\n', 1),
        (FLOW, *(f"jobs:\n  a:\n    services:\n      db: {{image: {name}}}\n" for name in ("redis:7", "evil/redis:7")), 4),
        (FLOW, steps("acme/setup@v1"), steps("acne/setup@v1"), 6),
    ],
)  # fmt: skip
def test_what_comes_from_elsewhere_is_a_warning(path, old, new, line):
    found = signals(path, old, new)
    assert {("source", "warning", line), ("registry", "warning", line)}.intersection(found), found


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("package.json", package(), package(overrides={"qs": "^6.13.0"})),  # a version alone
        ("package.json", package(), package(overrides={"qs": "npm:qs@6.13.0"})),  # its own alias
        ("package.json", package(), package(resolutions={"qs": "npm:^6.13.0"})),  # Yarn's range
        ("package.json", package(), '{"dependencies": {"express": "file:../express"}}\n'),
        ("go.mod", MODULE, MODULE + "\nreplace golang.org/x/net => ../net\n"),
        # the owner of the project's own repository
        (
            "Cargo.toml",
            CRATE.replace("\n\n", '\nrepository = "https://github.com/acme/a"\n\n'),
            CRATE.replace("\n\n", '\nrepository = "https://github.com/acme/a"\n\n')
            + '\n[patch.crates-io]\nserde = { git = "https://github.com/acme/serde" }\n',
        ),
        # another repository of the same account
        (
            ".gitmodules",
            *(f'[submodule "l"]\n\turl = https://github.com/a/{x}.git\n' for x in "lm"),
        ),
        # a host of one's own: another folder there
        ("compose.yaml", *(f"services:\n  db: {{image: r.acme.dev/{team}/db}}\n" for team in "ab")),
        (FLOW, steps("acme/setup-ruby@v1"), steps("ruby/setup-ruby@v1")),  # a well-known owner
        ("tests/fixtures/package.json", package(), package(overrides={"qs": "evil/qs"})),
    ],
)
def test_what_stays_with_its_owner_is_a_notice(path, old, new):
    assert [signal[:2] for signal in signals(path, old, new)] == [("source", "notice")]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("Cargo.toml", CRATE, CRATE.replace('"1"', '{ path = "serde", version = "1" }')),
        ("Dockerfile", "FROM node:22\n", "FROM docker.io/library/node:23\n"),
        ("Dockerfile", "FROM node:22 AS b\n", "FROM node:22 AS b\nFROM nginx\nCOPY --from=b /a /a\n"),
        ("Dockerfile", "FROM alpine\n", "# syntax=docker/dockerfile:1\nFROM alpine\n"),
        ("compose.yaml", "services: {a: {image: a/b}}\n", "services: {a: {image: '${R}/b'}}\n"),
        ("compose.yaml", "services: {a: {image: a/b}}\n", "services: {a: {image: mysql}}\n"),
        ("docs/a.yaml", "image: /img/a.png\n", "image: https://cdn.example/a.png\n"),
        (FLOW, steps("acme/setup@v1"), steps("acme/setup@v1", "new/action@v1")),
        (".npmrc", "", "registry=https://registry_npmjs_org/\n".replace("_", ".")),
        ("go.mod", MODULE, MODULE + "// replace a.b/c => evil.example/c v1\n"),
        (".gitmodules", *(f'[submodule "l"]\n\turl = {url}\n' for url in ("https://github.com/a/l", "git@github.com:A/l.git"))),
        ("build.gradle", "", "publishing { repositories { maven { url 'https://x.example' } } }\n"),
        ("build.gradle", "a {}\n", "// maven { url 'https://x.example' }\nrepositories { mavenCentral() }\n"),
    ],
)  # fmt: skip
def test_what_moves_nothing_is_not_told(path, old, new):
    assert signals(path, old, new) == []


@pytest.mark.parametrize(
    ("path", "new", "severity"),
    [
        ("Dockerfile", "FROM a\nENV PIP_INDEX_URL https://x.example/simple\n", "warning"),
        ("Dockerfile", "FROM a\nRUN pip install \\\n  -i https://x.example/simple flask\n", "warning"),
        (FLOW, "jobs:\n  a:\n    env:\n      GOPROXY: https://x.example,direct\n", "warning"),
        (FLOW, "jobs:\n  a:\n    env:\n      GOSUMDB: off\n", "warning"),
        (FLOW, "jobs:\n  a:\n    env:\n      GOFLAGS: -mod=mod\n", "notice"),
        (FLOW, "jobs:\n  a:\n    env:\n      GONOSUMDB: git.acme.dev/*\n", "notice"),
        (".env", "NPM_CONFIG_REGISTRY=https://x.example\n", "warning"),
        ("Makefile", "export GOPROXY := https://x.example\n", "warning"),
        ("Makefile", "a:\n\tnpm ci --registry=https://x.example\n", "warning"),
        ("run.sh", "npm config set @acme:registry https://x.example\n", "warning"),
        ("run.sh", "pip install --trusted-host x.example flask\n", "warning"),
        (".npmrc", "strict-ssl=false\n", "warning"),
        (".npmrc", "registry=http://localhost:4873\n", "notice"),
        (".npmrc", "@acme:registry=https://npm.pkg.github.com\n", "notice"),
        ("settings.gradle.kts", 'pluginManagement { repositories { maven("https://x.example") } }\n', "warning"),
        ("gradle/wrapper/gradle-wrapper.properties", "distributionUrl=https\\://x.example/g.zip\n", "warning"),
        (".mvn/settings.xml", "<settings><mirror><url>https://x.example</url></mirror></settings>\n", "warning"),
        ("build.sbt", 'resolvers += "x" at "https://x.example/m2"\n', "warning"),
        ("Pipfile", '[[source]]\nurl = "https://x.example/simple"\n', "warning"),
    ],
)  # fmt: skip
def test_where_packages_are_looked_for_and_checks_that_are_off_are_told(path, new, severity):
    kept = "# nothing\n" if not path.endswith(".xml") else "<settings/>\n"
    assert [signal[:2] for signal in signals(path, kept, new)] == [("registry", severity)]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FLOW, steps(f"a/b@{SHA}"), steps("a/b@v2")),
        (FLOW, steps(f"a/b@{SHA}"), steps(f"a/b@{SHA[:7]}")),  # others begin so too
        (FLOW, steps(f"a/b@{SHA}", "a/b@v1"), steps("a/b@v1", "a/b@v1")),
        (FLOW, steps(f"docker://a/b@{DIGEST}"), steps("docker://a/b:1")),
        (FLOW, *(f"jobs:\n  a: {{container: 'a/b{pin}'}}\n" for pin in (f"@{DIGEST}", ":1"))),
        ("compose.yaml", *(f"services: {{a: {{image: 'b:1{pin}'}}}}\n" for pin in (f"@{DIGEST}", ""))),
        ("k8s/a.yaml", *(f"spec: {{containers: [{{image: 'b:1{pin}'}}]}}\n" for pin in (f"@{DIGEST}", ""))),
        ("values.yaml", *(f"image: {{repository: a/b, tag: '1{pin}'}}\n" for pin in (f"@{DIGEST}", ""))),
        ("Dockerfile", *(f"ARG V=1{pin}\nFROM a/b:$V\n" for pin in (f"@{DIGEST}", ""))),
        ("Dockerfile", *(f"FROM a\nCOPY --from=a/b:1{pin} /a /a\n" for pin in (f"@{DIGEST}", ""))),
        (".pre-commit-config.yaml", *(f"repos: [{{repo: 'https://github.com/a/b', rev: {rev}, hooks: []}}]\n" for rev in (SHA, "v1"))),
        ("Cargo.toml", *(f'{CRATE}x = {{ git = "https://h.dev/a/x", {rev} }}\n' for rev in (f'rev = "{SHA}"', 'branch = "main"'))),
        ("package.json", *(json.dumps({"dependencies": {"a": f"github:a/b#{rev}"}}) for rev in (SHA, "main"))),
        (FLOW, steps(f"a/b@{SHA} # v1.2.3"), steps(f"a/b@{OTHER} # v1.2.3")),  # one release, two commits
    ],
)  # fmt: skip
def test_a_pin_that_lets_go_is_a_warning(path, old, new):
    assert [signal[:2] for signal in signals(path, old, new, "pin")] == [("pin", "warning")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (steps(f"a/b@{SHA} # v1.2.3"), steps(f"a/b@{OTHER} # v1.2.4")),
        (steps(f"a/b@{SHA} # v4"), steps(f"a/b@{OTHER} # v4")),  # a tag that moves by design
        (steps(f"a/b@{SHA} # v1.2.3"), steps(f"a/b@{SHA} # v1.2.4")),  # the comment was wrong
        (steps("a/b@v1"), steps(f"a/b@{SHA} # v1")),
        (steps(f"a/b@{SHA}", f"a/b@{SHA}"), steps(f"a/b@{SHA}")),
    ],
)
def test_a_pin_that_holds_is_not_told(old, new):
    assert signals(FLOW, old, new) == []


def test_a_statement_that_moves_to_another_file_is_no_news():
    moved = {FLOW: (steps("evil/setup@v1"), steps("x/y@v1")), ".github/workflows/b.yml": (steps("a/setup@v1"), steps("evil/setup@v1"))}  # fmt: skip
    assert not [one for one in gate(moved).findings if one.rule == "dependencies/source"]


@pytest.mark.parametrize(
    ("owner", "target"),
    [
        ("action", "actions"),
        ("actlons", "actions"),
        ("\u0430ctions", "actions"),  # a Cyrillic letter
        ("d0cker", "docker"),
        ("tj-action", "tj-actions"),
        ("asral-sh", "astral-sh"),
        ("acme", ""),
        ("docker-actions", ""),
    ],
)
def test_an_owner_that_looks_like_a_well_known_one_is_seen(owner, target):
    assert imitated_owner(owner) == target


def test_a_new_action_of_such_an_owner_is_a_warning():
    (signal,) = signals(FLOW, steps("a/b@v1"), steps("a/b@v1", "actlons/cache@v4"))
    assert signal == ("look_alike", "warning", 7)


def test_no_well_known_owner_is_taken_for_another():
    assert [owner for owner in OWNERS if imitated_owner(owner)] == []


def test_a_branch_of_composer_moves_and_its_repository_does_not():
    def lock(owner, commit, version="dev-main"):
        dist = {
            "url": f"https://api.github.com/repos/{owner}/b/zipball/{commit}",
            "reference": commit,
        }
        return json.dumps({"packages": [{"name": "a/b", "version": version, "dist": dist}]})

    every = ("source", "registry", "integrity")
    assert signals("composer.lock", lock("a", SHA), lock("a", OTHER), *every) == []
    assert signals("composer.lock", lock("a", SHA, "1.0"), lock("e", SHA, "1.0"), *every) == [
        ("source", "warning", 1)
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("image: " + "[" * 3_000, "it is nested too deeply"),
        ("image: a/b\nk: " + "{k: " * 200, "it is nested too deeply"),
        (
            "image: a\na0: &a0 [x]\n"
            + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9)),
            "its aliases stand for too much",
        ),
        ("image: a\n" + "- [\n" * 9, ""),  # no YAML: read by its lines
    ],
)
def test_hostile_yaml_is_given_up_soon_and_that_is_said(text, reason):
    assert read_sources("compose.yaml", text.encode()).unread == reason


def test_yaml_that_is_one_text_says_nothing():
    assert read_sources("a.yaml", b"an image of services\n").unread == ""


@pytest.mark.parametrize(
    "path",
    [
        "setup.py",
        "Gemfile",
        "docker-bake.hcl",
        "a.yaml",
        "Dockerfile",
        "a.gradle",
        "flake.nix",
        "a.sh",
        "go.mod",
        "CMakeLists.txt",
        "a.wrap",
    ],
)
@pytest.mark.parametrize(
    "part",
    [
        "image: ",
        "{",
        "'",
        "replace ",
        "/*",
        "pip -i ",
        "FROM ",
        "a={url=",
        "\\\n",
        "git_source(:a)",
        "a = {",
    ],
)
def test_any_text_is_read_in_linear_time(path, part):
    began = time.process_time()
    read_sources(path, (part * (200_000 // len(part))).encode())
    assert time.process_time() - began < 3


FETCHED = f"https://gist.githubusercontent.com/mona/{'ab' * 10}/raw"
RAW = "https://raw.githubusercontent.com"
CATALOG = '[libraries]\na = { module = "%s", version = "1" }\n'
LOCK = {
    "nodes": {
        "nixpkgs": {"locked": {"type": "github", "owner": "NixOS", "repo": "n", "rev": SHA}},
        "other": {"locked": {"type": "github", "owner": "a", "repo": "o", "rev": SHA}},
        "root": {"inputs": {"nixpkgs": "nixpkgs"}},
    },
    "root": "root",
}


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        # Bundler: blocks, options on further lines, and short names of git's places
        (
            "Gemfile",
            f"gem 'a', github: 'b/a', ref: '{SHA}'\n",
            "gem 'a', github: 'b/a'\n",
            ("pin", "warning", 1),
        ),
        (
            "Gemfile",
            "gem 'a'\n",
            "gem 'a',\n    '~> 1',\n  git: 'https://git.example.net/a'\n",
            ("source", "warning", 1),
        ),
        (
            "Gemfile",
            "gem 'a'\n",
            "github 'b/a' do\n  group :x do\n    gem 'a'\n  end\nend\ngem 'b'\n",
            ("source", "warning", 3),
        ),
        (
            "Gemfile",
            'git_source(:c) { |r| "https://a.example.net/#{r}" }\n',
            'git_source(:c) { |r| "https://b.example.com/#{r}" }\n',
            ("source", "warning", 1),
        ),
        # one file out of a repository or a gist
        ("a.sh", f"curl {FETCHED}/{SHA}/a.sh\n", f"curl {FETCHED}/a.sh\n", ("pin", "warning", 1)),
        (
            "a.sh",
            f"curl {RAW}/a/b/main/i.sh\n",
            f"\ncurl {RAW}/evil/b/main/i.sh\n",
            ("source", "warning", 2),
        ),
        (
            "Dockerfile",
            f"ADD {RAW}/a/b/{SHA}/i.sh /\n",
            f"ADD {RAW}/a/b/refs/heads/main/i.sh /\n",
            ("pin", "warning", 1),
        ),
        # Nix: an input in two writings, its lock, and a fetch
        (
            "flake.nix",
            f'inputs.a.url = "github:b/a/{SHA}";\n',
            'inputs.a.url = "github:b/a";\n',
            ("pin", "warning", 1),
        ),
        (
            "flake.nix",
            f'inputs.a = {{ type = "github"; owner = "b"; repo = "a"; rev = "{SHA}"; }};\n',
            'inputs.a = { type = "github"; owner = "b"; repo = "a"; };\n',
            ("pin", "warning", 1),
        ),
        (
            "flake.lock",
            json.dumps(LOCK),
            json.dumps(LOCK).replace("NixOS", "N1xOS"),
            ("source", "warning", 1),
        ),
        (
            "a.nix",
            'fetchFromGitLab { owner = "b"; repo = "a"; rev = "1"; }\n',
            'fetchFromGitLab { owner = "c"; repo = "a"; rev = "1"; }\n',
            ("source", "warning", 1),
        ),
        # others
        (
            "bunfig.toml",
            "[install]\n",
            '[install]\nscopes.a = { url = "https://npm.example.net" }\n',
            ("registry", "warning", 2),
        ),
        (
            "docker-bake.hcl",
            'contexts = { b = "docker-image://a/b" }\n',
            'contexts = { b = "docker-image://c/b" }\n',
            ("source", "warning", 1),
        ),
        (
            "docker-bake.json",
            '{"context": "https://github.com/a/b"}\n',
            '{"context": "https://github.com/c/b"}\n',
            ("source", "warning", 1),
        ),
        (
            "environment.yml",
            "channels: [conda-forge]\n",
            "channels:\n- conda-forge\n- someone\n",
            ("registry", "warning", 3),
        ),
        (
            ".condarc",
            "channels: [defaults]\n",
            "channel_alias: https://a.example.net\n",
            ("registry", "warning", 1),
        ),
        (
            "pixi.toml",
            "[workspace]\nchannels = []\n",
            '[workspace]\nchannels = ["someone"]\n',
            ("registry", "warning", 2),
        ),
        (
            "setup.py",
            "setup()\n",
            "setup(\n dependency_links=[\n 'https://a.example.net/b.zip#egg=b']\n)\n",
            ("registry", "warning", 3),
        ),
        (
            "setup.cfg",
            "[options]\n",
            "[options]\ndependency_links =\n  https://a.example.net/b.zip\n",
            ("registry", "warning", 3),
        ),
        (
            "gradle/libs.versions.toml",
            CATALOG % "org.a:a",
            CATALOG % "com.evil:a",
            ("source", "warning", 2),
        ),
        (
            "gradle/libs.versions.toml",
            CATALOG % "org.a.b:a",
            CATALOG % "org.a.c:a",
            ("source", "notice", 2),
        ),
        (
            "gradle/libs.versions.toml",
            CATALOG % "io.github.a:a",
            CATALOG % "io.github.b:a",
            ("source", "warning", 2),
        ),
    ],
)
def test_further_formats_tell_where_things_come_from(path, old, new, told):
    assert signals(path, old, new) == [told]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (
            "Gemfile",
            f"gem 'a', github: 'b/a', ref: '{SHA}'\n",
            f"gem 'a', github: 'b/a', ref: '{OTHER}'\n",
        ),
        ("Gemfile", "gem 'a'\n", "group :test do\n  gem 'a'\nend\n"),
        (
            "Gemfile",
            "gem 'a'\n",
            "gem 'a'\ngit_source(:github) { |r| \"https://github.com/#{r}\" }\n",
        ),
        ("a.sh", f"curl {RAW}/a/b/main/i.sh\n", f"curl {RAW}/a/b/v2/i.sh\n# {RAW}/c/b/v2/i.sh\n"),
        ("a.sh", "true\n", f"curl {RAW}/a/b/main/i.sh\n"),
        # What an input brings along is its author's choice.
        (
            "flake.lock",
            json.dumps(LOCK),
            json.dumps(LOCK).replace('"owner": "a"', '"owner": "b"').replace(SHA, OTHER),
        ),
        ("a.nix", 'x = { owner = "b"; repo = "a"; };\n', 'x = { owner = "c"; repo = "a"; };\n'),
        (
            "docker-bake.hcl",
            'contexts = { b = "docker-image://a/b:1" }\n',
            'contexts = { b = "docker-image://a/b:2", c = "target:x" }\n',
        ),
        ("environment.yml", "channels: [conda-forge]\n", "channels: [nvidia, conda-forge]\n"),
        ("environment.yml", "name: a\n", "name: a\ndependencies: [numpy, 'conda-forge::python']\n"),
        ("setup.py", "setup()\n", "setup(dependency_links=[])\n"),
        (
            "gradle/libs.versions.toml",
            CATALOG % "org.a:a",
            CATALOG % "org.a:a" + 'b = "org.b:b:1"\n',
        ),
    ],
)
def test_further_formats_are_quiet_about_the_usual(path, old, new):
    assert signals(path, old, new) == []
