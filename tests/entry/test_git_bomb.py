"""A pull request with an object bomb: gates see what lies beside it, and the verdict says so."""

from codeflow_action.integrations.change_size import MAX_CHANGED
from tests.integrations.gitting import git
from tests.integrations.test_bombs import folder_bomb


def test_a_key_beside_a_bomb_is_reported_and_the_bomb_is_named(shop):
    """Fault 13: git reading a 252 kB object bomb of ten million paths."""
    secret, name = "q7Gm2Xv9Lr4Tz8Wk1Yp6Nc3Hd5Bs0Jf/aEuRiOoP", "AKIA" + "Q3EGRT7YHSKLZX2M"
    key = f'AWS_ACCESS_KEY_ID = "{name}"\nAWS_SECRET_ACCESS_KEY = "{secret}"\n'.encode()
    repository = shop.work_tree
    bomb = folder_bomb(repository, levels=7, width=10)
    oid = git(repository, "hash-object", "-w", "--stdin", stdin=key).decode().strip()
    listed = git(repository, "ls-tree", "main").decode()
    listed += f"040000 tree {bomb}\tbomb\n100644 blob {oid}\tz.py\n"
    tree = git(repository, "mktree", stdin=listed.encode()).decode().strip()
    sha = git(repository, "commit-tree", "-p", "main", "-m", "x", tree).decode().strip()
    # Only the workspace holds it: the stand-in for GitHub would list ten million files.
    payload = shop.repository.event("pull_request", pull=shop.pull)
    payload["pull_request"]["head"]["sha"] = sha
    ended = shop.run(payload=payload, inputs={"dry_run": "true"})
    assert [one.finding.path for one in ended.report.findings] == ["z.py"]
    assert "bomb/" in ended.summary
    assert f"{MAX_CHANGED:,}" in ended.summary
    assert ended.outputs["verdict"] != "pass"
