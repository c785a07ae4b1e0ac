"""A pull request as tests of the layers above git are given it."""

from codeflow_action.engine.pull_request import Author, PullRequest


def pull_request(*files, **fields):
    return PullRequest(
        repository="o/r",
        number=1,
        author=Author(login="mona"),
        base_ref="main",
        base_sha="1" * 40,
        head_ref="f",
        head_sha="2" * 40,
        merge_base_sha="1" * 40,
        head_repository="o/r",
        files=files,
        **fields,
    )
