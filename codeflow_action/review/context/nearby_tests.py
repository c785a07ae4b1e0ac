"""The test beside the change: one that speaks of what changed, only its head or short body."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from codeflow_action.engine.files import family, is_test
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.needs import ContextNeed
from codeflow_action.review.context.neighbourhood import Neighbourhood, subject
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.syntax import innermost_definition

_WHOLE = 10  # lines: a test up to this is shown as it is
_HEAD = 5  # lines of a longer one: its name and how it sets out
_WEIGHT = 12.0  # below a definition that is imported: what code does goes before what is tested


class NearbyTests:
    """Finds them by name and by mention. `paths` are the tree's, tests and others."""

    __test__ = False  # for pytest: no test itself

    def __init__(
        self,
        material: Material,
        paths: Iterable[str],
        hits: Mapping[str, Sequence[Hit]],
    ) -> None:
        self._material = material
        self._by_subject: dict[str, list[str]] = {}
        for path in paths:
            if is_test(path):
                self._by_subject.setdefault(subject(path), []).append(path)
        self._hits = hits

    def candidates(self, needs: Iterable[ContextNeed]) -> list[str]:
        """Return the tests to read."""
        return [hit.path for need in needs if (hit := self._hit(need))]

    def drafts(self, needs: Iterable[ContextNeed]) -> Iterator[SnippetDraft]:
        """Yield one test for each changed name that has one, from files that were read."""
        for need in needs:
            hit = self._hit(need)
            if hit is None:
                continue
            syntax = self._material.syntax(hit.path)
            test = innermost_definition(syntax.definitions, hit.line, hit.line) if syntax else None
            if test is None:
                lines = tuple(range(max(1, hit.line - 1), hit.line + 2))
            elif test.line_count <= _WHOLE:
                lines = tuple(range(test.line, test.end_line + 1))
            else:
                head = range(test.name_line, min(test.name_line + _HEAD, test.end_line + 1))
                lines = tuple(sorted({*head, hit.line}))
            yield SnippetDraft(
                kind=ContextKind.TEST,
                path=hit.path,
                name=need.name,
                lines=lines,
                weight=_WEIGHT + 2.0 * (need.change or 0),
                wanted_by=need.path,
            )

    def _hit(self, need: ContextNeed) -> Hit | None:
        """Return where a test first uses the name: in the file's own tests, else in any near."""
        if need.change is None or is_test(need.path):
            return None
        neighbourhood = Neighbourhood([need.path])
        namesakes = self._by_subject.get(subject(need.path), ()) if subject(need.path) else ()
        own = sorted(
            (test for test in namesakes if family(test) == family(need.path)),
            key=lambda test: (neighbourhood.distance(test), test),
        )
        hits = [
            hit
            for hit in self._hits.get(need.name, ())
            if (is_test(hit.path) or hit.path in own)
            and hit.path not in self._material.changed_paths
            and self._material.may_send(hit.path)
            and not hit.text.lstrip().startswith(("import", "from", "use", "//", "#"))
        ]
        return min(
            hits,
            key=lambda hit: own.index(hit.path) if hit.path in own else len(own),
            default=None,
        )
