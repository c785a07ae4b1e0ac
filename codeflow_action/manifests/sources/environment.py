"""Variables and options by which a command takes packages from elsewhere, or checks them less."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import Ecosystem
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_MAX_LINE = 8_000  # characters that are looked at
_NPM, _PYPI, _GO, _CARGO = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.GO, Ecosystem.CARGO
_REGISTRY, _CHECK = SourceRole.REGISTRY, SourceRole.CHECK


class _Setting(NamedTuple):
    ecosystem: str
    role: SourceRole
    pattern: str = r"\S+"  # what the value must be, to be worth a word


# Names in lower case, as patterns. Values by which nothing changes do not match.
_VARIABLES: Mapping[str, _Setting] = {
    # https://docs.npmjs.com/cli/using-npm/config#environment-variables
    r"npm_config_(?:[\w@-]+:)?registry": _Setting(_NPM, _REGISTRY),
    r"npm_config_strict_ssl": _Setting(_NPM, _CHECK, "(?i:false|0)"),
    # https://yarnpkg.com/configuration/yarnrc
    r"yarn_(?:npm_)?registry(?:_server)?": _Setting(_NPM, _REGISTRY),
    r"yarn_enable_strict_ssl": _Setting(_NPM, _CHECK, "(?i:false|0)"),
    r"yarn_checksum_behavior": _Setting(_NPM, _CHECK, "(?i:ignore|update)"),
    r"bun_config_registry": _Setting(_NPM, _REGISTRY),  # https://bun.sh/docs/runtime/bunfig
    r"corepack_npm_registry": _Setting(_NPM, _REGISTRY),
    r"corepack_integrity_keys": _Setting(_NPM, _CHECK, "0"),
    # https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
    r"node_tls_reject_unauthorized": _Setting(_NPM, _CHECK, "0"),
    # https://pip.pypa.io/en/stable/topics/configuration/#environment-variables
    r"pip_(?:extra_)?index_url": _Setting(_PYPI, _REGISTRY),
    r"pip_find_links": _Setting(_PYPI, _REGISTRY),
    r"pip_trusted_host": _Setting(_PYPI, _CHECK),
    # https://docs.astral.sh/uv/reference/environment/
    r"uv_(?:(?:extra|default)_)?index(?:_url)?": _Setting(_PYPI, _REGISTRY),
    r"uv_find_links": _Setting(_PYPI, _REGISTRY),
    r"uv_insecure_host": _Setting(_PYPI, _CHECK),
    r"pipenv_pypi_mirror": _Setting(_PYPI, _REGISTRY),
    r"pdm_pypi_url": _Setting(_PYPI, _REGISTRY),
    r"poetry_repositories_\w+_url": _Setting(_PYPI, _REGISTRY),
    r"pythonhttpsverify": _Setting(_PYPI, _CHECK, "0"),
    # https://go.dev/ref/mod#environment-variables
    r"goproxy": _Setting(_GO, _REGISTRY),
    r"gosumdb": _Setting(_GO, _CHECK, "(?i:off)"),
    r"gonosum(?:db|check)": _Setting(_GO, _CHECK),
    r"goinsecure": _Setting(_GO, _CHECK),
    r"goflags": _Setting(_GO, _CHECK, r"[^#]*-(?:mod=mod|insecure|modcacherw=x)\b.*"),
    # https://doc.rust-lang.org/cargo/reference/environment-variables.html
    r"cargo_registries_\w+_index": _Setting(_CARGO, _REGISTRY),
    r"cargo_source_\w+_registry": _Setting(_CARGO, _REGISTRY),
    r"rustup_(?:dist_server|update_root)": _Setting(_CARGO, _REGISTRY),
    # https://bundler.io/man/bundle-config.1.html#MIRRORS-OF-GEM-SOURCES
    r"bundle_mirror__\w+": _Setting(Ecosystem.RUBYGEMS, _REGISTRY),
    r"bundle_ssl_verify_mode": _Setting(Ecosystem.RUBYGEMS, _CHECK, "0"),
    # https://hexdocs.pm/hex/Mix.Tasks.Hex.Config.html
    r"hex_(?:mirror|api_url|builds_url)(?:_url)?": _Setting(Ecosystem.HEX, _REGISTRY),
    r"hex_unsafe_\w+": _Setting(Ecosystem.HEX, _CHECK, "(?i:1|true)"),
    # https://dart.dev/tools/pub/environment-variables
    r"pub_hosted_url|flutter_storage_base_url": _Setting(Ecosystem.PUB, _REGISTRY),
    r"deno_tls_ca_store|deno_cert": _Setting("Deno", _CHECK, "(?i:none)"),
    r"jsr_url|npm_jsr_registry": _Setting("Deno", _REGISTRY),
    # https://git-scm.com/docs/git#Documentation/git.txt-GITSSLNOVERIFY
    r"git_ssl_no_verify": _Setting("git", _CHECK, "(?i:1|true)"),
    r"restoresources|restoreadditionalprojectsources": _Setting(Ecosystem.NUGET, _REGISTRY),
}
# Options of commands: the words that stand before on the line, and the option with its value.
_OPTIONS: tuple[tuple[str, str, _Setting], ...] = (
    (
        r"\b(?:pip3?|pipx|uvx?|pip-(?:compile|sync)|pipenv|pdm|poetry)\b|^-",
        r"(?:--(?:extra-|default-)?index(?:-url)?|--pypi-mirror|--find-links|(?:^|(?<=\s))-[if])",
        _Setting(_PYPI, _REGISTRY),
    ),
    (
        r"\b(?:pip3?|pipx|uv|pip-(?:compile|sync))\b|^-",
        r"--(?:trusted-host|allow-insecure-host)",
        _Setting(_PYPI, _CHECK),
    ),
    (r"\bpip3?\b", r"config\s+.*?\bset\s+\w+\.(?:extra-)?index-url", _Setting(_PYPI, _REGISTRY)),
    (r"\bpoetry\b", r"source\s+add\s+(?:--?\S+\s+)*\S+", _Setting(_PYPI, _REGISTRY)),
    (
        r"\b(?:npm|npx|pnpm|yarn|bunx?|lerna|corepack)\b",
        r"(?:--(?:@[\w-]+:)?registry|\bset\s+(?:--?\S+\s+)*\"?'?(?:@[\w-]+:)?(?:registry|npmRegistryServer))",
        _Setting(_NPM, _REGISTRY),
    ),
    (r"\b(?:npm|pnpm|yarn)\b", r"\bset\s+strict-ssl", _Setting(_NPM, _CHECK, "(?i:false)")),
    (
        r"\b(?:gem|bundle)\b",
        r"(?:--source|sources\s+(?:-a|--add)|mirror\.\S+)",
        _Setting(Ecosystem.RUBYGEMS, _REGISTRY),
    ),
    (r"\bcargo\b", r"--index", _Setting(_CARGO, _REGISTRY)),
    (
        r"\b(?:dotnet|nuget)\b",
        r"(?:add\s+source|--add-source|(?:--|-)source)",
        _Setting(Ecosystem.NUGET, _REGISTRY),
    ),
    (
        r"\bcomposer\b",
        r"config\s+(?:-\S+\s+)*repositor\S+\s+\w+",
        _Setting(Ecosystem.COMPOSER, _REGISTRY),
    ),
    (r"\bhelm\b", r"(?:repo\s+add\s+\S+|--repo)", _Setting("Helm", _REGISTRY)),
    (r"\bconan\b", r"remote\s+(?:add|update)\s+(?:--?\S+\s+)*\S+", _Setting("Conan", _REGISTRY)),
    (r"\b(?:bazel(?:isk)?|common|build|fetch)\b", r"--registry", _Setting("Bazel", _REGISTRY)),
    (r"\bmix\b", r"hex\.repo\s+(?:add|set)\s+\S+", _Setting(Ecosystem.HEX, _REGISTRY)),
    (r"\bpod\b", r"repo\s+add\s+\S+", _Setting("CocoaPods", _REGISTRY)),
)
_NAME = regex(
    rf"(?<![\w.-])(?:{'|'.join(f'(?P<v{i}>{name})' for i, name in enumerate(_VARIABLES))})"
    r"""["']?(?:\s*(?:[:?+]{0,2}=|:)\s*|\s+)(?P<quote>["']?)(?P<value>[^"'\n]*)""",
    re.IGNORECASE,
)
_COMMANDS = tuple(
    (
        regex(command),
        regex(rf"""{option}(?:\s*=\s*|\s+)["']?(?P<value>[^\s"';&|)]+)"""),
        setting,
    )
    for command, option, setting in _OPTIONS
)
# What any of these needs: most files hold none, and are looked at no further.
_KEYWORD = regex(
    r"registr|index|proxy|sum(?:db|check)|insecure|find.links|trusted|ssl|tls|goflags|mirror"
    r"|repo |source|-[if]\s|hosted_url|storage_base|dist_server|hex_|checksum|pypi|https?verify"
    r"|integrity",
    re.IGNORECASE,
)
_SETTINGS = tuple(_VARIABLES.values())


def read_environment(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the settings of variables and options on lines that are no comments.

    A command that a backslash continues is read as one line.
    """
    command = ""
    for number, raw_line in enumerate(text.split("\n"), start=1):
        line = raw_line[:_MAX_LINE].strip()
        if line.startswith(("#", "//", ";", "REM ")):
            continue
        command = f"{command} {line}"[-_MAX_LINE:] if command else line
        if _KEYWORD.search(line):
            yield from _variables(line, number)
            yield from _options(line, command, number)
        command = command.removesuffix("\\") if line.endswith("\\") else ""


def _variables(line: str, number: int) -> Iterator[SourceStatement]:
    for match in _NAME.finditer(line):
        index = next(i for i in range(len(_SETTINGS)) if match[f"v{i}"])
        setting, name = _SETTINGS[index], match[f"v{index}"].upper()
        value = match["value"] if match["quote"] else re.split(r"[\s;&}]", match["value"])[0]
        if setting.role is _REGISTRY:
            # Several are separated by commas, bars or spaces; a name may stand before an address.
            for address in re.findall(r"[a-z+]{3,12}://[^\s,|;}]+", value):
                yield SourceStatement(
                    ecosystem=setting.ecosystem,
                    role=_REGISTRY,
                    name="",
                    target=address,
                    line=number,
                )
        elif re.fullmatch(setting.pattern, value.strip()):
            yield SourceStatement(
                ecosystem=setting.ecosystem,
                role=_CHECK,
                name=name,
                target=value.strip(),
                line=number,
            )


def _options(line: str, command: str, number: int) -> Iterator[SourceStatement]:
    for program, option, setting in _COMMANDS:
        for match in option.finditer(line) if program.search(command) else ():
            value = match["value"].strip(",]")
            is_told = (
                "://" in value
                if setting.role is _REGISTRY
                else re.fullmatch(setting.pattern, value)
            )
            if is_told:
                name = "" if setting.role is _REGISTRY else match[0].split("=")[0].split()[0]
                yield SourceStatement(
                    ecosystem=setting.ecosystem,
                    role=setting.role,
                    name=name,
                    target=value,
                    line=number,
                )


# Keys of settings files by which less is checked: of npm, Yarn, pip, Composer, Gradle and git.
_KEYS: Mapping[str, _Setting] = {
    r"strict-ssl": _Setting(_NPM, _CHECK, "(?i:false)"),
    r"enableStrictSsl": _Setting(_NPM, _CHECK, "(?i:false)"),
    r"checksumBehavior": _Setting(_NPM, _CHECK, "(?i:ignore|update)"),
    r"unsafeHttpWhitelist": _Setting(_NPM, _CHECK),
    r"trusted-host": _Setting(_PYPI, _CHECK),
    r"secure-http": _Setting(Ecosystem.COMPOSER, _CHECK, "(?i:false)"),
    r"disable-tls": _Setting(Ecosystem.COMPOSER, _CHECK, "(?i:true)"),
    r"sslVerify": _Setting("git", _CHECK, "(?i:false)"),
    r"(?:isA|a)llowInsecureProtocol": _Setting(Ecosystem.MAVEN, _CHECK, "(?i:true)"),
}
_KEY = regex(
    rf"(?<![\w.-])(?:{'|'.join(f'(?P<k{i}>{name})' for i, name in enumerate(_KEYS))})"
    r"""["']?\s*(?:[:=(]|\s)\s*["']?(?P<value>[^\s"',;})]+)"""
)


def read_checks(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what a settings file turns off."""
    settings = tuple(_KEYS.values())
    for number, raw_line in enumerate(text.split("\n"), start=1):
        line = raw_line[:_MAX_LINE].strip()
        if line.startswith(("#", "//", ";")):
            continue
        for match in _KEY.finditer(line):
            index = next(i for i in range(len(settings)) if match[f"k{i}"])
            if re.fullmatch(settings[index].pattern, match["value"]):
                yield SourceStatement(
                    ecosystem=settings[index].ecosystem,
                    role=_CHECK,
                    name=match[f"k{index}"],
                    target=match["value"],
                    line=number,
                )
