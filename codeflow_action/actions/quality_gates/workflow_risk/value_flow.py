"""Where strangers' values are within a job: in `env`, inputs, outputs and the matrix."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from codeflow_action.actions.quality_gates.workflow_risk.expressions import (
    Flow,
    Insertion,
    flows,
    insertions,
)
from codeflow_action.actions.quality_gates.workflow_risk.scripts import NONE, ScriptInput, Taints
from codeflow_action.actions.quality_gates.workflow_risk.stranger_contexts import (
    Taint,
    TaintKind,
    taints_of,
)
from codeflow_action.actions.quality_gates.workflow_risk.workflow_files import Texts, scalars
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.yaml_nodes import (
    Mapping as YamlMapping,
)
from codeflow_action.review.yaml_nodes import Node, Scalar

type Outputs = Mapping[str, Taints]

_MAX_SCRIPT = 100_000  # characters that are read of one script


@dataclass(frozen=True, kw_only=True)
class TaintedInsertion:
    """A `${{ }}` of a text with what strangers decide of it."""

    insertion: Insertion
    line: int
    taints: Taints


@dataclass
class JobValues:
    """What expressions and shells see while the steps of a job run, by names."""

    inputs: Outputs = field(default_factory=dict)
    needs: Mapping[str, Outputs] = field(default_factory=dict)
    matrix: Outputs = field(default_factory=dict)
    env: dict[str, Taints] = field(default_factory=dict)
    steps: dict[str, Outputs] = field(default_factory=dict)
    has_artifact: bool = False
    artifact_folder: str = ""

    def add_env(self, texts: Texts) -> None:
        """Add what `env:` sets, as far as strangers decide it."""
        for name, text in texts.items():
            self.env[name] = self.taints(text)

    def within(self, texts: Texts) -> "JobValues":
        """Return the same with the `env:` of a step, which no other step sees."""
        values = JobValues(
            inputs=self.inputs,
            needs=self.needs,
            matrix=self.matrix,
            env=dict(self.env),
            steps=self.steps,
            has_artifact=self.has_artifact,
            artifact_folder=self.artifact_folder,
        )
        values.add_env(texts)
        return values

    def taints(self, text: Scalar | None) -> Taints:
        """Return what strangers decide of a text."""
        if text is None or "${{" not in text.text:
            return NONE
        return frozenset[Taint]().union(*(place.taints for place in self.insertions(text)))

    def insertions(self, text: Scalar) -> Iterator[TaintedInsertion]:
        """Yield each `${{ }}` of a text, with its line."""
        for insertion in insertions(text.text):
            taint_sets = (self._flow_taints(flow) for flow in flows(insertion.expression))
            yield TaintedInsertion(
                insertion=insertion,
                line=text.line_of(insertion.start),
                taints=frozenset[Taint]().union(*taint_sets),
            )

    def script(self, text: Scalar, *, moves: bool = False) -> ScriptInput:
        """Return a script as those see it who read it."""
        return ScriptInput(
            text=text.text[:_MAX_SCRIPT],
            variables=self.env,
            spans=tuple(
                (place.insertion.start, place.insertion.end, place.taints)
                for place in self.insertions(text)
                if place.taints
            ),
            has_artifact=self.has_artifact,
            artifact_folder=self.artifact_folder,
            moves=moves,
        )

    def _flow_taints(self, flow: Flow) -> Taints:
        root, *rest = flow.context.parts
        name = rest[0] if rest else "*"
        match root:
            case "env":
                taint_sets = [taints for key, taints in self.env.items() if key.lower() == name]
            case "inputs":
                taint_sets = [self.inputs.get(name, NONE)]
            case "matrix" if rest:
                taint_sets = [self.matrix.get(name, NONE), self.matrix.get("*", NONE)]
            case "matrix":
                taint_sets = list(self.matrix.values()) if flow.is_json else []
            # `jobs` is what a reusable workflow calls the jobs whose outputs it hands on.
            case "steps" | "needs" | "jobs":
                outputs = (self.steps if root == "steps" else self.needs).get(name, {})
                taint_sets = _output_taints(outputs, rest[1:])
            case _:
                taint_sets = [frozenset(taints_of(flow))]
        return frozenset[Taint]().union(*taint_sets)


def _output_taints(outputs: Outputs, path: list[str]) -> list[Taints]:
    """Return the taints of what is taken of a step or a job: `outputs`, and one of them."""
    if path[:1] != ["outputs"]:
        return []
    if path[1:2] in ([], ["*"]):
        return list(outputs.values())
    return [outputs.get(path[1], NONE), outputs.get("*", NONE)]


def matrix_values(matrix: Node | None, values: JobValues) -> dict[str, Taints]:
    """Return what strangers decide of a matrix, by the names of its axes; `*` is all of it."""
    match matrix:
        case Scalar():
            return {"*": values.taints(matrix)}
        case YamlMapping(entries=entries):
            taints: dict[str, Taints] = {}
            for name, node in entries:
                taint_sets = (values.taints(text) for text in scalars(node))
                key = "*" if name.text.lower() in {"include", "exclude"} else name.text.lower()
                taints[key] = taints.get(key, NONE).union(*taint_sets)
            return taints
    return {}


def only(taints: Taints, kind: TaintKind) -> Taints:
    """Return the taints of one kind."""
    return frozenset(taint for taint in taints if taint.kind is kind)
