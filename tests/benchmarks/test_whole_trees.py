"""What the gates call broken in whole repositories is false unless a verdict says otherwise."""

import subprocess

from benchmarks import whole_trees

FILES = {"a.json": '{"a": 1}\n', "b.yml": "a: [1\n", "vendor/c.json": "{", "d.json": "${x}"}


def test_each_file_of_a_head_is_looked_at_as_if_it_were_new(tmp_path, monkeypatch, capsys):
    clone = tmp_path / "owner+name"
    clone.mkdir()
    for path, text in FILES.items():
        (clone / path).parent.mkdir(exist_ok=True)
        (clone / path).write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "a")):
        subprocess.run(["git", *command], cwd=clone, check=True)
    monkeypatch.setattr(whole_trees, "_PAGE", tmp_path / "page.md")
    monkeypatch.setattr(whole_trees, "_VERDICTS", tmp_path / "verdicts.json")
    assert whole_trees.main([str(tmp_path), "--check"]) == 1
    assert "| JSON: 2 files, 0 called broken | none wrongly | 0 | yes |" in capsys.readouterr().out
    assert "`owner+name:b.yml`: line 1: " in (tmp_path / "page.md").read_text()
    (tmp_path / "verdicts.json").write_text('{"owner+name:b.yml": "Broken in truth."}')
    assert whole_trees.main([str(tmp_path), "--check"]) == 0
