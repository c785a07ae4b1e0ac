"""MSBuild's project files and NuGet's packages.config."""

from collections.abc import Iterator

from codeflow_action.actions.platform_detector.manifests.manifest import Dependency, named
from codeflow_action.actions.platform_detector.manifests.xml import elements

# `PackageVersion` of a central file says versions only: what is used stands in the projects.
_REFERENCES = ("PackageReference", "GlobalPackageReference", "FrameworkReference")


def msbuild(text: str) -> Iterator[Dependency]:
    """Yield packages; SDKs and properties that are `true` as ecosystem `msbuild`."""
    for path, attributes, value, line in elements(text):
        tag = path[-1]
        if tag in _REFERENCES:
            yield from named("nuget", attributes.get("Include", "").lower(), line)
        elif tag in ("Project", "Sdk"):
            sdk = attributes.get("Sdk", "") or attributes.get("Name", "") * (tag == "Sdk")
            for one in sdk.split(";"):
                yield from named("msbuild", one.partition("/")[0], line)
        elif value.lower() == "true":
            yield from named("msbuild", tag, line)


def packages_config(text: str) -> Iterator[Dependency]:
    """Yield packages of the older format."""
    for path, attributes, _value, line in elements(text):
        if path[-1] == "package":
            yield from named("nuget", attributes.get("id", "").lower(), line)
