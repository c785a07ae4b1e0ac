"""Images, actions, hooks and charts: what a file runs that others have built."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import Ecosystem, mapping, words
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement
from codeflow_action.manifests.sources.yaml_leaves import Leaf, LeafPath, leaves

# https://github.com/distribution/reference/blob/main/reference.go, with a template's marks.
_REFERENCE = regex(
    r"(?:docker://|oci://)?([\w.$-][\w.:${}/-]*?)(?::([\w.${}-]+))?(?:@(sha\d+:[0-9a-fA-F]{32,128}))?",
    re.ASCII,
)
_PICTURE = regex(r".*\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|tiff?|img|iso|qcow2)", re.IGNORECASE)
_IMAGE_KEY = regex(r"(?:.*[_.-])?image|.*[a-z]Image", re.ASCII)
# An escape may hide a key from this search, so a text with one is read.
_ANY_KEY = regex(r"[iI]mage|uses|repo|container|services|newName|orbs|include|\\[xuU]")
# A commit may have the version that it stands for behind it: `# v4.2.0`, `# frozen: v1.2`.
_LABEL = regex(
    r"#\s*(?:(?:tag|pin|frozen|version|ratchet|renovate)\s*[:=@]\s*)?\S*?@?"
    r"((?:v|release/|release-)?\d+(?:\.\d+){0,3}(?:[-.+][\w.+-]+)?)(?=\s|$|[,;)])",
    re.IGNORECASE,
)
_DEFAULT = regex(r"\$\{(\w+)(?::?-([^{}]*))?\}|\$(\w+)")


def image(text: str, line: int, role: SourceRole = SourceRole.PLACE) -> SourceStatement | None:
    """Return an image by its reference; None for what is none, or has no name of its own."""
    match = _REFERENCE.fullmatch(text.strip()[:500])
    if match is None or _PICTURE.fullmatch(text):
        return None
    name, tag, digest = match[1].strip("/").lower(), match[2] or "", match[3] or ""
    last = name.rpartition("/")[2]
    if not last or "//" in name:
        return None
    return SourceStatement(
        ecosystem=Ecosystem.DOCKER,
        role=role,
        name=last,
        target=name,
        line=line,
        version=f"{tag}@{digest}" if digest else tag,
    )


def read_yaml(text: str, path: str) -> Iterator[SourceStatement]:
    """Yield what any YAML of a repository runs: workflows, Compose, Kubernetes, charts, hooks."""
    if not _ANY_KEY.search(text):
        return  # most YAML is data of other kinds, and some is large
    lines = text.split("\n")
    scalars = leaves(text)
    siblings: defaultdict[LeafPath, dict[str, Leaf]] = defaultdict(dict)
    for leaf in scalars:
        if leaf.path and isinstance(leaf.path[-1], str):
            siblings[leaf.path[:-1]][leaf.path[-1]] = leaf
    for leaf in scalars:
        if source := _yaml_source(leaf, path, siblings[leaf.path[:-1]]):
            label = _LABEL.search(lines[leaf.line - 1][-300:]) if len(source.version) > 6 else None
            yield replace(source, label=label[1]) if label else source


def _yaml_source(leaf: Leaf, path: str, siblings: Mapping[str, Leaf]) -> SourceStatement | None:
    """Return what a scalar asks for, by its key and by what stands beside it."""
    value, parent = leaf.value.strip(), leaf.path[:-1]
    source: SourceStatement | None = None
    match leaf.path[-1] if leaf.path else None:  # None for a text that is the whole document
        case "uses" if not value.startswith((".", "$")):
            source = _action(value, leaf.line)
        case "repo" if "hooks" in _names(parent) or ("rev" in siblings and "://" in value):
            rev = siblings.get("rev", leaf)
            source = _place("pre-commit", value, rev.line, rev.value if rev is not leaf else "")
        case "container" if leaf.path[0] in ("jobs", "stages") or "pool" in siblings:
            source = image(value, leaf.line)
        case str() if leaf.path[0] == "orbs" and len(leaf.path) == 2:
            name, _, version = value.partition("@")
            source = _place("CircleCI orbs", f"circleci.com/{name}", leaf.line, version)
        case "project" | "remote" | "component" if "include" in _names(parent):
            ref = siblings["ref"].value if "ref" in siblings else ""
            target = value if "://" in value else f"gitlab.com/{value}"
            source = _place("GitLab CI", target, leaf.line, ref)
        case "name" if parent[-1:] == ("image",) and "newName" not in siblings:
            source = image(value, leaf.line)
        case int() if leaf.key in ("services", "image") and ".gitlab-ci" in path:
            source = image(value, leaf.line)
        case str():
            source = _deployment(leaf, siblings)
    return source


def _deployment(leaf: Leaf, siblings: Mapping[str, Leaf]) -> SourceStatement | None:
    """Return what Compose, Kubernetes, charts and their tools deploy by a key."""
    key, value, parent = leaf.key, leaf.value.strip(), leaf.path[:-1]
    source: SourceStatement | None = None
    if key == "repository" and ("alias" in siblings or parent[:1] == ("dependencies",)):
        name = siblings["name"].value if "name" in siblings else ""
        source = _place("Helm", value, leaf.line, name=name) if value else None
    elif key == "repository" and (
        {"tag", "digest", "pullPolicy", "registry"} & siblings.keys()
        or "image" in str(parent[-1] if parent else "").lower()
    ):
        source = _from_values(leaf, siblings)
    elif key == "repoURL":
        revision = siblings["targetRevision"].value if "targetRevision" in siblings else ""
        source = _place("Argo CD", value, leaf.line, revision)
    elif key == "newName":
        # https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
        old = siblings["name"].value if "name" in siblings else value
        source = image(value, leaf.line, SourceRole.OVERRIDE)
        source = replace(source, name=old.lower()) if source else None
    elif _IMAGE_KEY.fullmatch(key) and "://" not in value.removeprefix("docker://"):
        source = image(_with_defaults(value, {}), leaf.line)
    return source


def _names(path: LeafPath) -> set[str]:
    return {part for part in path if isinstance(part, str)}


def _place(
    ecosystem: str, target: str, line: int, version: str = "", name: str = ""
) -> SourceStatement:
    last = target.rstrip("/").rpartition("/")[2].lower().removesuffix(".git")
    return SourceStatement(
        ecosystem=ecosystem,
        role=SourceRole.PLACE,
        name=name or last,
        target=target,
        line=line,
        version=version,
    )


def _action(value: str, line: int) -> SourceStatement | None:
    """Return an action, a reusable workflow, or an image that a step runs.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
    """
    if value.startswith("docker://"):
        return image(value, line)
    name, _, ref = value.partition("@")
    owner, slash, rest = name.lower().partition("/")
    if not slash or not owner or "$" in owner:
        return None
    return SourceStatement(
        ecosystem=Ecosystem.ACTIONS,
        role=SourceRole.PLACE,
        name=rest.rstrip("/"),
        target=f"github.com/{owner}/{rest}",
        line=line,
        version=ref,
    )


def _from_values(leaf: Leaf, siblings: Mapping[str, Leaf]) -> SourceStatement | None:
    """Return the image that a chart's values put together.

    https://helm.sh/docs/chart_best_practices/values/
    """
    registry = siblings["registry"].value.strip() if "registry" in siblings else ""
    tag = siblings["tag"].value.strip() if "tag" in siblings else ""
    digest = siblings["digest"].value.strip() if "digest" in siblings else ""
    if "@" in tag:
        tag, _, digest = tag.partition("@")
    name = f"{registry}/{leaf.value.strip()}" if registry else leaf.value.strip()
    if "://" in name:
        return None
    suffix = f":{tag}" if re.fullmatch(r"[\w.-]+", tag) else ""
    return image(f"{name}{suffix}{f'@{digest}' if digest else ''}", leaf.line)


_FROM = regex(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPY_FROM = regex(r"(?:COPY|ADD)\s.*?--from=[\"']?([^\s\"']+)", re.IGNORECASE)
_MOUNT_FROM = regex(r"--mount=\S*?\bfrom=([^\s,]+)", re.IGNORECASE)
_ARGUMENT = regex(r"""(?:ARG|ENV)\s+(\w+)\s*=\s*["']?([^\s"']*)""", re.IGNORECASE)
# The program that reads the Dockerfile is an image itself:
# https://docs.docker.com/build/buildkit/frontend/
_SYNTAX = regex(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)


def read_dockerfile(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the images that a Dockerfile builds on or copies from, with arguments' defaults."""
    arguments: dict[str, str] = {}
    stages = {"scratch", "context"}
    for number, line in _instructions(text):
        if syntax := _SYNTAX.match(line):
            source = image(syntax[1], number, SourceRole.OVERRIDE)
            # By default it is Docker's own, and many write that out.
            yield from [replace(source, name="docker/dockerfile")] if source else []
            continue
        if argument := _ARGUMENT.match(line):
            arguments[argument[1]] = _with_defaults(argument[2], arguments)
        build, copy = _FROM.match(line), _COPY_FROM.match(line)
        references = [match[1] for match in (build, copy, *_MOUNT_FROM.finditer(line)) if match]
        for reference in references:
            name = _with_defaults(reference.strip("\"'"), arguments)
            is_stage = name.lower() in stages or name.isdigit()
            source = None if is_stage else image(name, number)
            yield from [source] if source else []
        if build and build[2]:
            stages.add(build[2].lower())


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield instructions on one line each, with the number of their first line."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        is_comment = bare.startswith("#") and not _SYNTAX.match(bare)
        if is_comment or not bare:
            continue
        start = start if parts else number
        parts.append(bare.rstrip("\\`").rstrip()[:4_000])
        if not bare.endswith(("\\", "`")):
            yield start, " ".join(parts)[:8_000]
            parts = []
    if parts:
        yield start, " ".join(parts)[:8_000]


def _with_defaults(text: str, arguments: Mapping[str, str]) -> str:
    """Return the text with what is known of its variables, or their defaults."""
    return _DEFAULT.sub(
        lambda match: arguments.get(match[1] or match[3]) or match[2] or match[0], text
    )


def read_devcontainer(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the image and the features of a devcontainer.json.

    https://containers.dev/implementors/json_reference/
    """
    plain = json_text.without_comments(text)
    document = json_text.parse(plain)
    places = json_text.spans(plain, 2)
    base = words(document.get("image"))
    if source := image(base, places.get(("image",), (1, 1))[0]):
        yield source
    for name in mapping(document.get("features")):
        if source := image(name, places.get(("features", name), (1, 1))[0]):
            yield source


def read_pubspec(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the overrides of a pubspec.yaml or a pubspec_overrides.yaml.

    https://dart.dev/tools/pub/dependencies#dependency-overrides
    """
    for leaf in leaves(text):
        match leaf.path:
            case ("dependency_overrides", str(name)):
                target = leaf.value
            case ("dependency_overrides", str(name), "git") | (
                "dependency_overrides",
                str(name),
                "git" | "hosted",
                "url",
            ):
                target = leaf.value
            case ("dependency_overrides", str(name), "hosted"):
                target = leaf.value if "://" in leaf.value else ""
            case ("dependency_overrides", str(name), "path"):
                target = f"file:{leaf.value}"
            case _:
                continue
        yield SourceStatement(
            ecosystem=Ecosystem.PUB,
            role=SourceRole.OVERRIDE,
            name=name,
            target=target,
            line=leaf.line,
        )
