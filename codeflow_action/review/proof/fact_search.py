"""Gathering: one look at the trees for a whole batch of claims."""

from collections.abc import Iterable, Mapping, Sequence

from codeflow_action.engine.files import is_test
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Content, Hit
from codeflow_action.review.proof.claims import Claim, ClaimKind, ProofContext
from codeflow_action.review.proof.paths import candidates
from codeflow_action.review.proof.proof_facts import ProofFacts, SourceText, parts_of, stem_of
from codeflow_action.review.syntax import language_of

_MAX_FILES_PER_NAME = 40  # read for one name; one that stands in more files is told by none
_MAX_BYTES = 1_000_000  # of one file; larger ones are a tool's work
_MAX_CANDIDATES = 60
# Trees answer with less than all beyond that (`integrations.name_search`).
_MAX_NAMES = 200
_MAX_HITS = 4_000
# Templates, components and configuration name functions too; lock files and data do not.
_NAMES_CODE = regex(
    r"(?<!lock)\.(?:vue|svelte|astro|html?|xml|ya?ml|toml|cfg|ini|properties|gradle|j2|jinja2?|erb|"
    r"haml|slim|ejs|hbs|pug|twig|tmpl|tpl|cshtml|razor|xaml|axaml|ipynb|pyx|pxd|m|mm|proto|cmake|"
    r"mk|bzl|bazel|md|mdx|rst|txt|groovy|dart|sql|graphql|storyboard|xib|plist)\Z"
    r"|(?:^|/)(?:package|tsconfig|\.eslintrc|composer|nest-cli|angular)\.json\Z"
    r"|(?:^|/)(?:Makefile|Dockerfile|BUILD|WORKSPACE|Procfile|Jenkinsfile)[^/]*\Z"
)


async def gather(claims: Sequence[Claim], context: ProofContext) -> ProofFacts:
    """Search once for all names, then read the files they stand in, and the claims' own."""
    checkable = [claim for claim in claims if claim.kind is not ClaimKind.OTHER]
    names = tuple(dict.fromkeys(name for claim in checkable for name in _names(claim)))
    listing = await context.head.list()
    known_paths = listing or [claim.path for claim in checkable]
    sources = [path for path in known_paths if language_of(path)]
    configuration = [
        path for path in known_paths if not language_of(path) and _NAMES_CODE.search(path)
    ]
    search_paths = (*sources, *configuration)  # a search that is cut short has seen the sources
    search = await context.head.search(names, search_paths) if names else None
    # Only then is what was not found not there: all was looked at, and nothing was cut.
    is_whole = (
        listing is not None
        and search is not None
        and search.searched >= search.of
        and len(names) <= _MAX_NAMES
        and len(search.hits) < _MAX_HITS
    )
    by_name: dict[str, list[Hit]] = {}
    for hit in search.hits if search else ():
        by_name.setdefault(hit.name, []).append(hit)
    hits = {name: tuple(of_name) for name, of_name in by_name.items()}
    claim_paths = [claim.path for claim in checkable]
    claim_paths += _paths_to_read(checkable, hits, listing)
    head = await context.head.read_many(tuple(dict.fromkeys(claim_paths)))
    base = await _before(checkable, context)
    return ProofFacts(
        head=_texts(head),
        base=base,
        listing=frozenset(listing) if listing is not None else None,
        hits=hits,
        is_whole=is_whole,
        changed_files={file.path: file for file in context.files},
        not_run={file.path: frozenset(file.lines) for file in context.coverage.files},
    )


def _names(claim: Claim) -> Iterable[str]:
    if claim.kind in (ClaimKind.FILE_MISSING, ClaimKind.IMPORTS_DELETED):
        return
    for symbol in (claim.subject, claim.other):
        if parts := parts_of(symbol):
            yield from dict.fromkeys((parts[0], parts[-1]))
    if claim.kind is ClaimKind.MISSING_TEST:
        yield from parts_of(stem_of(claim.path))[:1]


def _paths_to_read(
    claims: Sequence[Claim], hits: Mapping[str, tuple[Hit, ...]], listing: Sequence[str] | None
) -> list[str]:
    """Return the files that hold a searched name, tests first, and files that may be missing."""
    paths: list[str] = []
    for of_name in hits.values():
        files = [path for path in dict.fromkeys(hit.path for hit in of_name) if language_of(path)]
        paths += sorted(files, key=lambda path: not is_test(path))[:_MAX_FILES_PER_NAME]
    if any(claim.kind is ClaimKind.FILE_MISSING for claim in claims):
        paths.append(".gitignore")
        if listing is None:
            file_claims = [claim for claim in claims if claim.kind is ClaimKind.FILE_MISSING]
            paths += [path for claim in file_claims for path in candidates(claim)[:_MAX_CANDIDATES]]
    return paths


def _texts(contents: Mapping[str, Content]) -> Mapping[str, SourceText]:
    return {
        path: SourceText(path=path, content=content)
        for path, content in contents.items()
        if isinstance(content, bytes) and len(content) <= _MAX_BYTES
    }


async def _before(claims: Sequence[Claim], context: ProofContext) -> Mapping[str, SourceText]:
    """Return the claims' files at the base, by their path at the head."""
    paths = {claim.path for claim in claims if claim.kind is ClaimKind.WAS_REMOVED}
    earlier = {
        file.path: file.previous_path or file.path for file in context.files if file.path in paths
    }
    if not earlier:
        return {}
    read = _texts(await context.base.read_many(tuple(dict.fromkeys(earlier.values()))))
    return {path: read[before] for path, before in earlier.items() if before in read}
