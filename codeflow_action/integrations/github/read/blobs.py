"""Contents of files by their object names through GitHub's API: many in one answer of GraphQL.

GraphQL gives text, and the text of a file that is large, binary or of an unknown encoding is cut,
missing or not what git has. So each content is held against its object name, and what does not
have it is asked for by itself, from REST.
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.kept_contents import KeptContents

# Bytes that GraphQL's `text` has at most; then `isTruncated` is true. Not documented, measured by
# others: https://github.com/sveltia/sveltia-cms/issues/950
_MAX_TEXT = 512_000
# Of one query. It costs one point however many objects it names, and has ten seconds:
# https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
_MAX_OBJECTS = 250
_MAX_BYTES = 4_000_000


@dataclass(eq=False)
class Blobs:
    """Reads blobs of one repository, each once as long as there is room to keep it.

    `max_objects` is how many one query names.
    """

    api: GitHubApi
    repository: str
    max_objects: int = _MAX_OBJECTS
    _kept: KeptContents = field(default_factory=KeptContents, init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def read(self, sizes: Mapping[str, int]) -> Mapping[str, Content]:
        """Return contents by object name, given the sizes that the tree tells.

        What GitHub refuses is `Absent.UNAVAILABLE`.
        """
        async with self._lock:  # who asks for the same a moment later finds it
            contents = self._kept.of(sizes)
            missing = {oid: size for oid, size in sizes.items() if oid not in contents}
            for batch in await asyncio.gather(
                *map(self._read_batch, _batches(missing, self.max_objects))
            ):
                contents |= batch
            singles = [oid for oid in missing if oid not in contents]
            read_singly = await asyncio.gather(*map(self.read_one, singles))
            contents |= zip(singles, read_singly, strict=True)
            self._kept.keep({oid: contents[oid] for oid in missing})
        return contents

    async def read_one(self, oid: str) -> Content:
        """Return one content, asked for by itself."""
        try:
            answer = await self.api.get(f"/repos/{self.repository}/git/blobs/{oid}")
        except GitHubError:
            return Absent.UNAVAILABLE
        content = answer.get("content") if isinstance(answer, dict) else None
        return from_base64(content) if isinstance(content, str) else Absent.UNAVAILABLE

    async def _read_batch(self, oids: Sequence[str]) -> Mapping[str, bytes]:
        """Return those contents that come whole in one answer, none where GraphQL is refused."""
        if len(oids) < 2:  # REST needs as many requests, and no check
            return {}
        owner, _, name = self.repository.partition("/")
        aliases = {f"b{number}": oid for number, oid in enumerate(oids)}
        variables: dict[str, JsonValue] = {"owner": owner, "name": name, **aliases}
        try:
            data = await self.api.graphql(_query(aliases), variables, optional=aliases)
        except GitHubError:
            return {}
        repository = data.get("repository") if isinstance(data, dict) else None
        if not isinstance(repository, dict):
            return {}
        contents: dict[str, bytes] = {}
        for alias, oid in aliases.items():
            blob = repository.get(alias)
            text = blob.get("text") if isinstance(blob, dict) else None
            if isinstance(text, str) and _is_named(oid, content := text.encode("utf-8", "replace")):
                contents[oid] = content
        return contents


def from_base64(text: str) -> Content:
    """Return the bytes, which REST sends in this form; `Absent.UNAVAILABLE` for something else."""
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return Absent.UNAVAILABLE


def _batches(sizes: Mapping[str, int], max_objects: int) -> Iterator[tuple[str, ...]]:
    """Yield object names that one query may ask for; too large ones are in none."""
    batch: list[str] = []
    room = _MAX_BYTES
    for oid, size in sizes.items():
        if size > _MAX_TEXT:
            continue
        if batch and (len(batch) == max_objects or size > room):
            yield tuple(batch)
            batch, room = [], _MAX_BYTES
        batch.append(oid)
        room -= size
    if batch:
        yield tuple(batch)


def _query(aliases: Mapping[str, str]) -> str:
    parameters = "".join(f", ${alias}: GitObjectID!" for alias in aliases)
    objects = " ".join(
        f"{alias}: object(oid: ${alias}) {{ ... on Blob {{ text }} }}" for alias in aliases
    )
    return (
        f"query($owner: String!, $name: String!{parameters}) "
        f"{{ repository(owner: $owner, name: $name) {{ {objects} }} }}"
    )


def _is_named(oid: str, content: bytes) -> bool:
    """True when git names this content so: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    digest = hashlib.sha256() if len(oid) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content) + content)
    return digest.hexdigest() == oid
