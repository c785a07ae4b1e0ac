"""Where things come from: what the files of a repository say beside their lists of packages.

A file may have several readers: a workflow names actions and images, and sets variables. What a
manifest's own readers know, packages and registries, is not read twice.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.manifests.sources import (
    bake,
    environment,
    fetched_files,
    images,
    javascript,
    line_files,
    nix_inputs,
    python_indexes,
    toml_tables,
    version_catalogs,
    xml_repositories,
)
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

__all__ = ["SourceList", "SourceRole", "SourceStatement", "has_sources", "read_sources"]

type Reader = Callable[[str, str], Iterator[SourceStatement]]

_MAX_BYTES = 1_000_000
# What a large file must hold to be worth a word: the readers' keys.
_ANY_WORD = regex(rb"image|uses:|repo|registry|index|override|proxy|url", re.IGNORECASE)
_MAX_SOURCES = 5_000  # of one file

# Patterns of the path below its folders, and the readers of such files.
_READERS: tuple[tuple[re.Pattern[str], tuple[Reader, ...]], ...] = tuple(
    (regex(rf"(?:.*/)?(?:{pattern})", re.IGNORECASE | re.DOTALL), readers)
    for pattern, readers in (
        (r"package\.json", (javascript.read_package_json, environment.read_environment)),
        (r"pnpm-workspace\.ya?ml", (javascript.read_pnpm_workspace,)),
        (r"pubspec(?:_overrides)?\.ya?ml", (images.read_pubspec,)),
        (r"deno\.jsonc?|import_?map\.json", (javascript.read_import_map,)),
        (r"bunfig\.toml", (javascript.read_bunfig,)),
        (r"\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|pip\.conf|pip\.ini", (environment.read_checks,)),
        (r"composer\.json|\.gitconfig", (environment.read_checks,)),
        (r"pyproject\.toml", (toml_tables.read_pyproject,)),
        (r"uv\.toml", (toml_tables.read_uv_settings,)),
        (r"Pipfile", (toml_tables.read_pipfile,)),
        (r"[^/]+\.py", (toml_tables.read_script,)),
        (r"Cargo\.toml|\.cargo/config(?:\.toml)?", (toml_tables.read_cargo,)),
        (r"go\.(?:mod|work)", (line_files.read_go,)),
        (r"\.gitmodules", (line_files.read_submodules,)),
        (r"Package(?:@swift-[\d.]+)?\.swift", (line_files.read_swift,)),
        (r"Podfile", (line_files.read_podfile,)),
        (r"Gemfile|gems\.rb|[^/]+\.gemfile", (line_files.read_gemfile,)),
        (r"[^/]+\.(?:tf|tofu|hcl)", (line_files.read_terraform,)),
        (
            r"CMakeLists\.txt|[^/]+\.(?:cmake|bzl)|MODULE\.bazel|WORKSPACE(?:\.bazel)?",
            (line_files.read_calls,),
        ),
        (r"conanfile\.txt", (line_files.read_conan,)),
        (r"[^/]+\.wrap|build\.zig\.zon", (line_files.read_named_urls,)),
        (r"\.bazelrc", (environment.read_environment,)),
        (r"flake\.nix", (nix_inputs.read_flake,)),
        (r"(?!flake\.nix$)[^/]+\.nix", (nix_inputs.read_fetches,)),
        (r"flake\.lock", (nix_inputs.read_flake_lock,)),
        (r"docker-bake(?:\.[\w-]+)?\.(?:hcl|json)", (bake.read_bake,)),
        (
            r"[^/]*environment[^/]*\.ya?ml|conda[^/]*\.ya?ml|\.condarc|\.?mambarc",
            (python_indexes.read_channels,),
        ),
        (r"pixi\.toml", (python_indexes.read_pixi,)),
        (r"setup\.py", (python_indexes.read_setup_py,)),
        (r"setup\.cfg", (python_indexes.read_setup_cfg,)),
        (r"[^/]+\.versions\.toml", (version_catalogs.read_catalog,)),
        (r"[^/]+\.gradle(?:\.kts)?", (line_files.read_gradle, environment.read_checks)),
        (r"[^/]+\.sbt|project\.clj|deps\.edn", (line_files.read_resolvers,)),
        (r"(?:gradle|maven)-wrapper\.properties", (line_files.read_wrapper,)),
        (r"settings[^/]*\.xml|extensions\.xml", (xml_repositories.read_mirrors,)),
        (r"[^/]+\.(?:cs|fs|vb)proj|Directory\.[^/]+\.props", (environment.read_environment,)),
        (
            r"[^/]*Dockerfile[^/]*|[^/]*Containerfile[^/]*",
            (
                images.read_dockerfile,
                environment.read_environment,
                fetched_files.read_fetched_files,
            ),
        ),
        (r"[^/]*requirements[^/]*\.(?:txt|in)", (environment.read_environment,)),
        (r"requirements/[^/]+\.(?:txt|in)", (environment.read_environment,)),
        (
            r"[^/]+\.ya?ml|\.bundle/config",
            (
                images.read_yaml,
                environment.read_environment,
                fetched_files.read_fetched_files,
            ),
        ),
        (
            (
                r"[^/]+\.(?:sh|bash|zsh|ps1|mk|make|env|just)|\.env(?:\.[^/]+)?|\.envrc"
                r"|[^/]*Makefile|justfile|Jenkinsfile|Vagrantfile|tox\.ini|noxfile\.py|\.?mise\.toml"
                r"|Procfile|\.?devcontainer\.json|setup\.cfg"
            ),
            (environment.read_environment, fetched_files.read_fetched_files),
        ),
        (r"\.?devcontainer\.json", (images.read_devcontainer,)),
    )
)


@dataclass(frozen=True, kw_only=True)
class SourceList:
    """What a file says, and why a part of it could not be read; empty when all was."""

    sources: tuple[SourceStatement, ...] = ()
    unread: str = ""


def has_sources(path: str) -> bool:
    """True for a file that some reader takes; a lock has readers of its own."""
    is_lock = path.endswith("-lock.yaml")
    return not is_lock and any(pattern.fullmatch(path) for pattern, _ in _READERS)


def read_sources(path: str, content: bytes) -> SourceList:
    """Return what a file says, of the readers that understand it; never raises."""
    if len(content) > _MAX_BYTES:
        # Other data and code is not missed.
        if path.endswith(".py") or not _ANY_WORD.search(content):
            return SourceList()
        return SourceList(unread=f"it is larger than {_MAX_BYTES // 1_000_000} MB")
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    sources: dict[SourceStatement, None] = {}
    unread = ""
    readers = (reader for pattern, group in _READERS if pattern.fullmatch(path) for reader in group)
    for reader in readers:
        try:
            for source in islice(reader(text, path), _MAX_SOURCES):
                sources[source] = None
        except RecursionError:
            unread = "it is nested too deeply"
        except ValueError as error:
            unread = str(error) or "it is not what its name says"
    return SourceList(sources=tuple(sources), unread=unread)
