"""`codeflow eval`: the reviewer against known findings."""

from pathlib import Path

from codeflow_action.commands.command_call import CommandCall, read_text
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.evaluation.dataset import read_dataset
from codeflow_action.evaluation.evaluate import EvaluationRequest, evaluate, read_setting
from codeflow_action.evaluation.planted_claims import count_proofs
from codeflow_action.evaluation.results import Evaluation
from codeflow_action.evaluation.scoring import MAX_DISTANCE
from codeflow_action.evaluation.tables import to_tables
from codeflow_action.hosts.laptop import Local


def run(call: CommandCall) -> int:
    """Measure, and print the figures; whatever they are, the exit code is 0."""
    options = call.options
    file = Path(options.dataset)
    request = EvaluationRequest(
        samples=read_dataset(read_text(file), str(file)),
        folder=file.parent,
        repos=Path(options.repos),
        distance=MAX_DISTANCE if options.within is None else options.within,
        judge=options.judge,
    )

    async def evaluate_locally(local: Local) -> Evaluation:
        setting = read_setting(local, Path(options.config) if options.config else None)
        evaluation = await evaluate(request, local, setting)
        if not evaluation.samples:
            not_done = evaluation.not_done
            reason = not_done[0].reason
            raise RepositoryError(
                f"none of {len(not_done)} pull requests could be looked at ({reason})",
                hint="--repos DIR names the folder of their clones",
            )
        return evaluation

    def show(evaluation: Evaluation) -> str:
        evaluation = evaluation.model_copy(update={"proofs": count_proofs()})
        as_json = options.format == "json"
        text = evaluation.model_dump_json(indent=2) if as_json else to_tables(evaluation)
        return call.clean(f"{text}\n" if as_json else text, as_json=as_json)

    LocalRun(call=call).run(evaluate_locally, show)
    return 0
