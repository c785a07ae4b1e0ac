"""Files of other ecosystems that say in a line or two where something comes from. None is run."""

import re
from collections.abc import Callable, Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Ecosystem
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_MAX_LINE = 4_000  # characters; the rest of a longer line is not looked at

type Reader = Callable[[str, str], Iterator[SourceStatement]]


def _bare_lines(text: str, comments: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers, without those that are comments."""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line[:_MAX_LINE].strip()
        if bare and not bare.startswith(comments):
            yield number, bare


# https://go.dev/ref/mod#go-mod-file-replace; a name may stand in quotes of either kind.
_REPLACE = regex(
    r"""(?:replace\s+)?["`]?([^\s"`]+)["`]?(?:\s+v\S+)?\s+=>\s+["`]?([^\s"`]+)["`]?(?:\s+(v\S+))?"""
)


def read_go(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what a go.mod or a go.work puts in the place of other modules."""
    block = ""
    for number, line in _bare_lines(text, ("//",)):
        bare = line.partition("//")[0].strip()
        if opening := re.fullmatch(r"(\w+)\s*\(", bare):
            block = opening[1]
        elif bare == ")":
            block = ""
        elif (block == "replace" or bare.startswith("replace")) and (
            match := _REPLACE.fullmatch(bare)
        ):
            name, target, version = match[1], match[2], match[3] or ""
            yield SourceStatement(
                ecosystem=Ecosystem.GO,
                role=SourceRole.OVERRIDE,
                name=name,
                target=version if target == name else target,
                line=number,
                version=version,
            )


# https://git-scm.com/docs/gitmodules
_SECTION = regex(r"""\[submodule\s+"([^"]+)"\]""")
_GIT_KEY = regex(r"(url|branch)\s*=\s*(\S+)")


def read_submodules(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the repositories of a .gitmodules."""
    name = ""
    for number, line in _bare_lines(text, ("#", ";")):
        if section := _SECTION.match(line):
            name = section[1]
        elif (key := _GIT_KEY.match(line)) and key[1] == "url":
            yield SourceStatement(
                ecosystem="git submodules",
                role=SourceRole.PLACE,
                name=name,
                target=key[2],
                line=number,
            )


# https://docs.swift.org/package-manager/PackageDescription/PackageDescription.html#package-dependency
_SWIFT = regex(
    r"\.(package|binaryTarget)\(\s*(?:name:\s*\"([^\"\n]{0,100})\"\s*,\s*)?"
    r"(url|path):\s*\"([^\"\n]{1,300})\"([^)]{0,200})"
)
_SWIFT_PIN = regex(r"(revision|branch|from|exact|checksum)[:(]\s*\"([^\"]+)\"")


def read_swift(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the packages and archives of a Package.swift, which is not run."""
    for match in _SWIFT.finditer(text):
        target = match[4] if match[3] == "url" else f"./{match[4]}"
        pin = _SWIFT_PIN.search(match[5])
        yield SourceStatement(
            ecosystem=Ecosystem.SWIFT,
            role=SourceRole.PLACE,
            name=match[2] or _last_part(target),
            target=target,
            line=text.count("\n", 0, match.start(4)) + 1,
            version=pin[2] if pin else "",
        )


def _last_part(address: str) -> str:
    return re.split(r"[?#]", address)[0].rstrip("/").rpartition("/")[2].lower().removesuffix(".git")


# https://guides.cocoapods.org/syntax/podfile.html
_POD = regex(r"""pod\s*\(?\s*["']([\w./+-]+)["'](.*)""")
_POD_PLACE = regex(r""":?(git|path|podspec|http)\s*(?:=>|:)\s*["']([^"']+)["']""")
_POD_PIN = regex(r""":?(?:commit|tag|branch)\s*(?:=>|:)\s*["']([^"']+)["']""")
_RUBY_SOURCE = regex(r"""source\s*\(?\s*["']([^"']+)["']""")
_GEM_SOURCE = regex(r"""source:?\s*(?:=>)?\s*["'](https?://[^"']+)["']""")


def read_podfile(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield pods, and the lists of pods that are asked."""
    for number, line in _bare_lines(text, ("#",)):
        if source := _RUBY_SOURCE.match(line):
            yield _registry("CocoaPods", source[1], number)
        elif pod := _POD.match(line):
            place, pin = _POD_PLACE.search(pod[2]), _POD_PIN.search(pod[2])
            target = place[2] if place else ""
            yield SourceStatement(
                ecosystem="CocoaPods",
                role=SourceRole.PLACE,
                name=pod[1],
                target=f"./{target}" if place and place[1] == "path" else target,
                line=number,
                version=pin[1] if pin else "",
            )


# A short name for a place of repositories: https://bundler.io/man/gemfile.5.html#GIT_SOURCE
_GIT_SOURCE = regex(r"""git_source\s*\(\s*:(\w+)\s*\).{0,100}?["']([^"']{1,300})["']""")


def read_gemfile(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the sources of single gems; those for all of them are registries of the manifest."""
    for number, line in _bare_lines(text, ("#",)):
        if line.startswith(("gem", "plugin")) and (source := _GEM_SOURCE.search(line)):
            yield _registry(Ecosystem.RUBYGEMS, source[1], number)
        elif git_source := _GIT_SOURCE.match(line):
            # What the name stands for decides; which repository is asked for comes with each gem.
            yield SourceStatement(
                ecosystem="Bundler",
                role=SourceRole.PLACE,
                name=f"git_source {git_source[1]}",
                target=re.sub(r"#\{[^}]*\}", "name", git_source[2]),
                line=number,
            )


# https://developer.hashicorp.com/terraform/language/modules/sources
_HCL_BLOCK = regex(r"""(module)\s+"([\w.-]+)"\s*\{|([\w-]+)\s*=\s*\{\s*$""")
_HCL_SOURCE = regex(r"""(?:([\w-]+)\s*=\s*\{.*?)?\bsource\s*=\s*"([^"$]+)\"""")


def read_terraform(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the modules and providers of Terraform, OpenTofu and Terragrunt."""
    name, is_module = "", False
    for number, line in _bare_lines(text, ("#", "//")):
        if block := _HCL_BLOCK.match(line):
            name, is_module = block[2] or block[3], bool(block[1])
        if source := _HCL_SOURCE.search(line):
            target, _, query = source[2].partition("?")
            name = source[1] or name
            # `owner/name` or `owner/name/provider` is what its registry has under that owner.
            is_short = re.fullmatch(r"[\w-]+/[\w-]+(?:/[\w-]+)?", target) is not None
            pin = re.search(r"\bref=([^&]+)", query)
            yield SourceStatement(
                ecosystem="Terraform",
                role=SourceRole.PLACE,
                name=f"{'module' if is_module else 'provider'} {name}",
                target=f"registry.terraform.io/{target}" if is_short else target,
                line=number,
                version=pin[1] if pin else "",
            )


# Calls of CMake and Bazel, whose arguments hold no brackets of their own.
_CALL = regex(r"\b([A-Za-z]\w{2,40})\s*\(([^()]{1,4000})\)")
_ARGUMENT = regex(
    r"""\b(name|module_name|GIT_REPOSITORY|URL|url|urls|remote|GIT_TAG|commit|tag|branch)"""
    r"""(?:\s*=\s*\[?\s*|\s+)"?([^\s",()\]]+)"""
)


def read_calls(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what CMake and Bazel fetch: archives and repositories at an address.

    https://cmake.org/cmake/help/latest/module/FetchContent.html
    https://bazel.build/external/module
    """
    for call in _CALL.finditer(text):
        arguments: dict[str, str] = {}
        for match in _ARGUMENT.finditer(call[2]):
            arguments.setdefault(match[1], match[2])
        keys = ("GIT_REPOSITORY", "URL", "remote", "url", "urls")
        target = next((arguments[key] for key in keys if key in arguments), "")
        name = arguments.get("name") or arguments.get("module_name") or call[2].split()[0]
        versions = (arguments.get(key, "") for key in ("GIT_TAG", "commit", "tag", "branch"))
        if "/" in target:
            position = call.start(2) + max(call[2].find(target), 0)
            yield SourceStatement(
                ecosystem="C++",
                role=SourceRole.PLACE,
                name=name.strip("\"',"),
                target=target,
                line=text.count("\n", 0, position) + 1,
                version=next(filter(None, versions), ""),
            )


# https://docs.conan.io/2/reference/conanfile_txt.html; Meson: https://mesonbuild.com/Wrap-dependency-system-manual.html;
# Zig: https://ziglang.org/download/0.11.0/release-notes.html#Package-Management
_CONAN = regex(r"""["']?([a-z0-9_][\w+.-]+)/[\w.+\[\]<>=~^ -]+?(?:@([\w+.-]+)/[\w+.-]+)?["']?,?$""")
_NAMED_URL = regex(r"""\.?(?:@?"?([\w-]+)"?\s*=\s*\.\{)?\s*\.?(?:source_)?url\s*=\s*"?([^\s",]+)""")


def read_conan(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the packages of a conanfile.txt by the user in whose name they are published."""
    for number, line in _bare_lines(text, ("#", "[")):
        if match := _CONAN.fullmatch(line):
            yield SourceStatement(
                ecosystem="Conan",
                role=SourceRole.PLACE,
                name=match[1],
                target=f"center2.conan.io/{match[2] or 'center'}/{match[1]}",
                line=number,
            )


def read_named_urls(text: str, path: str) -> Iterator[SourceStatement]:
    """Yield the addresses of a Meson wrap and of a build.zig.zon."""
    name = path.rpartition("/")[2]
    for number, line in _bare_lines(text, ("#", "//")):
        if opening := re.match(r"""\.@?"?([\w-]+)"?\s*=\s*\.\{""", line):
            name = opening[1]
        if (match := _NAMED_URL.search(line)) and "://" in match[2]:
            yield SourceStatement(
                ecosystem="C++",
                role=SourceRole.PLACE,
                name=name,
                target=match[2],
                line=number,
            )


# A brace is named by what stands before it; strings and comments hold none that count.
_GROOVY = regex(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<string>\"\"\"(?:.*?)\"\"\"|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')"
    r"|(?P<open>(?:[\w.]+\s*(?:\([^()\n]{0,200}\)\s*)?)?\{)|(?P<close>\})",
    re.DOTALL,
)


def read_gradle(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the addresses in `repositories { … }` of a Gradle script, but for where it publishes.

    https://docs.gradle.org/current/userguide/declaring_repositories.html
    """
    blocks: list[str] = []
    for match in _GROOVY.finditer(text):
        if match["open"]:
            name = re.match(r"[\w.]*", match["open"])
            blocks.append(name[0] if name else "")
        elif match["close"] and blocks:
            blocks.pop()
        elif match["string"] and "repositories" in blocks and "publishing" not in blocks:
            address = match["string"].strip("\"'")
            if re.match(r"https?://", address):
                yield _registry(Ecosystem.MAVEN, address, text.count("\n", 0, match.start()) + 1)


_SBT_RESOLVER = regex(r"""\bat\s+"(https?://[^"]+)"|:url\s+"(https?://[^"]+)\"""")
_URL_PROPERTY = regex(r"(distributionUrl|wrapperUrl)\s*=\s*(\S+)")


def read_resolvers(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the resolvers of sbt and of Leiningen."""
    for number, line in _bare_lines(text, ("//", ";")):
        for match in _SBT_RESOLVER.finditer(line):
            yield _registry(Ecosystem.MAVEN, match[1] or match[2], number)


def read_wrapper(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield where the wrappers of Gradle and Maven fetch the build tool itself.

    https://docs.gradle.org/current/userguide/gradle_wrapper.html
    """
    for number, line in _bare_lines(text, ("#", "!")):
        if match := _URL_PROPERTY.match(line):
            yield _registry(Ecosystem.MAVEN, match[2].replace("\\:", ":"), number)


def _registry(ecosystem: str, target: str, line: int) -> SourceStatement:
    return SourceStatement(
        ecosystem=ecosystem, role=SourceRole.REGISTRY, name="", target=target, line=line
    )
