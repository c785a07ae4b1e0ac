"""Maven's settings: mirrors, and the repositories of profiles.

https://maven.apache.org/guides/mini/guide-mirror-settings.html
"""

from collections.abc import Iterator

from codeflow_action.manifests.package import Ecosystem
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement
from codeflow_action.manifests.xml_text import elements


def read_mirrors(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the addresses that a settings.xml takes packages from."""
    for element in elements(text):
        url = element.children.get("url", "")
        if element.name in ("mirror", "repository", "pluginRepository") and "://" in url:
            yield SourceStatement(
                ecosystem=Ecosystem.MAVEN,
                role=SourceRole.REGISTRY,
                name="",
                target=url,
                line=element.lines.get("url", element.line),
            )
