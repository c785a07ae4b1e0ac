"""The steps of a release, against real git: a tag is made once, and each step may be repeated."""

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from codeflow_action import __version__
from tests.entry.jobs import commit, git
from tests.test_layer_sizes import write_archive

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
IMAGE = "registry.example/org/codeflow@sha256:" + "a" * 64
WHEEL = "dist/codeflow_action.whl"
RELEASE = (WORKFLOWS / "release.yml").read_text()
TAG = f"v{__version__}"
CANDIDATE = f"release/{TAG}"
CHANGES = (
    f"# Changelog\n\n## [Unreleased]\n\n## [{__version__}]\n\n- News.\n\n## [0.0.1]\n\n- Old.\n"
)
# What the two programs are asked is written down; `gh` knows of the release that was made.
GH = """#!/bin/sh
echo "gh $*" >>"$CALLS"
case "$1 $2" in
"release view") cat "$STATE" 2>/dev/null || exit 1 ;;
"release create")
    echo true >"$STATE"
    while [ "$1" != --notes-file ]; do shift; done
    cp "$2" "$(dirname "$STATE")/notes"
    [ -z "$BREAK" ] || exit 1 ;;
"release edit") echo false >"$STATE" ;;
"release delete") rm "$STATE" ;;
"attestation download") echo '{}' >sha256-aaaa.jsonl ;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >>"$CALLS"
case "$1 $2" in
"save --output") cp "$ARCHIVES/$(basename "$3")" "$3" ;;
*) echo "{}" ;;
esac
"""
COPIED = (
    *("action.yml", "pyproject.toml", ".github/workflows/release.yml"),
    *("scripts/pin-image", "scripts/release", "scripts/layer_sizes.py"),
)


class Workshop:
    """A clone on a commit of the default branch, its origin, and the programs of a runner."""

    def __init__(self, root: Path) -> None:
        self.root, self.clone, self.origin = root, root / "clone", root / "origin"
        git(root, "init", "--quiet", "--bare", "--initial-branch=main", "origin")
        git(root, "clone", "--quiet", str(self.origin), "clone")
        for name in COPIED:
            (self.clone / name).parent.mkdir(exist_ok=True, parents=True)
            shutil.copy(ROOT / name, self.clone / name)
        commit(self.clone, {"CHANGELOG.md": CHANGES})
        git(self.clone, "push", "--quiet", "origin", "HEAD:main")
        programs = root / "programs"
        programs.mkdir()
        for name, text in (("gh", GH), ("docker", DOCKER)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)

    def run(self, step: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.clone / "scripts" / "release", step, *arguments],
            env={
                "PATH": f"{self.root / 'programs'}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.root),
                "CALLS": str(self.root / "calls"),
                "STATE": str(self.root / "state"),
                "ARCHIVES": str(self.root),
                "BREAK": "",
                "SIZE": "1.5 MB",
                "GITHUB_REPOSITORY": "org/codeflow",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def tags(self) -> dict[str, str]:
        lines = git(self.origin, "for-each-ref", "--format=%(refname:short) %(objectname)")
        return dict(line.split() for line in lines.splitlines())


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def test_what_is_on_the_default_branch_may_be_released(workshop):
    done = workshop.run("check", CANDIDATE, "main")
    assert (done.returncode, done.stdout) == (0, f"tag={TAG}\nimage=\n"), done.stderr


def test_what_was_not_merged_is_not_released(workshop):
    commit(workshop.clone, {"more.py": "x = 1\n"})
    done = workshop.run("check", CANDIDATE, "main")
    assert done.returncode == 2
    assert "is not on main" in done.stderr


def test_an_older_clone_asks_what_the_branch_is_now(workshop):
    """A branch that was rewound since does not have the commit any more."""
    commit(workshop.clone, {"more.py": "x = 1\n"})
    git(workshop.clone, "push", "--quiet", "origin", "HEAD:main")
    git(workshop.origin, "update-ref", "refs/heads/main", "main^")
    assert workshop.run("check", CANDIDATE, "main").returncode == 2


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        ("release/v9.9.9", "does not say version 9.9.9"),
        (TAG, "is not release/vX.Y.Z"),
        ("release/v1.2.3-rc1", "is not release/vX.Y.Z"),
        ("release/v1.2.3; touch pwned", "is not release/vX.Y.Z"),
    ],
)
def test_a_tag_that_is_no_version_of_ours_is_refused(workshop, candidate, words):
    done = workshop.run("check", candidate, "main")
    assert done.returncode == 2
    assert words in done.stderr


def test_a_version_without_a_section_in_the_changelog_is_refused(workshop):
    commit(workshop.clone, {"CHANGELOG.md": "# Changelog\n"})
    git(workshop.clone, "push", "--quiet", "origin", "HEAD:main")
    assert "has no section" in workshop.run("check", CANDIDATE, "main").stderr


def test_a_release_run_twice_is_made_once(workshop):
    merged = git(workshop.clone, "rev-parse", "HEAD")
    for _time in range(2):
        git(workshop.clone, "checkout", "--quiet", "--detach", merged)
        for step in ("tag", "publish", "major"):
            done = workshop.run(step, CANDIDATE, IMAGE, WHEEL)
            assert done.returncode == 0, done.stderr
        tags = workshop.tags()
        assert tags[TAG] == tags[TAG.partition(".")[0]]
        assert git(workshop.origin, "rev-parse", f"{TAG}^") == merged
    assert sum(call.startswith("gh release create") for call in workshop.calls) == 1
    git(workshop.clone, "checkout", "--quiet", "--detach", merged)
    # A run that is repeated builds no second image: it takes the one that the tag names.
    assert workshop.run("check", CANDIDATE, "main").stdout == f"tag={TAG}\nimage={IMAGE}\n"
    pinned = git(workshop.origin, "show", f"{TAG}:action.yml")
    assert f"  image: docker://{IMAGE}" in pinned.splitlines()


def test_a_version_is_released_from_one_commit_only(workshop):
    assert workshop.run("tag", CANDIDATE, IMAGE).returncode == 0
    git(workshop.clone, "checkout", "--quiet", "-B", "main", "origin/main")
    commit(workshop.clone, {"more.py": "x = 1\n"})
    git(workshop.clone, "push", "--quiet", "origin", "HEAD:main")
    done = workshop.run("check", CANDIDATE, "main")
    assert done.returncode == 2
    assert "was released from another commit" in done.stderr


def test_the_release_is_published_when_all_its_files_are_there(workshop):
    assert workshop.run("publish", CANDIDATE, IMAGE, WHEEL).returncode == 0
    create, publish = [
        call for call in workshop.calls if re.match("gh release (create|edit)", call)
    ]
    assert "--draft --verify-tag" in create
    for name in ("sbom.json", "provenance.json", "attestation.jsonl", WHEEL):
        assert name in create
    assert publish == f"gh release edit {TAG} --draft=false"


def test_a_draft_of_a_run_that_was_cut_short_is_made_anew(workshop):
    assert workshop.run("publish", CANDIDATE, IMAGE, WHEEL, BREAK="yes").returncode != 0
    done = workshop.run("publish", CANDIDATE, IMAGE, WHEEL)
    assert done.returncode == 0, done.stderr
    assert f"gh release delete {TAG} --yes" in workshop.calls
    assert (workshop.root / "state").read_text() == "false\n"


def test_the_notes_are_this_versions_own_and_say_what_is_downloaded(workshop):
    assert workshop.run("publish", CANDIDATE, IMAGE, WHEEL).returncode == 0
    notes = (workshop.root / "notes").read_text()
    assert (
        notes.split()
        == (
            f"- News. Image: `{IMAGE}`. Its layers add 1.5 MB, compressed, to those of its base."
        ).split()
    )


def test_an_image_whose_layers_have_grown_is_not_released(workshop):
    base = [b"base"]
    write_archive(workshop.root / "base.tar", base)
    write_archive(workshop.root / "image.tar", [*base, random.Random(1).randbytes(150_000)])
    done = workshop.run("size", CANDIDATE, IMAGE)
    assert (done.returncode, done.stdout) == (0, "size=0.2 MB\n"), done.stderr
    script = workshop.clone / "scripts" / "layer_sizes.py"
    script.write_text(re.sub("MAX_MEGABYTES = .*", "MAX_MEGABYTES = 0.1", script.read_text()))
    done = workshop.run("size", CANDIDATE, IMAGE)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    bases = [call.split()[-1] for call in workshop.calls if "base.tar" in call]
    assert set(bases) == set(re.findall("build-args: BASE=(.*)", RELEASE))


def test_an_older_version_does_not_take_the_major_tag_back(workshop):
    newer = f"{TAG.rpartition('.')[0]}.999"
    git(workshop.clone, "tag", newer)
    git(workshop.clone, "push", "--quiet", "origin", newer)
    assert workshop.run("tag", CANDIDATE, IMAGE).returncode == 0
    done = workshop.run("major", CANDIDATE)
    assert f"stays at {newer}" in done.stdout
    assert TAG.partition(".")[0] not in workshop.tags()


def test_nothing_is_pushed_by_force_but_the_major_tag():
    script = (ROOT / "scripts" / "release").read_text()
    assert script.count("--force") == 1
    assert 'git push --quiet --force origin "refs/tags/$tag:refs/tags/$name"' in script


def test_nothing_is_built_or_written_before_the_tag_was_checked():
    jobs = yaml.safe_load(RELEASE)["jobs"]
    first = next(step["run"] for step in jobs["check"]["steps"] if "run" in step)
    assert first.startswith("scripts/release check")
    assert jobs["check"]["permissions"] == {"contents": "read"}
    for name in jobs.keys() - {"check"}:
        assert "check" in jobs[name]["needs"]
        if set(jobs[name]["permissions"].values()) != {"read"}:
            assert jobs[name]["environment"] == "release"


def test_the_wheel_that_was_tried_is_the_one_that_is_published():
    """On each Python, before anything is seen; and the index is told by whom without a secret."""
    jobs = yaml.safe_load(RELEASE)["jobs"]
    ci = yaml.safe_load((WORKFLOWS / "ci.yml").read_text())["jobs"]
    assert jobs["wheel"]["uses"] == ci["wheel"]["uses"] == "./.github/workflows/wheel.yml"
    assert {"wheel", "image"} < set(jobs["pypi"]["needs"])
    assert "pypi" in jobs["publish"]["needs"]
    assert jobs["pypi"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in RELEASE
    downloads = [
        step["with"]["name"]
        for job in ("pypi", "publish")
        for step in jobs[job]["steps"]
        if step.get("uses", "").startswith("actions/download-artifact@")
    ]
    trial = yaml.safe_load((WORKFLOWS / "wheel.yml").read_text())["jobs"]
    (upload,) = [step["with"] for step in trial["build"]["steps"] if "name" in step.get("with", {})]
    assert downloads == [upload["name"]] * 2
    assert trial["try"]["strategy"]["matrix"]["python"] == ["3.12", "3.13", "3.14"]


IMAGES = r"(?:image: |image=|generator=|build-args: BASE=)([\w./-]+:[\w.-]+\S*)$"


def test_every_image_of_a_release_is_named_by_its_digest():
    images = re.findall(IMAGES, RELEASE, re.MULTILINE)
    assert len(images) == 4
    for image in images:
        assert re.fullmatch(r"\S+:\S+@sha256:[0-9a-f]{64}", image)


def test_a_release_has_the_base_of_the_dockerfile_for_both_stages():
    dockerfile = (ROOT / "Dockerfile").read_text()
    [tag] = re.findall(r"^ARG BASE=(\S+)$", dockerfile, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${BASE}", "${BASE}"]
    assert f"build-args: BASE={tag}@sha256:" in RELEASE
