"""The gate `dependencies`: every signal fires on what it is for, and on nothing near it."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.dependencies.look_alikes import (
    imitated_name,
    popular_ranks,
)
from codeflow_action.engine.dependencies import (
    Advisory,
    ChangeKind,
    DependencyChange,
    Risk,
    Unavailable,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Done
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.manifests import Ecosystem, Package
from tests.actions.gating import task_of
from tests.review.changes import changed

SHA = "0123456789" * 4
HOST = "https://registry.example"
# Gates that look at the same files.
OTHERS_OFF = {"secrets": "off", "runs_by_itself": "off"}


class Graph:
    """A forge that knows these changes, and remembers being asked."""

    def __init__(self, *changes: DependencyChange, reason: str = "") -> None:
        self.changes = changes
        self.reason = reason
        self.asked = 0

    async def dependency_changes(self, base_sha, head_sha):
        self.asked += 1
        return Unavailable(reason=self.reason) if self.reason else self.changes


def gate(
    files: Mapping[str, tuple[str, str]],
    *,
    beside: Mapping[str, str] | None = None,
    forge: object = None,
    **options: object,
) -> Done:
    """Run the gate on files that changed from old to new; `beside` lie there unchanged."""
    still = {path: text.encode() for path, text in (beside or {}).items()}
    changes = []
    for path, (old, new) in files.items():
        gone = {"status": FileStatus.REMOVED} if old and not new else {}
        changes.append(changed(old, new, path, **gone))
    task = task_of(
        tuple(changes),
        {**still, **{path: new.encode() for path, (_, new) in files.items() if new}},
        base={**still, **{path: old.encode() for path, (old, _) in files.items() if old}},
        forge=forge or Graph(),
    )
    given = {**OTHERS_OFF, "dependencies": {"level": "error", **options}}
    done = asyncio.run(QualityGates.model_validate(given).run(task))
    assert isinstance(done, Done)
    assert done.shortfalls == ()
    return done


def told(done: Done) -> list[tuple[str, str, str, int | None]]:
    return [
        (one.rule.removeprefix("dependencies/"), one.severity.value, one.path, one.line)
        for one in done.findings
    ]


def manifest(**dependencies: str) -> str:
    return json.dumps({"dependencies": dependencies}, indent=2) + "\n"


def lock(*packages: Mapping[str, object]) -> str:
    """Return a package-lock.json with one package for each mapping."""
    entries = {
        f"node_modules/{one['name']}": {
            "version": "1.0.0",
            "resolved": f"{HOST}/{one['name']}/-/{one['name']}-1.0.0.tgz",
            "integrity": f"sha512-{one['name']}==",
            **{key: value for key, value in one.items() if key != "name"},
        }
        for one in packages
    }
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, **entries}}, indent=2) + "\n"


def workflow(*uses: str) -> str:
    steps = "".join(f"      - uses: {one}\n" for one in uses)
    return f"jobs:\n  test:\n    steps:\n{steps}"


# --- names


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        ("package.json", manifest(express="1"), manifest(express="1", lodahs="4"), 4),
        ("requirements.txt", "flask==3\n", "flask==3\nreqeusts==2.32.3\n", 2),
        ("requirements.txt", "flask==3\n", "flask==3\npython_dateutils\n", 2),
        ("Gemfile", 'gem "rails"\n', 'gem "rails"\ngem "nokogirii"\n', 2),
        (
            "go.mod",
            "require github.com/spf13/cobra v1.8.1\n",
            "require github.com/spf13/cobra v1.8.1\nrequire github.com/strechr/testify v1.9.0\n",
            2,
        ),
    ],
)
def test_a_new_name_one_slip_from_a_popular_one_is_reported(path, old, new, line):
    assert told(gate({path: (old, new)})) == [("look_alike", "warning", path, line)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lodahs", "lodash"),  # two letters swapped
        ("expresss", "express"),  # one doubled
        ("expres", "express"),  # one dropped
        ("axi0s", "axios"),  # one replaced
        ("cross.env", "cross-env"),  # another separator
        ("crossenv", "cross-env"),  # none at all
        ("lodash", ""),  # the popular one itself
        ("@mona/lodahs", ""),  # a scope belongs to somebody
        ("vue3", ""),  # too short to say
        ("commander2", ""),  # a digit more is the next version
        ("left-pad-with-style", ""),  # like nothing
    ],
)
def test_what_a_name_may_have_been_meant_for(name, meant):
    assert imitated_name(Package(ecosystem=Ecosystem.NPM, name=name)) == meant


def test_the_lists_of_popular_names_are_there_and_in_their_order():
    for ecosystem, least in (
        (Ecosystem.NPM, 9_000),
        (Ecosystem.PYPI, 14_000),
        (Ecosystem.GO, 2_500),
        (Ecosystem.RUBYGEMS, 900),
    ):
        assert len(popular_ranks(ecosystem)) > least
    assert popular_ranks(Ecosystem.PYPI)["requests"] < 50


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (manifest(lodahs="4"), manifest(lodahs="5")),  # it was there before
        (manifest(express="4"), manifest(express="4", lodahs="file:../lodahs")),  # it is ours
    ],
)
def test_a_name_that_is_known_or_ours_is_no_look_alike(old, new):
    assert told(gate({"package.json": (old, new)})) == []


def test_a_name_that_moves_between_manifests_is_not_new():
    files = {
        "a/package.json": (manifest(lodahs="4", vue="3"), manifest(vue="3")),
        "b/package.json": (manifest(vue="3"), manifest(lodahs="4", vue="3")),
    }
    assert told(gate(files)) == []


def test_a_transitive_dependency_is_no_look_alike():
    files = {"package-lock.json": (lock({"name": "a"}), lock({"name": "a"}, {"name": "lodahs"}))}
    assert told(gate(files)) == []


def test_an_allowed_name_is_not_reported():
    files = {"package.json": (manifest(a="1"), manifest(a="1", lodahs="4"))}
    assert told(gate(files, allow=["Lodahs"])) == []


# --- where packages come from


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        ("package.json", manifest(a="1"), manifest(a="1", mine="github:mona/mine"), 4),
        ("requirements.txt", "a==1\n", "a==1\nmine @ https://example.com/mine.zip\n", 2),
        ("Cargo.toml", "[dependencies]\n", '[dependencies]\nx = { git = "https://h/x" }\n', 2),
        ("Gemfile", 'gem "a"\n', 'gem "a"\ngem "x", github: "mona/x"\n', 2),
    ],
)
def test_a_dependency_past_the_registry_is_noted(path, old, new, line):
    assert told(gate({path: (old, new)})) == [("source", "notice", path, line)]


def test_another_revision_of_the_same_repository_is_no_new_source():
    old = manifest(mine=f"git+https://github.com/mona/mine.git#{SHA}")
    new = manifest(mine="git+https://github.com/mona/mine.git#" + "f" * 40)
    assert told(gate({"package.json": (old, new)})) == []


def test_the_credentials_in_an_address_are_not_shown():
    new = manifest(mine="git+https://mona:hunter2@example.com/mine.git")
    done = gate({"package.json": (manifest(a="1"), new)})
    assert told(done) == [("source", "notice", "package.json", 3)]
    assert "hunter2" not in repr(done)


def test_a_host_that_the_lock_did_not_know_is_reported_once_at_its_line():
    evil = "https://evil.example/b/-/b-1.0.0.tgz"
    before = lock({"name": "a"}, {"name": "b"})
    after = lock({"name": "a"}, {"name": "b", "version": "1.0.1", "resolved": evil})
    done = gate({"package-lock.json": (before, after)})
    assert told(done) == [("registry", "warning", "package-lock.json", 12)]
    assert after.split("\n")[11].strip() == f'"resolved": "{evil}",'
    assert told(gate({"package-lock.json": (before, after)}, allow=["evil.example"])) == []


def test_an_index_of_ones_own_is_a_new_host_where_the_usual_one_is_not_written_down():
    before = '[[package]]\nname = "a"\nversion = "1"\n'
    after = (
        f'{before}\n[[package]]\nname = "b"\nversion = "1"\n\n[package.source]\n'
        'type = "legacy"\nurl = "https://pypi.example/simple"\n'
    )
    done = gate({"poetry.lock": (before, after)})
    assert told(done) == [("registry", "warning", "poetry.lock", 11)]


def test_a_registry_without_tls_is_another_one():
    before = lock({"name": "a"})
    after = before.replace("https://registry", "http://registry")
    assert told(gate({"package-lock.json": (before, after)})) == [
        ("registry", "warning", "package-lock.json", 7)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lock({"name": "a"}), lock({"name": "a"}, {"name": "b"})),  # the same host
        ("", lock({"name": "a"})),  # a lock that is new
    ],
)
def test_hosts_that_are_known_or_cannot_be_compared_are_not_reported(before, after):
    assert told(gate({"package-lock.json": (before, after)})) == []


def test_a_lock_that_takes_anothers_place_brings_its_hosts_along():
    yarn = 'a@1:\n  version "1.0.0"\n  resolved "https://yarn.example/a/-/a-1.0.0.tgz"\n'
    assert (
        told(gate({"package-lock.json": (lock({"name": "a"}), ""), "yarn.lock": ("", yarn)})) == []
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (".npmrc", "", "registry=https://npm.example/\n", 1),
        ("pip.conf", "[global]\n", "[global]\nextra-index-url = https://x.example/simple\n", 2),
        ("requirements.txt", "a==1\n", "--index-url https://x.example\na==1\n", 1),
        (
            "pyproject.toml",
            '[project]\nname = "a"\n',
            '[project]\nname = "a"\n\n[[tool.poetry.source]]\nurl = "https://x.example"\n',
            5,
        ),
        (
            "pom.xml",
            "<project>\n</project>\n",
            "<project>\n<repository>\n<url>https://x.example</url></repository>\n</project>\n",
            2,
        ),
    ],
)
def test_a_setting_that_names_another_registry_is_reported(path, old, new, line):
    assert told(gate({path: (old, new)})) == [("registry", "warning", path, line)]


def test_another_path_on_the_same_registry_is_no_news():
    files = {".npmrc": ("registry=https://a.example/one\n", "registry=https://a.example/two\n")}
    assert told(gate(files)) == []


def test_a_manifest_that_is_new_brings_its_registries_along():
    assert told(gate({"Gemfile": ("", 'source "https://gems.example"\ngem "rails"\n')})) == []


# --- locks


def test_a_digest_that_is_gone_is_reported():
    after = lock({"name": "a"}, {"name": "b"}).replace('",\n      "integrity": "sha512-b=="', '"')
    done = gate({"package-lock.json": (lock({"name": "a"}, {"name": "b"}), after)})
    assert told(done) == [("integrity", "warning", "package-lock.json", 12)]
    assert "no longer has a digest" in done.findings[0].title


def test_a_good_digest_that_gave_way_to_a_weak_one_is_reported():
    before, after = lock({"name": "a"}), lock({"name": "a", "integrity": "sha1-a="})
    assert told(gate({"package-lock.json": (before, after)})) == [
        ("integrity", "warning", "package-lock.json", 8)
    ]


def test_another_digest_in_a_requirements_file_is_reported():
    before, after = (f"a==1 --hash=sha256:{one * 64}\n" for one in "ab")
    assert told(gate({"requirements.txt": (before, after)})) == [
        ("integrity", "warning", "requirements.txt", 1)
    ]


def test_an_entry_that_fetches_another_packages_archive_is_reported():
    odd = {"name": "b", "resolved": f"{HOST}/evil/-/evil-1.0.0.tgz"}
    done = gate({"package-lock.json": (lock({"name": "a"}), lock({"name": "a"}, odd))})
    assert told(done) == [("integrity", "warning", "package-lock.json", 12)]
    assert "archive of another package" in done.findings[0].title


@pytest.mark.parametrize(
    "fine",
    [
        {"name": "@s/b", "resolved": f"{HOST}/@s%2fb/-/b-1.0.0.tgz"},
        {"name": "b", "resolved": "https://npm.example/api/npm/all/b/-/b-1.0.0.tgz"},
    ],
)
def test_an_archive_may_be_named_in_many_ways(fine):
    before = lock({"name": "a"}, {"name": "c", "resolved": fine["resolved"].replace("b", "c")})
    done = gate({"package-lock.json": (before, lock({"name": "a"}, fine))})
    assert [one for one in told(done) if one[0] == "integrity"] == []


def test_a_version_that_left_the_registry_in_the_lock_alone_is_a_warning():
    before = lock({"name": "a"}, {"name": "b"})
    after = lock({"name": "a"}, {"name": "b", "resolved": "git+https://git.example/e/b.git#1"})
    files = {"package-lock.json": (before, after)}
    assert told(gate(files)) == [("source", "warning", "package-lock.json", 12)]
    asked = manifest(a="1", b="git+https://git.example/e/b.git")
    files["package.json"] = (manifest(a="1", b="1"), asked)
    # Then the manifest is where people look.
    assert [one[:3] for one in told(gate(files))] == [("source", "warning", "package.json")]


def test_a_script_that_moved_or_a_dependency_of_such_a_name_is_none():
    old = '{\n  "scripts": {\n    "install": "node-gyp rebuild",\n    "test": "jest"\n  }\n}\n'
    new = '{\n  "scripts": {\n    "test": "jest",\n    "install": "node-gyp rebuild"\n  }\n}\n'
    assert told(gate({"package.json": (old, new)})) == []
    assert told(gate({"package.json": (manifest(a="1"), manifest(a="1", install="^0.13.0"))})) == []


@pytest.mark.parametrize("integrity", ["sha512-other==", "sha512-b=="])
def test_another_digest_under_the_same_version_is_reported(integrity):
    before = lock({"name": "a"}, {"name": "b", "integrity": "sha512-before=="})
    after = lock({"name": "a"}, {"name": "b", "integrity": integrity})
    done = gate({"package-lock.json": (before, after)})
    assert told(done) == [("integrity", "warning", "package-lock.json", 13)]
    assert integrity in after.split("\n")[12]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # another version
        (
            "package-lock.json",
            lock({"name": "a", "integrity": "sha512-old=="}),
            lock({"name": "a", "version": "1.0.1"}),
        ),
        # another algorithm says nothing about the bytes
        ("package-lock.json", lock({"name": "a", "integrity": "sha1-old"}), lock({"name": "a"})),
        # one of two copies of the same version
        (
            "go.sum",
            "a.example/a v1.0.0/go.mod h1:A=\n",
            "a.example/a v1.0.0 h1:B=\na.example/a v1.0.0/go.mod h1:A=\n",
        ),
        # wheels are added to a release later
        (
            "uv.lock",
            '[[package]]\nname = "a"\nversion = "1"\nwheels = [{url = "x/a.whl", hash = "s:1"}]\n',
            (
                '[[package]]\nname = "a"\nversion = "1"\n'
                'wheels = [{url = "x/a.whl", hash = "s:1"}, {url = "x/b.whl", hash = "s:2"}]\n'
            ),
        ),
        # another cache key of Yarn's
        (
            "yarn.lock",
            (
                '__metadata:\n  cacheKey: 8\n\n"a@npm:^1":\n  version: 1.0.0\n'
                '  resolution: "a@npm:1.0.0"\n  checksum: 11aa\n'
            ),
            (
                '__metadata:\n  cacheKey: 10c0\n\n"a@npm:^1":\n  version: 1.0.0\n'
                '  resolution: "a@npm:1.0.0"\n  checksum: 10c0/22bb\n'
            ),
        ),
    ],
)
def test_digests_that_cannot_be_compared_or_agree_are_not_reported(path, before, after):
    assert told(gate({path: (before, after)})) == []


def test_a_digest_of_a_wheel_that_changed_is_reported():
    text = (
        '[[package]]\nname = "a"\nversion = "1"\nwheels = [\n {url = "x/a.whl", hash = "s:1"},\n]\n'
    )
    done = gate({"uv.lock": (text, text.replace("s:1", "s:2"))})
    assert told(done) == [("integrity", "warning", "uv.lock", 5)]


def test_a_new_install_script_is_noted_and_one_that_was_not_there_before_is_a_warning():
    before = lock({"name": "a"}, {"name": "b"}, {"name": "c", "hasInstallScript": True})
    after = lock(
        {"name": "a", "version": "1.0.1", "hasInstallScript": True},
        {"name": "b"},
        {"name": "c", "version": "1.0.1", "hasInstallScript": True},
        {"name": "d", "hasInstallScript": True},
    )
    done = gate({"package-lock.json": (before, after)})
    assert told(done) == [
        ("install_script", "warning", "package-lock.json", 9),
        ("install_script", "notice", "package-lock.json", 22),
    ]


def test_a_flag_that_npm_adds_to_a_version_it_knew_is_no_new_script():
    after = lock({"name": "a", "hasInstallScript": True}, {"name": "b"})
    assert told(gate({"package-lock.json": (lock({"name": "a"}, {"name": "b"}), after)})) == []


def test_a_lock_that_is_new_tells_no_install_scripts():
    files = {"package-lock.json": ("", lock({"name": "a", "hasInstallScript": True}))}
    assert told(gate(files)) == []


# --- a manifest and its lock


@pytest.mark.parametrize(
    ("path", "old", "new", "locks", "line"),
    [
        (
            "package.json",
            manifest(a="1"),
            manifest(a="1", b="1"),
            {"package-lock.json": lock({"name": "a"})},
            4,
        ),
        (
            "web/package.json",
            manifest(a="1"),
            manifest(a="1", b="1"),
            {"yarn.lock": 'a@1:\n  version "1.0.0"\n'},
            4,
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n "a",\n]\n[build-system]\nrequires = ["hatchling"]\n',
            '[project]\ndependencies = [\n "a",\n "b",\n]\n[build-system]\nrequires = ["x"]\n',
            {"uv.lock": '[[package]]\nname = "a"\nversion = "1"\n'},
            4,
        ),
        (
            "go.mod",
            "require example.com/a v1.0.0\n",
            "require example.com/a v1.0.0\nrequire example.com/b v1.0.0\n",
            {"go.sum": "example.com/a v1.0.0 h1:A=\n"},
            2,
        ),
    ],
)
def test_a_new_dependency_that_the_untouched_lock_lacks_is_reported(path, old, new, locks, line):
    done = gate({path: (old, new)}, beside=locks)
    assert told(done) == [("lock", "warning", path, line)]


@pytest.mark.parametrize(
    ("old", "new", "locks"),
    [
        # the lock holds it already, as another's dependency
        (manifest(a="1"), manifest(a="1", b="1"), lock({"name": "a"}, {"name": "b"})),
        # no dependency is new
        (manifest(a="1"), manifest(a="2"), lock({"name": "a"})),
        # the lock never held what this manifest asks for: it is another's
        (manifest(a="1", z="1"), manifest(a="1", z="1", b="1"), lock({"name": "a"})),
        # ours, in no lock
        (manifest(a="1"), manifest(a="1", b="workspace:*"), lock({"name": "a"})),
        # nobody can read the lock
        (manifest(a="1"), manifest(a="1", b="1"), "{"),
    ],
)
def test_a_lock_that_holds_it_or_is_not_its_own_is_not_missed(old, new, locks):
    files = {"package.json": (old, new)}
    assert told(gate(files, beside={"package-lock.json": locks})) == []


def test_a_lock_that_was_touched_is_believed():
    files = {
        "package.json": (manifest(a="1"), manifest(a="1", b="1")),
        "package-lock.json": (lock({"name": "a"}), lock({"name": "a", "version": "1.0.1"})),
    }
    assert told(gate(files)) == []


# --- pins


def test_an_action_that_is_no_longer_pinned_is_reported():
    old, new = workflow(f"Mona/act@{SHA}"), workflow("mona/act@v2")
    done = gate({".github/workflows/ci.yml": (old, new)})
    assert told(done) == [("pin", "warning", ".github/workflows/ci.yml", 4)]


def test_an_image_that_is_no_longer_pinned_is_reported():
    digest = "a" * 64
    done = gate({"Dockerfile": (f"FROM python:3.13@sha256:{digest}\n", "FROM python:3.14\n")})
    assert told(done) == [("pin", "warning", "Dockerfile", 1)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (workflow(f"mona/act@{SHA}"), workflow(f"mona/act@{'f' * 40}")),  # another commit
        (workflow("mona/act@v1"), workflow("mona/act@v2")),  # never was
        (workflow(f"mona/act@{SHA}", "mona/act@v1"), workflow("mona/act@v1")),  # not everywhere
        (workflow(f"mona/act@{SHA}"), workflow(f"mona/act@{SHA}", "mona/other@v1")),  # another
    ],
)
def test_a_pin_that_holds_or_never_was_is_not_reported(old, new):
    assert told(gate({".github/workflows/ci.yml": (old, new)})) == []


# --- what GitHub says


def change(name: str = "b", version: str = "1.0.0", **fields: object) -> DependencyChange:
    given = {"kind": ChangeKind.ADDED, "manifest": "package-lock.json", "ecosystem": "npm"}
    return DependencyChange(**{**given, "is_runtime": True, **fields}, name=name, version=version)


def weak(risk: Risk, id_: str = "GHSA-1") -> tuple[Advisory, ...]:
    return (Advisory(id=id_, risk=risk, summary="It is weak"),)


ADDS_B = {"package-lock.json": (lock({"name": "a"}), lock({"name": "a"}, {"name": "b"}))}


@pytest.mark.parametrize(
    ("risk", "is_runtime", "severity"),
    [
        (Risk.CRITICAL, True, "error"),
        (Risk.HIGH, True, "error"),
        (Risk.MODERATE, True, "warning"),
        (Risk.LOW, True, "notice"),
        (Risk.CRITICAL, False, "warning"),
        (Risk.LOW, False, "notice"),
    ],
)
def test_an_advisory_weighs_by_its_risk_and_scope(risk, is_runtime, severity):
    forge = Graph(change(advisories=weak(risk), is_runtime=is_runtime))
    done = gate(ADDS_B, forge=forge)
    assert told(done) == [("advisory", severity, "package-lock.json", 11)]
    assert "GHSA-1" in done.findings[0].message


def test_advisories_of_one_package_are_one_finding():
    both = (*weak(Risk.LOW, "GHSA-1"), *weak(Risk.HIGH, "GHSA-2"))
    twice = [change(advisories=both), change(advisories=both, manifest="package.json")]
    done = gate(ADDS_B, forge=Graph(*twice))
    assert [one.severity for one in done.findings] == [Severity.ERROR]
    assert done.findings[0].message.index("GHSA-2") < done.findings[0].message.index("GHSA-1")


def test_an_advisory_that_the_version_before_had_too_is_a_notice():
    forge = Graph(
        change(version="0.9.0", kind=ChangeKind.REMOVED, advisories=weak(Risk.HIGH)),
        change(advisories=weak(Risk.HIGH)),
    )
    assert told(gate(ADDS_B, forge=forge)) == [("advisory", "notice", "package-lock.json", 11)]


def test_what_is_removed_has_no_advisories():
    forge = Graph(change(kind=ChangeKind.REMOVED, advisories=weak(Risk.CRITICAL)))
    assert told(gate(ADDS_B, forge=forge)) == []


def test_an_advisory_of_a_file_that_we_do_not_read_stands_at_the_file():
    forge = Graph(change(manifest="build.sbt", advisories=weak(Risk.HIGH)))
    assert told(gate(ADDS_B, forge=forge)) == [("advisory", "error", "build.sbt", None)]


def test_the_level_caps_an_advisory():
    done = gate(ADDS_B, forge=Graph(change(advisories=weak(Risk.HIGH))), level="notice")
    assert told(done) == [("advisory", "notice", "package-lock.json", 11)]


@pytest.mark.parametrize(
    ("license_", "denied"),
    [
        ("AGPL-3.0-only", True),
        ("agpl-3.0-only", True),
        ("MIT OR AGPL-3.0-only", False),  # a choice
        ("(MIT AND AGPL-3.0-only)", True),  # no choice
        ("AGPL-3.0-only WITH Classpath-exception-2.0", True),
        ("MIT", False),
        ("", False),
    ],
)
def test_a_denied_licence_is_an_error_where_there_is_no_choice(license_, denied):
    expected = [("license", "error", "package-lock.json", 11)] if denied else []
    options = {"deny_licenses": ["AGPL-3.0-only"]}
    assert told(gate(ADDS_B, forge=Graph(change(license=license_)), **options)) == expected
    by_lock = lock({"name": "a"}, {"name": "b", "license": license_})
    files = {"package-lock.json": (lock({"name": "a"}), by_lock)}
    assert told(gate(files, forge=Graph(reason="off"), **options)) == expected


def test_no_licence_is_denied_by_default():
    assert told(gate(ADDS_B, forge=Graph(change(license="AGPL-3.0-only")))) == []


def test_github_is_asked_only_when_a_dependency_changed():
    forge = Graph()
    gate({"app.py": ("a = 1\n", "a = 2\n")}, forge=forge)
    gate({"package.json": (manifest(a="1"), manifest(a="1") + "\n")}, forge=forge)
    assert forge.asked == 0
    gate(ADDS_B, forge=forge)
    assert forge.asked == 1


def test_that_advisories_are_unavailable_is_said_once_and_only_where_it_matters():
    forge = Graph(reason="the dependency graph is off")
    done = gate(ADDS_B, forge=forge)
    assert done.notes[-1] == "Advisories unavailable: the dependency graph is off"
    assert gate({"app.py": ("a = 1\n", "a = 2\n")}, forge=forge).notes == ()


# --- the digest


def test_the_digest_names_what_is_direct_and_counts_the_rest():
    files = {
        "package.json": (
            manifest(gone="1", moved="1"),
            manifest(moved="2", new="^1.2.0"),
        ),
        "package-lock.json": (
            lock({"name": "gone"}, {"name": "moved"}, {"name": "deep"}),
            lock(
                {"name": "moved", "version": "2.0.0"},
                {"name": "new", "version": "1.2.3"},
                {"name": "deep", "version": "1.0.1"},
                {"name": "deeper"},
            ),
        ),
    }
    assert gate(files).notes == (
        (
            "Dependencies: adds new 1.2.3 (npm); changes moved; removes gone; "
            "only in locks: 1 added, 1 changed"
        ),
    )


def test_the_digest_knows_what_an_unchanged_manifest_asks_for():
    text = (
        '[[package]]\nname = "httpx"\nversion = "0.27"\n\n'
        '[[package]]\nname = "idna"\nversion = "1"\n'
    )
    files = {"uv.lock": (text, text.replace("0.27", "0.28").replace('"1"', '"2"'))}
    beside = {"pyproject.toml": '[project]\ndependencies = ["httpx"]\n'}
    assert gate(files, beside=beside).notes == (
        "Dependencies: changes httpx; only in locks: 1 changed",
    )


def test_the_digest_stays_short():
    names = {f"a-dependency-with-quite-a-long-name-{at}": "1" for at in range(50)}
    done = gate({"package.json": (manifest(vue="3"), manifest(vue="3", **names))})
    assert len(done.notes[0]) < 300
    assert done.notes[0].endswith("and 47 more")


def test_a_change_without_dependencies_has_no_notes():
    assert gate({"package.json": (manifest(a="1"), manifest(a="1") + "\n")}).notes == ()


# --- what cannot be read


def test_a_file_that_cannot_be_read_is_a_note_and_no_gap():
    done = gate({"package.json": (manifest(a="1"), "{\n")})
    assert [one.rule for one in done.findings] == ["broken_files"]  # whose business it is
    assert done.notes[0].startswith("Dependencies not read: package.json: ")


def test_a_lock_whose_base_cannot_be_had_is_a_note():
    new = lock({"name": "a", "version": "2"})
    task = task_of(
        (changed(lock({"name": "a"}), new, "package-lock.json"),),
        {"package-lock.json": new.encode()},
        base={"package-lock.json": Absent.TOO_LARGE},
    )
    done = asyncio.run(QualityGates.model_validate(OTHERS_OFF).run(task))
    assert done.notes == (
        "Dependencies not read: package-lock.json: its content is too large",
        "Advisories unavailable: there is no GitHub to ask",
    )


def test_a_removed_manifest_is_a_removal():
    done = gate({"package.json": (manifest(a="1"), "")})
    assert done.notes == ("Dependencies: removes a",)


def test_thousands_of_odd_entries_are_a_few_findings():
    many = {f"mine{at}": f"github:mona/mine{at}" for at in range(3_000)}
    done = gate({"package.json": (manifest(a="1"), manifest(a="1", **many, lodahs="4"))})
    assert len(done.findings) == 21


def test_a_name_without_end_is_no_look_alike():
    assert imitated_name(Package(ecosystem=Ecosystem.NPM, name="a" * 1_000_000)) == ""


def test_a_lock_full_of_one_name_is_compared_soon():
    block = '[[package]]\nname = "a"\nversion = "{}"\nchecksum = "{}"\nsource = "registry+x"\n'
    before = "".join(block.format(at, 1) for at in range(20_000))
    after = before.replace('checksum = "1"', 'checksum = "2"')
    task = task_of(
        (changed("x\n", "y\n", "Cargo.lock"),),
        {"Cargo.lock": after.encode()},
        base={"Cargo.lock": before.encode()},
    )
    done = asyncio.run(QualityGates.model_validate(OTHERS_OFF).run(task))
    assert len(done.findings) == 3


def test_text_that_hides_is_not_shown():
    done = gate({"package.json": (manifest(a="1"), manifest(a="1", **{"b\u202e\nevil": "1"}))})
    assert done.notes == ("Dependencies: adds b evil 1 (npm)",)


def test_a_finding_stays_the_same_when_lines_shift():
    one = gate({"package.json": (manifest(a="1"), manifest(a="1", lodahs="4"))})
    other = gate({"package.json": (manifest(a="1"), manifest(a="1", lodahs="5", z="1"))})
    assert [each.code for each in one.findings] == [each.code for each in other.findings]
