"""Serves a repository on disk as GitHub would, with one pull request, until it is interrupted.

`python -m codeflow_action.testing.github --repository octo/shop --head topic DIR`
"""

import argparse
import contextlib
import json
import sys
import threading
from pathlib import Path

from codeflow_action.testing.github.github_server import GitHubServer


def main() -> int:
    """Open the pull request, write its event, print what a job needs, and wait."""
    options = _parser().parse_args()
    prefix = "/api/v3" if options.enterprise else ""
    with GitHubServer(prefix=prefix, host=options.host, port=options.port) as github:
        default = options.stack or options.base
        repository = github.add_repository(options.repository, options.directory, default)
        pull = repository.open_pull_request(
            head=options.head,
            base=options.base,
            author=options.fork.partition("/")[0] if options.fork else "mona",
            author_association="FIRST_TIME_CONTRIBUTOR" if options.fork else "MEMBER",
            head_repo=options.fork or "",
        )
        if options.stack:
            pull.stack = (options.stack, options.base, options.head)
        event = Path(options.event)
        event.write_text(json.dumps(repository.event(options.event_name, pull=pull), indent=1))
        lines = (
            f"GITHUB_API_URL={github.api_url}",
            f"GITHUB_GRAPHQL_URL={github.graphql_url}",
            f"GITHUB_SERVER_URL={github.server_url}",
            f"GITHUB_REPOSITORY={options.repository}",
            f"GITHUB_EVENT_PATH={event.resolve()}",
            f"INPUT_GITHUB_TOKEN={github.token}",
        )
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()  # another program may be waiting for these lines through a pipe
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        for comment in pull.comments:
            sys.stdout.write(f"\n--- comment by {comment.author.login}\n{comment.body}\n")
        for check_run in repository.check_runs:
            sys.stdout.write(f"\n--- check run {check_run.name}: {check_run.conclusion}\n")
        for review_comment in pull.review_comments:
            sys.stdout.write(
                f"\n--- {review_comment.path}:{review_comment.line}\n{review_comment.body}\n"
            )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="a git repository, with or without work tree")
    parser.add_argument("--repository", default="octo/shop", help="its name as owner/name")
    parser.add_argument("--head", required=True, help="the branch that is to be merged")
    parser.add_argument("--base", default="main", help="the branch that it is merged into")
    parser.add_argument("--event", default="event.json", help="where the event is written")
    parser.add_argument("--event-name", default="pull_request", help="such as workflow_run")
    parser.add_argument("--fork", help="the repository of the head, as owner/name, if another")
    parser.add_argument("--stack", help="the branch that the base lies on, for a stacked one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--enterprise", action="store_true", help="serve the API below /api/v3")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
