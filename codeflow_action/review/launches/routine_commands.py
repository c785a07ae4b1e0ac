"""Commands that good projects have run by themselves: formatters, hooks' own tools, builds.

A command is routine when each program in it is on a list here, or is a dependency of the project.
What runs a script of the repository is never routine: the script can hold anything.
"""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from codeflow_action.engine.lazy import regex

MAX_COMMAND = 20_000  # characters


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of a shell, and programs of every system that start no other by what is asked of them here.
_SHELL_WORDS = _words(
    """
    if then else elif fi for in do done while until case esac function return exit break
    continue local readonly declare typeset export unset set shift trap true false : echo printf
    test [ [[ ! { } ( ) cd pushd popd pwd read wait sleep mkdir touch rm rmdir cp mv cat ls head
    tail wc sort uniq cut tr grep egrep fgrep sed awk dirname basename realpath readlink which
    command type hash date id whoami uname tput clear stat diff cmp tee chmod expr seq nproc
    exec time umask alias shopt setopt getopts git gh jq yq tar unzip ulimit let stty hostname
    mktemp du df tree nvm sdk rvm rbenv pyenv nodenv asdf xcode-select sw_vers file paste column
    comm xargs find rg fd afplay say notify-send terminal-notifier paplay aplay
    use layout path_add PATH_add MANPATH_add path_rm watch_file watch_dir
    source_up source_up_if_exists source_env source_env_if_exists source_url dotenv
    dotenv_if_exists has strict_env unset log_status log_error env_vars_required load_prefix
    on_git_branch direnv_version nix_direnv_version expand_path
    """
)
# Tools of the trade: linters, formatters, type checkers, tests, builds, managers of packages and of
# hooks, code generators that packages of the same name bring along.
_TOOLS = _words(
    """
    husky lefthook lint-staged nano-staged pretty-quick commitlint commitizen cz git-cz
    simple-git-hooks pre-commit prek overcommit yorkie is-ci is-in-ci in-ci patch-package
    postinstall-postinstall husky-init skip-ci pinst ngcc vue-tsc tsc tsup tsx-check unbuild
    tshy rollup webpack vite vitest jest mocha ava c8 nyc eslint tslint oxlint oxfmt biome
    prettier stylelint standard xo dprint rome markdownlint markdownlint-cli2 remark cspell
    typos alex textlint ls-lint knip depcheck syncpack manypkg sherif sort-package-json publint
    attw api-extractor turbo nx lerna rush moon changeset changesets playwright cypress
    puppeteer electron-builder electron-rebuild prisma drizzle-kit nuxt nuxi nuxt-prepare
    svelte-kit svelte-check astro next expo pod expo-modules react-native ng gatsby remix wxt
    plasmo panda paraglide-js graphql-codegen openapi-typescript fumadocs-mdx
    content-collections velite lingui msw preconstruct allow-scripts only-allow check-engine
    check-node-version engine-strict ncu npm-run-all run-s run-p concurrently cross-env
    cross-env-shell dotenv rimraf del-cli shx cpy cpx opencollective opencollective-postinstall
    node-gyp node-gyp-build prebuild-install prebuildify cmake-js husky-ci npm pnpm yarn bun npx
    bunx pnpx deno node-pre-gyp corepack ni nr vp ruff black isort flake8 pylint mypy pyright
    basedpyright ty pytest tox nox bandit pyupgrade autoflake autopep8 yapf interrogate
    pydocstyle codespell djlint sqlfluff nbstripout uv uvx pip pip3 pipx poetry pdm hatch rye
    pixi conda mamba micromamba detect-secrets gitleaks trufflehog semgrep reuse towncrier
    blacken-docs docformatter validate-pyproject check-jsonschema toml-sort taplo tombi yamllint
    yamlfmt cargo rustfmt clippy cargo-clippy rustup go gofmt goimports gofumpt golangci-lint
    staticcheck govulncheck buf protoc terraform tofu tflint terragrunt terraform-docs tfsec
    trivy checkov hadolint shellcheck shfmt actionlint zizmor helm helm-docs kubeconform
    kustomize ansible-lint dotnet csharpier nuget gradle ./gradlew gradlew mvn ./mvnw mvnw sbt
    scalafmt ktlint detekt spotless bundle bundler rubocop standardrb rspec rails ./bin/rails
    bin/rails rake yard sorbet srb composer phpcs php-cs-fixer phpstan psalm pint phpunit pest
    mix elixir rebar3 gleam dune ocamlformat opam stack cabal hlint fourmolu ormolu swiftlint
    swiftformat swift xcodebuild dart flutter melos zig zls clang-format clang-tidy cmake ninja
    make just task mise direnv nix nixpkgs-fmt nixfmt alejandra treefmt statix deadnix devenv
    nix-shell docker docker-compose podman brew apt apt-get apk dnf yum pacman gem luarocks
    stylua selene jekyll artisan
    """
)
# What only stands before the program that is meant.
_PREFIXES = _words(
    """
    npx pnpx bunx bun pnpm yarn jlpm npm uvx pipx exec dlx x run run-script sudo env command
    time nice nohup cross-env cross-env-shell dotenv -- poetry uv hatch pdm pipenv rye pixi
    bundle composer dotnet tool mise corepack then do else if ! { ( eval && || while until
    dotenvx doppler node_modules tox -r cargo
    """
)
_VALUE_OPTIONS = _words(
    """
    --dir --cwd --prefix --filter -F --project --directory -C --group --with --extra --from -w
    --workspace --package -p -e --python
    """
)
_INSTALLERS = frozenset({"install", "i", "add", "global"})
# After these stands a program, not a command of their own.
_RUNNERS = _words(
    """
    exec dlx x run tool npx bunx pnpx uvx pipx env sudo time nice nohup command --
    """
)
_TASK_RUNNERS = _words(
    """
    npm pnpm yarn jlpm bun composer rake just task make nr mise vp
    """
)
_SPLIT = regex(r"&&|\|\||[;|\n&]|\$\(|`|<\(|\bthen\b|\bdo\b|\belse\b")
_ASSIGNMENT = regex(r"[A-Za-z_]\w*\+?=(?:\"[^\"]*\"|'[^']*'|\S)*")
_REDIRECTION = regex(r"\d*(?:>>?|<)\s*(?:&\d|[^\s;&|()<>]+)|&>\S*")
# What is only shown: a text without a command in it.
_PRINT = regex(r"\b(?:echo|printf)\s+(?:-\w+\s+)*(?:\"(?:[^\"\\$`]|\\.|\$[^(])*\"|'[^']*')")
_QUOTES = str.maketrans("", "", "\"'")
# husky's own line, a virtual environment, and the managers of versions of languages.
_SHELL_SETUP = regex(
    r"(?:\.|source)\s+\S*(?:_/husky\.sh|/_/h|activate|nvm\.sh|common\.sh|husky\.sh|asdf\.sh"
    r"|cargo/env|\.env)\b\S*"
    r"|(?:\.|source)\s+.*(?:dirname|BASH_SOURCE).*husky\.sh.*"
)
# Files of the repository in a command: what makes it more than a tool with options.
_SCRIPT = regex(
    r"(?:^|[\s\"'=(])((?:\.{0,2}/|[\w@.-]+/)?(?:[\w@.-]+/)*[\w@.-]+\.(?:[cm]?[jt]sx?|sh|bash|zsh"
    r"|py|rb|pl|php|ps1|bat|cmd|exe"
    r"|lua|jar|dll|so|ex|exs|jl|r)|\.{1,2}/[\w@./-]+|[\w.-]+(?:/[\w.-]+)+)(?=$|[\s\"');,|&])",
    re.IGNORECASE,
)


_OWN_SCRIPT = regex(
    r"(?:^|[\s;&|\"'(/])[\w.-]+\.(?:sh|bash|zsh|py|[cm]?[jt]s|rb|pl|php|ps1)(?=$|[\s\"';&|)])"
    r"|(?:^|[\s;&|\"'(])\.{1,2}/[\w./-]"
)


def is_routine(
    command: str, dependencies: Collection[str] = (), *, is_contained: bool = False
) -> bool:
    """True when every program in the command is a usual tool, or a tool of a dependency.

    In a container (`is_contained`) packages may be installed by name: it is there for that.
    """
    if len(command) > MAX_COMMAND:
        return False
    if is_contained:
        return _OWN_SCRIPT.search(command) is None
    lines = (line.strip() for line in command.replace("\\\n", " ").split("\n"))
    text = "\n".join(line for line in lines if not _SHELL_SETUP.fullmatch(line))
    text = _PRINT.sub(" echo ", _REDIRECTION.sub(" ", text))
    return all(_is_routine_part(_bare(part), dependencies) for part in _SPLIT.split(text))


_BIN = regex(r"(?:\./)?(?:node_modules/\.bin|vendor/bin|\.venv/bin)/")
_VERSION = regex(r"(?<=.)@[^/]*$")
_WORD = regex(r"[A-Za-z][\w:.@-]*")
_TOOL_OPTIONS = (["-m"], ["artisan"], ["-S"])
_MODULES = _TOOLS | {"venv", "compileall", "ensurepip"}


def _bare(part: str) -> str:
    """Return a part of a command without the brackets around it, and without half a quote."""
    part = part.strip(" \t(){}")
    for quote in "\"'":
        if part.count(quote) % 2:
            part = part.strip(quote)
    return part


def _is_routine_part(part: str, dependencies: Collection[str]) -> bool:
    if not part or part.startswith("#") or _SHELL_SETUP.fullmatch(part):
        return True
    words = _program_words(part)
    if len(words) < 2:
        return True
    manager, program, *rest = words
    name = _BIN.sub("", program.translate(_QUOTES))
    package = _VERSION.sub("", name)
    if name in ("python", "python3", "py", "php", "ruby") and rest[:1] in _TOOL_OPTIONS:
        return rest[0] == "artisan" or (len(rest) > 1 and rest[1] in _MODULES)
    if name in ("docker", "podman") and rest[:1] in (["run"], ["exec"]):
        return False
    # `commitlint` is the program of `@commitlint/cli`.
    is_known = not {package, f"@{package}/cli"}.isdisjoint(dependencies) or package in _TOOLS
    is_own_command = manager in _TOOLS and manager not in _RUNNERS and _WORD.fullmatch(name)
    if is_known or is_own_command:
        return not _installs_by_name(words, dependencies)
    # A script of package.json: what it runs is judged beside it.
    is_task = manager in _TASK_RUNNERS and _WORD.fullmatch(package) is not None
    return is_task or name in _SHELL_WORDS


def _program_words(part: str) -> list[str]:
    """Return the manager that runs the program (or nothing), the program, and its arguments."""
    part = _drop_assignments(part)
    words = part.split()
    manager = ""
    while len(words) > 1 and (words[0] in _PREFIXES or words[0].startswith(("-", "+"))):
        word = words.pop(0)
        if word in _VALUE_OPTIONS and len(words) > 1:
            words.pop(0)
        # In `npm run x` the manager is npm; in `uv run x` it is whatever x is.
        if not word.startswith(("-", "+")) and not (word == "run" and manager in _TASK_RUNNERS):
            manager = word
        if words and _ASSIGNMENT.fullmatch(words[0]):
            words = _drop_assignments(" ".join(words)).split() or words
    return [manager, *words] if words else []


def _drop_assignments(part: str) -> str:
    while match := _ASSIGNMENT.match(part):
        part = part[match.end() :].lstrip()
    return part


def _installs_by_name(words: list[str], dependencies: Collection[str]) -> bool:
    """True where packages are installed that no manifest names."""
    position = next((index for index, word in enumerate(words) if word in _INSTALLERS), None)
    if position is None or words[1] in ("playwright", "husky", "lefthook", "pre-commit", "prek"):
        return False
    arguments = [word.translate(_QUOTES) for word in words[position + 1 :]]
    names = [
        word
        for before, word in pairwise(["", *arguments])
        if not word.startswith("-") and before not in _VALUE_OPTIONS
    ]
    return any(
        name not in dependencies
        and name not in _TOOLS
        and not name.startswith((".", "/", ">", "2>"))
        and not name.endswith((".txt", ".toml", ".lock"))
        and name not in ("null", "install", "deps")
        for name in names
    )


def programs(command: str) -> frozenset[str]:
    """Return what a command starts: its programs, and the files of the repository that it names."""
    text = command[:MAX_COMMAND]
    parts = (_program_words(_bare(part)) for part in _SPLIT.split(text))
    files = {match[1] for match in _SCRIPT.finditer(text)}
    return frozenset({words[1] for words in parts if len(words) > 1} | files)


# Variables that stand for the repository's own folder, or for the file's.
_FOLDER = regex(
    r"(?:\$\{?\w+(?::[^}\s]*)?\}?|\$\(pwd\)|\$\(git rev-parse --show-toplevel\)|%\w+%|%~dp0)[/\\]"
)
_FIRST_ARGUMENT = regex(
    r"\b(?:node|nodejs|bun|tsx|ts-node|deno|sh|bash|zsh|dash|python[\d.]*|ruby|perl|php|pwsh"
    r"|source|require)(?:\s+|\s*\(\s*)"
    r"(?:-{1,2}[\w-]+\s+)*[\"']?([\w@./-]+)"
)
_MODULE = regex(r"\bpython[\d.]*\s+(?:-\w\s+)*-m\s+([\w.]+)")


def named_files(command: str) -> Iterator[str]:
    """Yield the paths of files of the repository in a command, as far as it shows."""
    text = _FOLDER.sub("", command[:MAX_COMMAND].replace("\\", "/"))
    known_paths = {""}
    modules = (match[1].replace(".", "/") + ".py" for match in _MODULE.finditer(text))
    paths = (
        *(match[1] for match in _SCRIPT.finditer(text)),
        *(match[1] for match in _FIRST_ARGUMENT.finditer(text)),
        *modules,
    )
    for path in paths:
        plain = re.sub(r"^(?:\./)+", "", path)
        if plain not in known_paths and not plain.startswith(("/", "-")):
            known_paths.add(plain)
            yield plain
