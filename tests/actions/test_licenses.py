"""A deny list of licences: what SPDX means by an expression, and what nobody can say."""

import json

import pytest

from codeflow_action.engine.dependencies import ChangeKind, DependencyChange
from tests.actions.test_dependencies import HOST, Graph, gate, lock, told

BASE = lock({"name": "a"})


def run(license_: object, *denied: str):
    """Run the gate on a lock with a new package under this licence."""
    files = {"package-lock.json": (BASE, lock({"name": "a"}, {"name": "b", "license": license_}))}
    return gate(files, forge=Graph(reason="off"), deny_licenses=list(denied))


@pytest.mark.parametrize(
    ("license_", "denied"),
    [
        ("AGPL-3.0", "AGPL-3.0-only"),  # deprecated ids mean today's
        ("AGPL-3.0-only", "AGPL-3.0"),
        ("agpl-3.0", "agpl-3.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-2.0-or-later", "GPL-2.0+"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0"),
        ("(MIT AND (GPL-3.0 OR AGPL-3.0-only AND MIT))", "GPL-3.0-only,AGPL-3.0-only"),
        ("GPL-3.0-only OR AGPL-3.0-only", "GPL-3.0-only,AGPL-3.0-only"),
        ("GPL-3.0-only/AGPL-3.0-only", "GPL-3.0,AGPL-3.0"),
        ("SSPL-1.0 AND Mystery", "SSPL-1.0"),
        ("MPL-2.0+", "MPL-2.0"),
        ("LicenseRef-Our-Rival", "LicenseRef-our-rival"),
        ("UNLICENSED", "UNLICENSED"),
        (["GPL-3.0", {"type": "AGPL-3.0"}], "GPL-3.0-only,AGPL-3.0-only"),
        ({"type": "AGPL-3.0"}, "AGPL-3.0-only"),
    ],
)
def test_a_licence_is_denied_where_no_allowed_one_remains(license_, denied):
    done = run(license_, *denied.split(","))
    assert [row[:2] for row in told(done)] == [("license", "error")]
    assert not any(note.startswith("Licences not known") for note in done.notes)


@pytest.mark.parametrize(
    ("license_", "denied"),
    [
        ("MIT", "AGPL-3.0"),
        ("MIT OR AGPL-3.0", "AGPL-3.0-only"),
        ("mit or gpl-2.0+", "GPL-2.0-or-later"),
        ("MIT/Apache-2.0", "AGPL-3.0-only"),
        ("MIT OR Mystery", "AGPL-3.0-only"),
        ("LGPL-3.0-only", "GPL-3.0-only"),  # its name ends alike
        ("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT", "GPL-2.0-only"),
        (["MIT", "GPL-3.0"], "GPL-3.0-only"),
    ],
)
def test_a_licence_that_leaves_a_choice_is_fine(license_, denied):
    done = run(license_, *denied.split(","))
    assert told(done) == []
    assert not any("icence" in note for note in done.notes)


@pytest.mark.parametrize(
    "license_",
    [
        "SEE LICENSE IN COPYING",
        "Mystery",
        "(MIT",
        "MIT AND Mystery",
        "The MIT License",
        "NOASSERTION",
    ],
)
def test_a_licence_that_nobody_knows_is_named(license_):
    done = run(license_, "AGPL-3.0-only")
    assert told(done) == []
    assert f"Licences not known: b ({license_})" in done.notes


@pytest.mark.parametrize("license_", ["(" * 100_000, "MIT OR " * 100_000, "MIT AND (" * 90])
def test_an_expression_without_end_is_not_known(license_):
    done = run(license_, "AGPL-3.0-only")
    assert told(done) == []
    assert any(note.startswith("Licences not known: b (") for note in done.notes)


def added(name: str, ecosystem: str = "npm") -> DependencyChange:
    """Return a new package of which GitHub knows no licence."""
    return DependencyChange(
        kind=ChangeKind.ADDED,
        manifest="package-lock.json",
        ecosystem=ecosystem,
        name=name,
        version="1.0.0",
    )


def test_what_github_does_not_know_a_lock_may_know():
    forge = Graph(added("b"), added("c"), added("mona/act", "actions"))
    after = json.loads(lock({"name": "a"}, {"name": "b", "license": "AGPL-3.0"}))
    after["packages"]["node_modules/c"] = {
        "version": "1.0.0",
        "resolved": f"{HOST}/c/-/c-1.0.0.tgz",
    }
    files = {"package-lock.json": (BASE, json.dumps(after))}
    done = gate(files, forge=forge, deny_licenses=["AGPL-3.0"])
    assert [row[:2] for row in told(done)] == [("license", "error")]
    assert "Licences not known: c (none is stated)" in done.notes


def test_an_entry_of_the_list_that_is_no_id_is_named():
    note = "`deny_licenses` names GPLv3, which is no SPDX id: it rules out only packages that say"
    done = run("GPLv3", "GPLv3", "MIT")
    assert [row[:2] for row in told(done)] == [("license", "error")]
    assert any(line.startswith(note) for line in done.notes)
