"""Locks and requirements as `dependencies` reads them: every name, every format, no prose."""

import pytest

from codeflow_action.manifests import Unreadable, format_of, read
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


PYLOCK = """lock-version = "1.0"

[[packages]]
name = "Attrs"
version = "25.1.0"
index = "https://pypi.example/simple"
wheels = [
    { name = "attrs.whl", url = "https://f.example/attrs.whl", hashes = { sha256 = "%s" } },
]
"""
FLAKE = """{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1,
        "narHash": "sha256-%s",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "0123456789012345678901234567890123456789",
        "type": "github"
      }
    },
    "root": {"inputs": {"nixpkgs": "nixpkgs"}}
  },
  "root": "root",
  "version": 7
}
"""
TERRAFORM = """# maintained by "terraform init"

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.0.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:%s",
  ]
}
"""
PODS = """PODS:
  - Alamofire (5.9.1):
    - "Core/Main (= 1.0)"
  - "Core/Main (1.0)"

DEPENDENCIES:
  - Alamofire (~> 5.9)

SPEC CHECKSUMS:
  Alamofire: %s
  Core: 5e0e199f73d8626b11e79750991f5d173d1f8b67

COCOAPODS: 1.16.2
"""
PIXI = """version: 6
environments:
  default:
    packages:
      linux-64:
      - conda: https://conda.example/linux-64/zlib-1.3.1-h1_2.conda
packages:
- conda: https://conda.example/linux-64/zlib-1.3.1-h1_2.conda
  sha256: %s
  license: Zlib
- conda: https://conda.example/osx-64/zlib-1.3.1-h2_2.conda
  sha256: 0123
- pypi: https://f.example/attrs-25.1.0-py3-none-any.whl
  name: attrs
  version: 25.1.0
  sha256: 4567
  requires_dist:
  - name: other
"""
PIXI_5 = """version: 5
packages:
  - kind: conda
    name: zlib
    version: 1.3.1
    url: https://conda.example/linux-64/zlib-1.3.1-h1_2.conda
    sha256: %s
"""
DENO = """{
  "version": "5",
  "npm": {
    "c@5.4.1": {
      "integrity": "sha512-%s",
      "scripts": true
    }
  }
}
"""
DENO_3 = """{
  "version": "3",
  "packages": {
    "jsr": {
      "@std/yaml@1.0.8": {"integrity": "%s"}
    }
  }
}
"""
DENO_2 = """{
  "version": "2",
  "remote": {
    "https://deno.land/std@0.198.0/fs/mod.ts": "0123",
    "https://deno.land/std@0.198.0/fs/walk.ts": "%s"
  },
  "npm": {
    "specifiers": {"c@5": "c@5.4.1"},
    "packages": {"c@5.4.1": {"integrity": "sha512-aa"}}
  }
}
"""


@pytest.mark.parametrize(
    ("path", "text", "line", "name"),
    [
        ("pylock.toml", PYLOCK, 8, "attrs 25.1.0"),
        ("pylock.dev.toml", PYLOCK, 8, "attrs 25.1.0"),
        ("flake.lock", FLAKE, 6, "nixpkgs 0123456789012345678901234567890123456789"),
        ("infra/.terraform.lock.hcl", TERRAFORM, 7, "registry.terraform.io/hashicorp/aws 5.0.0"),
        ("ios/Podfile.lock", PODS, 10, "Alamofire 5.9.1"),
        ("pixi.lock", PIXI, 9, "zlib 1.3.1"),
        ("pixi.lock", PIXI_5, 7, "zlib 1.3.1"),
        ("deno.lock", DENO, 5, "c 5.4.1"),
        ("deno.lock", DENO_3, 5, "@std/yaml 1.0.8"),
        ("deno.lock", DENO_2, 5, "https://deno.land/std 0.198.0"),
    ],
)
def test_another_digest_under_the_same_version_is_reported_in_every_lock(path, text, line, name):
    (finding,) = gate({path: (text % A, text % B)}).findings
    assert (finding.rule, finding.severity.value) == ("dependencies/integrity", "warning")
    assert (finding.line, finding.title) == (line, f"{name} has a different digest")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        # another version
        ("flake.lock", FLAKE % A, FLAKE.replace("0123456789", "1123456789") % B),
        ("pylock.toml", PYLOCK % A, PYLOCK.replace("25.1", "25.2") % B),
        ("Podfile.lock", PODS % A, PODS.replace("5.9.1", "5.9.2") % B),
        ("pixi.lock", PIXI_5 % A, PIXI_5.replace("1.3.1", "1.3.2") % B),
        # another file of the same version
        ("pylock.toml", PYLOCK % A, PYLOCK.replace("attrs.whl", "attrs.tar.gz") % B),
        ("pylock.toml", PYLOCK % A, PYLOCK.replace("f.example", "f.example/v2") % B),
        ("pixi.lock", PIXI % A, PIXI.replace("h1_2", "h1_3") % B),
        # another platform's hash is there too
        ("a/.terraform.lock.hcl", TERRAFORM % A, TERRAFORM.replace("%s", f'{A}",\n"h1:{B}')),
        # the lock was written anew on another platform: the hashes of the other scheme agree
        (
            ".terraform.lock.hcl",
            TERRAFORM.replace("%s", f'{A}",\n"zh:0123'),
            TERRAFORM.replace("%s", f'{B}",\n"zh:0123'),
        ),
        # another version of the tool writes other checksums
        ("Podfile.lock", PODS % A, PODS.replace("1.16.2", "1.17.0") % B),
        # an address without a version
        ("deno.lock", '{"remote": {"https://a.b/m": "1"}}', '{"remote": {"https://a.b/m": "2"}}'),
    ],
)  # fmt: skip
def test_a_digest_of_something_else_is_no_other_digest(path, old, new):
    assert [row for row in told(gate({path: (old, new)})) if row[0] == "integrity"] == []


def test_an_index_that_names_folders_by_digests_has_one_file_under_a_name():
    old, new = (PYLOCK.replace("f.example", f"f.example/{d[:2]}/{d}") % d for d in (A, B))
    assert [row[0] for row in told(gate({"pylock.toml": (old, new)}))] == ["integrity"]


def test_a_pod_from_git_and_an_input_of_the_same_repository_have_no_digest_to_hold():
    external = "\nEXTERNAL SOURCES:\n  Alamofire:\n    :git: https://git.example/a.git\n"
    pods = PODS.replace("\nSPEC CHECKSUMS", f"{external}\nSPEC CHECKSUMS")
    assert told(gate({"Podfile.lock": (pods % A, pods % B)})) == []
    flake = FLAKE.replace('"github"', '"path"')
    assert told(gate({"flake.lock": (flake % A, flake % B)})) == []


def test_what_a_dependency_runs_is_told_for_deno_and_composer():
    quiet = DENO.replace(',\n      "scripts": true', "").replace("5.4.1", "5.4.0")
    assert ("install_script", "warning", "deno.lock", 6) in told(
        gate({"deno.lock": (quiet % A, DENO % B)})
    )
    plain = '{"packages": [{"name": "a/b", "version": "1", "type": "library"}]}'
    plugin = plain.replace("library", "composer-plugin").replace('"1"', '"2"')
    assert told(gate({"composer.lock": (plain, plugin)})) == [
        ("install_script", "warning", "composer.lock", 1)
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deno.lock", "[" * 100_000),
        ("flake.lock", '{"nodes": {"a": {"locked": ["x"]}, "b": 1}, "root": []}'),
        ("deno.lock", '{"npm": {"packages": []}, "packages": {"jsr": {"@": 1}}, "remote": []}'),
        (".terraform.lock.hcl", 'provider "a" {\n' * 50_000),
        ("Podfile.lock", "PODS:\n" + "  - a" * 50_000),
        ("pixi.lock", "packages:\n" + "- " * 50_000 + "\n- conda: x\n- kind: pypi\n  url: []\n"),
        ("uv.lock", "version = 1\n"),
        ("pylock.toml", '[[packages]]\nvcs = 1\nwheels = [1]\nsdist = "x"\n'),
    ],
)  # fmt: skip
def test_odd_locks_do_no_harm(path, text):
    file_format = format_of(path)
    assert file_format is not None
    listing = read(file_format, text.encode())
    assert isinstance(listing, Unreadable) is text.startswith("[[[")


YARN = 'q@^1:\n  version "1.5.1"\n  resolved "https://y.example/q/-/q-1.5.1.tgz'
SHA1 = "57453042d0dd5d1d8e1f0e1d9d0e0d1d8e1f0e1d"


def test_the_digest_behind_an_address_of_an_old_lock_counts():
    old, new = f'{YARN}#{SHA1}"\n', f'{YARN}#6{SHA1[1:]}"\n'
    assert [row[0] for row in told(gate({"yarn.lock": (old, new)}))] == ["integrity"]
    same = f'{YARN}"\n  integrity sha1-V0UwQtDdXR2OHw4dnQ4NHY4fDh0=\n'
    assert told(gate({"yarn.lock": (old, same)})) == []
    stronger = f'{YARN}#{SHA1}"\n  integrity sha512-aaaa\n'
    assert told(gate({"yarn.lock": (old, stronger)})) == []
    assert [row[0] for row in told(gate({"yarn.lock": (stronger, old)}))] == ["integrity"]
