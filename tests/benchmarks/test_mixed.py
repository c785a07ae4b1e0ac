"""The made-up pull request of mixed files: its size, and that nothing in it is broken."""

import ast
import json
import tomllib

import pytest
import yaml

from benchmarks.mixed import build
from tests.integrations.gitting import text


@pytest.mark.parametrize(("files", "lines"), [(12, 400), (120, 6_000)])
def test_it_has_the_size_that_was_asked_for(tmp_path, files, lines):
    build(tmp_path, files=files, lines=lines)
    rows = text(tmp_path, "diff", "--numstat", "main", "feature").splitlines()
    assert len(rows) == files
    assert sum(int(row.split()[0]) for row in rows) == pytest.approx(lines, rel=0.05)


def test_a_dozen_files_are_of_twelve_kinds(tmp_path):
    build(tmp_path, files=12, lines=400)
    paths = text(tmp_path, "diff", "--name-only", "main", "feature").splitlines()
    names = {path.rpartition("/")[2] for path in paths}
    suffixes = {name.rpartition(".")[2] for name in names - {"package.json", "package-lock.json"}}
    assert len(suffixes) == 10


@pytest.mark.parametrize("branch", ["main", "feature"])
def test_every_file_parses_before_and_after(tmp_path, branch):
    parsers = {
        ".json": json.loads,
        ".yml": yaml.safe_load,
        ".yaml": yaml.safe_load,
        ".toml": tomllib.loads,
        ".py": ast.parse,
    }
    build(tmp_path, files=12, lines=400)
    text(tmp_path, "checkout", "--quiet", branch)
    files = [path for path in tmp_path.rglob("*.*") if path.suffix in parsers]
    assert len(files) == 6
    for path in files:
        assert parsers[path.suffix](path.read_text())
