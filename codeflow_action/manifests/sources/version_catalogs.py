"""Gradle's version catalogs: which module or plug-in stands behind each alias.

https://docs.gradle.org/current/userguide/version_catalogs.html
"""

from collections.abc import Iterator

from codeflow_action.manifests import jvm
from codeflow_action.manifests.sources.places import Places
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement


def read_catalog(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the aliases. A build names nothing else, so that whoever changes one changes all."""
    places = Places(text)
    for alias, targets in jvm.catalog_aliases(text).items():
        for _, name in targets if not alias.startswith("bundles.") else ():
            if name.strip(":"):
                yield SourceStatement(
                    ecosystem="Gradle's catalog",
                    role=SourceRole.PLACE,
                    name=alias,
                    target=f"maven:{name}",
                    line=places.line(name.partition(":")[2] or name, name.partition(":")[0]),
                )
