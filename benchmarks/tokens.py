"""Measures how far `ai/tokens.py` is off, with exact tokenizers: `python -m benchmarks.tokens DIR`.

The tokenizers are no dependencies of the project. In a virtual environment of their own:

    pip install rs-bpe==0.1.0 mistral-common==1.13.1 ctok==1.3.0

rs-bpe has OpenAI's o200k, which Groq's gpt-oss models use too; mistral-common has tekken; ctok is
an unofficial reconstruction of Claude's vocabularies. DIR holds what is counted, as `owner/name`:
checkouts of the repositories in history.txt for code and prose, and below `npm/` unpacked npm
packages for what is minified: react-dom@18.3.1 jquery@3.7.1 chart.js@4.4.0 vue@3.4.21
lodash@4.17.21 d3@7.9.0 bootstrap@5.3.3 moment@2.30.1.

A `change` is code as the reviewer's prompts show it. Errors are of the estimate against the truth,
in percent: mean, 5th and 95th percentile of a run's first prompt, and after so many replies.
"""

import importlib
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from codeflow_action.ai.registry import load_providers
from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.review.units import UnitRow

type Count = Callable[[str], int]

_SMALLEST, _LARGEST = 2_000, 60_000  # bytes of a prompt
_RUNS, _PROMPTS = 40, 8  # runs of each kind, and prompts of one run
_SEED = 20261124  # the same prompts in every run, so that two versions can be compared
_MINIFIED_SUFFIXES = (".min.js", ".min.css", ".prod.js")
_PROSE = frozenset({".md", ".rst", ".txt"})
_CODE = frozenset(
    ".c .cs .go .java .js .jsx .kt .kts .py .rs .sh .svelte .ts .tsx .vue".split()  # noqa: SIM905
)
_KINDS = ("code", "change", "prose", "minified")


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """An exact tokenizer, and the provider whose estimate is held against it."""

    provider: str
    name: str
    count: Count


def main(folder: Path) -> int:
    """Print the table."""
    runs = {kind: list(_runs(folder, kind)) for kind in _KINDS}
    heads = ("provider", "vocabulary", "text", "bytes/token", "first", "after 3", "after 7")
    print(f"| {' | '.join(heads)} |")
    print("|" + " --- |" * len(heads))
    for vocabulary in vocabularies():
        for kind in _KINDS:
            row = _row(vocabulary, runs[kind])
            print(f"| {vocabulary.provider} | {vocabulary.name} | {kind} | {row} |", flush=True)
    return 0


def vocabularies() -> Iterator[Vocabulary]:
    """Yield the tokenizers; raises `ImportError` where one is not installed."""
    # By name: they are not installed where types are checked.
    o200k: Any = importlib.import_module("rs_bpe").openai.o200k_base()
    yield Vocabulary(provider="openai", name="o200k", count=o200k.count)
    tekken: Any = importlib.import_module("mistral_common.tokens.tokenizers.mistral")
    inner = tekken.MistralTokenizer.v3(is_tekken=True).instruct_tokenizer.tokenizer
    yield Vocabulary(
        provider="mistral",
        name="tekken",
        count=lambda text: len(inner.encode(text, bos=False, eos=False)),
    )
    ctok: Any = importlib.import_module("ctok")
    for version in ("4.8", "3.0"):
        yield Vocabulary(
            provider="anthropic",
            name=f"Claude {version}",
            count=partial(ctok.token_count, version=version),
        )


def _row(vocabulary: Vocabulary, runs: Sequence[Sequence[str]]) -> str:
    """Return the ratio, and the error of each run's first, fourth and eighth estimate."""
    errors: dict[int, list[float]] = defaultdict(list)
    ratios: list[float] = []
    providers = load_providers()
    for prompts in runs:
        counter = TokenCounter(providers[vocabulary.provider].profile.bytes_per_token)
        for index, text in enumerate(prompts):
            size, true = len(text.encode()), vocabulary.count(text)
            errors[index].append(counter.count(text) / true - 1)
            ratios.append(size / true)
            counter.learn(size, true)
    cells = [_spread([100 * error for error in errors[index]], "+.0f") for index in (0, 3, 7)]
    return " | ".join([_spread(ratios, ".2f"), *cells])


def _spread(values: Sequence[float], form: str) -> str:
    """Return the mean, and the 5th and 95th percentile."""
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return f"{statistics.fmean(values):{form}} ({cuts[0]:{form}} … {cuts[-1]:{form}})"


def _runs(folder: Path, kind: str) -> Iterator[list[str]]:
    """Yield runs: the prompts of one are from one repository, as a pull request's are."""
    rng = random.Random(f"{_SEED} {kind}")  # noqa: S311 - a sample
    texts = {name: files for name, files in _texts(folder, kind).items() if sum(map(len, files))}
    if not texts:
        raise FileNotFoundError(f"{folder} holds no {kind}")
    names = sorted(texts)
    for number in range(_RUNS):
        files = texts[names[number % len(names)]]
        yield [_prompt(files, kind, rng) for _ in range(_PROMPTS)]


def _prompt(files: Sequence[str], kind: str, rng: random.Random) -> str:
    """Return pieces of files, all together of some size: small ones are as frequent as large."""
    target_size = int(_SMALLEST * (_LARGEST / _SMALLEST) ** rng.random())
    pieces: list[str] = []
    size = 0
    while size < target_size:
        text = rng.choice(files)
        start = rng.randrange(max(1, len(text) - target_size // 3))
        piece = text[start : start + target_size - size]
        if kind == "change":
            piece = _as_change(piece, text.count("\n", 0, start) + 1, rng)
        pieces.append(piece)
        size += len(piece.encode())
    return "\n\n".join(pieces)


def _as_change(text: str, first: int, rng: random.Random) -> str:
    """Return the lines as a unit shows them: number, mark, code."""
    return "\n".join(
        UnitRow(mark=rng.choice("+ "), code=line, counts=True, number=number).text
        for number, line in enumerate(text.splitlines(), first)
    )


def _texts(folder: Path, kind: str) -> dict[str, list[str]]:
    """Return files of a kind by repository: the first two folders below `folder`."""
    texts: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or _kind(path) not in (kind, _source(kind)):
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        texts["/".join(path.relative_to(folder).parts[:2])].append(text)
    return texts


def _source(kind: str) -> str:
    """Return the kind of file that a kind of text is made from."""
    return "code" if kind == "change" else kind


def _kind(path: Path) -> str:
    if path.name.endswith(_MINIFIED_SUFFIXES):
        return "minified"
    if path.suffix in _PROSE:
        return "prose"
    return "code" if path.suffix in _CODE and "node_modules" not in path.parts else ""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(Path(sys.argv[1])))
