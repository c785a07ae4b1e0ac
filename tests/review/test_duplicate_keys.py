"""A key that is there twice breaks a file only where its reader refuses that."""

import pytest

from codeflow_action.review.well_formed import ParseResult, parse

STEPS = "on: push\njobs:\n  a:\n    steps:\n      - run: a\n        run: b\n"
POD = "apiVersion: v1\nkind: Pod\nspec: {}\nspec: {}\n"


def error(path: str, text: str) -> tuple[str, int | None]:
    result = parse(path, text.encode())
    assert isinstance(result, ParseResult)
    return result.error, result.line


@pytest.mark.parametrize(
    ("path", "text", "line", "reader"),
    [
        (".github/workflows/a.yml", STEPS, 6, "GitHub Actions"),
        ("tools/setup/action.yaml", "name: a\nname: b\n", 2, "GitHub Actions"),
        ("compose.yaml", "services:\n  web: {}\n  web: {}\n", 3, "Docker Compose"),
        ("deploy/docker-compose.prod.yml", "services: {}\nservices: {}\n", 2, "Docker Compose"),
        ("pnpm-lock.yaml", "packages:\n  a@1: {}\n  a@1: {}\n", 3, "pnpm"),
        ("app/pubspec.yaml", "name: a\nname: b\n", 2, "Dart"),
        ("k8s/pod.yaml", POD, 4, "Kubernetes"),
        ("k8s/all.yaml", f"a: 1\na: 2\n---\n{POD}", 7, "Kubernetes"),
        ("k8s/pod.yaml", POD.replace("spec: {}\n", "spec: {a: 1, a: 2}\n", 1), 3, "Kubernetes"),
    ],
)
def test_who_refuses_it_is_named_at_the_second_key(path, text, line, reader):
    message, place = error(path, text)
    assert place == line
    assert f"and {reader} refuses that" in message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("openapi.yaml", "info: 1\ninfo: 2\n"),
        ("docker/config.yaml", "a: 1\na: 2\n"),
        # The same key in two mappings, in a list, as a value; a key that is a list.
        ("compose.yaml", "a: {x: 1}\nb: {x: 1}\nc: [x, x]\nd: x\ne: x\n"),
        ("compose.yaml", "? [a, b]\n: 1\n? [a, b]\n: 2\n"),
        # What is merged in may be written anew, and several may be merged in.
        ("compose.yaml", "x: &x {a: 1}\ny: {<<: *x, a: 2}\n"),
        ("compose.yaml", "x: &x {a: 1}\nz: &z {b: 1}\ny:\n  <<: *x\n  <<: *z\n"),
        ("k8s/two.yaml", "apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\n"),
        ("values.yaml", "kind: a\nspec: 1\nspec: 2\n"),
    ],
)
def test_where_the_last_key_wins_nothing_is_said(path, text):
    assert error(path, text) == ("", None)
