"""`codeflow eval` without a model, tokens counted exactly: `python -m benchmarks.exact SET DIR`.

It takes OpenAI's vocabulary o200k, which is no dependency of the project: `pip install
rs-bpe==0.1.0`. SET is a dataset, DIR the folder of the clones. What counts as a token of a request
beside its texts, such as the marks between messages, is left out.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codeflow_action.arguments import make_parser
from codeflow_action.commands.command_call import CommandCall, read_text
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.evaluation.dataset import read_dataset
from codeflow_action.evaluation.evaluate import EvaluationRequest, evaluate, read_setting
from codeflow_action.evaluation.results import Evaluation
from codeflow_action.evaluation.scoring import MAX_DISTANCE
from codeflow_action.evaluation.tables import to_tables
from codeflow_action.hosts.laptop import Local
from codeflow_action.security.redaction import Redactor


def main(arguments: Sequence[str]) -> int:
    """Print the tables, and where their tokens are from."""
    # By name: it is not installed where types are checked.
    o200k: Any = importlib.import_module("rs_bpe").openai.o200k_base()
    dataset, repos = map(Path, arguments)
    request = EvaluationRequest(
        samples=read_dataset(read_text(dataset), str(dataset)),
        folder=dataset.parent,
        repos=repos,
        distance=MAX_DISTANCE,
        count_tokens=o200k.count,
    )

    async def work(local: Local) -> Evaluation:
        return await evaluate(request, local, read_setting(local, None))

    call = CommandCall(
        options=make_parser().parse_args(["eval", str(dataset), "--provider", "none"]),
        environment=os.environ,
        redactor=Redactor(()),
        send=lambda _message: None,
    )
    LocalRun(call=call).run(
        work, lambda evaluation: call.clean(to_tables(evaluation), as_json=False)
    )
    sys.stdout.write("\nTokens are counted exactly, with o200k.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
