"""Which file names are manifests, and who reads them: pure functions from text to names.

Nothing is run, included or fetched. A reader takes time linear in the text.
"""

import re
from collections.abc import Callable, Iterator

from codeflow_action.actions.platform_detector.manifests import (
    cargo,
    jvm,
    lines,
    npm,
    nuget,
    python,
)
from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    UnreadableManifest,
)

type Reader = Callable[[str], Iterator[Dependency]]

_BY_NAME: dict[str, Reader] = {
    "package.json": npm.package_json,
    "deno.json": npm.deno_json,
    "composer.json": npm.composer_json,
    "pyproject.toml": python.pyproject,
    "setup.cfg": python.setup_cfg,
    "setup.py": python.setup_py,
    "Pipfile": python.pipfile,
    "environment.yml": python.conda,
    "environment.yaml": python.conda,
    "Cargo.toml": cargo.cargo_toml,
    "go.mod": lines.go_mod,
    "pom.xml": jvm.pom,
    "build.gradle": jvm.gradle,
    "build.gradle.kts": jvm.gradle,
    "settings.gradle": jvm.gradle,
    "settings.gradle.kts": jvm.gradle,
    "libs.versions.toml": jvm.catalog,
    "Directory.Build.props": nuget.msbuild,
    "Directory.Packages.props": nuget.msbuild,
    "packages.config": nuget.packages_config,
    "Gemfile": lines.gemfile,
    "Podfile": lines.podfile,
    "pubspec.yaml": lines.pubspec,
    "mix.exs": lines.mix_exs,
    "Package.swift": lines.package_swift,
    "Chart.yaml": lines.chart,
    ".pre-commit-config.yaml": lines.pre_commit,
    "schema.prisma": lines.prisma,
}
_BY_PATTERN: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"(?:.*/)?[^/]*\.(?:cs|fs|vb)proj"), nuget.msbuild),
    (re.compile(r"(?:.*/)?[^/]*\.gemspec"), lines.gemspec),
    (
        re.compile(r"(?:.*/)?(?:[^/]*requirements[^/]*|requirements/[^/]+)\.(?:txt|in)"),
        python.requirements,
    ),
    (
        re.compile(r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:[.-][^/]+)?|[^/]+\.[Dd]ockerfile)"),
        lines.dockerfile,
    ),
    (re.compile(r"(?:.*/)?(?:docker-)?(?:compose|stack)[^/]*\.ya?ml"), lines.compose),
    (re.compile(r"(?:.*/)?\.github/(?:workflows|actions)/.+\.ya?ml"), lines.workflow),
    (re.compile(r"(?:.*/)?[^/]*\.tf"), lines.terraform),
)
_YAML = re.compile(r".*\.ya?ml")
# Where resources lie by custom: other YAML files are too many to look into.
_KUBERNETES = re.compile(
    r"(?:.*/)?(?:[^/]*(?:k8s|kubernetes|kube|manifests?|deploy(?:ment)?s?|charts?|helm|istio|argocd|"
    r"kustomize|overlays|base|templates)[^/]*/)(?:.*/)?[^/]+\.ya?ml",
    re.IGNORECASE,
)
# A manifest that makes its folder a component of its own.
_COMPONENTS = frozenset(_BY_NAME) - {
    "setup.cfg",
    "environment.yml",
    "environment.yaml",
    "settings.gradle",
    "settings.gradle.kts",
    "libs.versions.toml",
    "Directory.Build.props",
    "Directory.Packages.props",
    "packages.config",
    ".pre-commit-config.yaml",
    "schema.prisma",
}
_MAKES_COMPONENT = re.compile(r".*\.(?:[cfv][sb]proj|gemspec)|requirements\.txt")


def reader_of(path: str) -> Reader | None:
    """Return who reads that file; None where it is no manifest."""
    name = path.rpartition("/")[2]
    if reader := _BY_NAME.get(name):
        return reader
    for pattern, reader in _BY_PATTERN:
        if pattern.fullmatch(path):
            return reader
    return lines.kubernetes if _YAML.fullmatch(name) and _KUBERNETES.fullmatch(path) else None


def makes_component(path: str) -> bool:
    """True for a manifest whose folder is a part of the repository with its own dependencies."""
    name = path.rpartition("/")[2]
    return name in _COMPONENTS or _MAKES_COMPONENT.fullmatch(name) is not None


__all__ = ["Dependency", "Reader", "UnreadableManifest", "makes_component", "reader_of"]
