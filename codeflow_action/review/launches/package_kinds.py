"""Manifests and settings from which a package manager runs something.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch
from codeflow_action.review.launches.launch_words import RUNS_AS_HOOK, RUNS_IN_BUILD

_INSTALL = "on every machine that installs this package, also in CI"
# Options of Node that load no file.
_OPTION = (
    r"--(?!require|import|loader|experimental-loader|env-file|inspect|run|eval"
    r"|print)[\w-]+(?:=[\w.-]+)?"
)
_LIFECYCLE = (
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "pnpm:devPreinstall",  # https://pnpm.io/scripts
)

PACKAGE_KINDS = (
    # https://docs.npmjs.com/cli/v11/using-npm/scripts#life-cycle-scripts
    LaunchKind(
        name="package.json",
        paths=r"package\.json5?",
        form=FileForm.JSON,
        values=(*(f"scripts/{name}" for name in _LIFECYCLE), "scripts/dependencies"),
        switches=(
            Switch(
                key="packageManager",
                value=r"\w+@https?://.*",
                effect="makes Corepack download and run this package manager",
            ),
        ),
        runs=_INSTALL,
        words=("install", "prepare", "prepublish", "packageManager", '"dependencies"'),
    ),
    # https://github.com/toplenboren/simple-git-hooks and others that read package.json
    LaunchKind(
        name="git hooks in package.json",
        paths=r"package\.json5?|\.?simple-git-hooks\.json|\.huskyrc(?:\.json)?|captainhook\.json"
        r"|\.gitHooks\.json|\.ghooks\.json",
        form=FileForm.JSON,
        values=(
            *("simple-git-hooks/*", "husky/hooks/*", "gitHooks/*", "pre-commit[]", "pre-push[]"),
            *("config/ghooks/*", "git-hooks/*", "hooks/*", "*/actions/action", "commit-msg"),
        ),
        runs=RUNS_AS_HOOK,
        words=("hooks", "Hooks", "pre-", "commit-msg", "post-"),
    ),
    LaunchKind(
        name="commands for staged files",
        paths=r"package\.json|\.lintstagedrc(?:\.json)?|\.nano-staged\.json",
        form=FileForm.JSON,
        values=("lint-staged/**", "nano-staged/**"),
        runs=RUNS_AS_HOOK,
        words=("staged",),
        is_program=True,
    ),
    # https://pnpm.io/settings#build-settings and https://bun.sh/docs/install/lifecycle
    LaunchKind(
        name="which dependencies may run scripts",
        paths=r"package\.json",
        form=FileForm.JSON,
        values=("trustedDependencies[]", "pnpm/onlyBuiltDependencies[]"),
        switches=(
            Switch(
                key="pnpm/dangerouslyAllowAllBuilds",
                value="true",
                effect="lets every dependency run scripts when it is installed",
            ),
        ),
        runs="with its install scripts " + _INSTALL,
        words=("trustedDependencies", "onlyBuiltDependencies", "AllowAllBuilds"),
        is_milder=True,
    ),
    LaunchKind(
        name="which dependencies may run scripts",
        paths=r"pnpm-workspace\.ya?ml",
        form=FileForm.YAML,
        values=("onlyBuiltDependencies[]", "configDependencies/*", "pnpmfile"),
        switches=(
            Switch(
                key="dangerouslyAllowAllBuilds",
                value="true",
                effect="lets every dependency run scripts when it is installed",
            ),
        ),
        runs="with its install scripts " + _INSTALL,
        is_milder=True,
    ),
    # https://pnpm.io/pnpmfile
    LaunchKind(
        name="pnpm's file of hooks",
        paths=r"\.pnpmfile\.[cm]?js|pnpmfile\.[cm]?js",
        form=FileForm.CODE,
        runs=_INSTALL,
    ),
    # https://docs.npmjs.com/cli/v11/using-npm/config; https://classic.yarnpkg.com/lang/en/docs/yarnrc/
    LaunchKind(
        name="npm's settings",
        paths=r"\.npmrc|\.yarnrc",
        form=FileForm.LINES,
        values=(
            (
                r"(?m)^[ \t]*[\"']?(?P<key>node-options|node_options|script-shell|shell|git"
                r"|onload-script"
                r"|init-module|init\.module|globalconfig|yarn-path|viewer|editor|prefix|pnpmfile"
                r"|global-pnpmfile)[\"']?[ \t]*(?:=|[ \t])[ \t]*(?P<value>[^\n]+)"
            ),
            r"(?m)^[ \t]*(?P<key>ignore-scripts)[ \t]*=[ \t]*(?P<value>false)",
        ),
        runs="on every machine that runs npm, pnpm or yarn in the folder",
        usual=r"(?:/bin/)?(?:ba|z)?sh(?:\.exe)?|powershell|pwsh|(?i:code|vim|nvim|nano)|git"
        rf"|{_OPTION}(?:\s+{_OPTION})*\s*(?:#.*)?",
    ),
    # https://yarnpkg.com/configuration/yarnrc
    LaunchKind(
        name="Yarn's settings",
        paths=r"\.yarnrc\.ya?ml",
        form=FileForm.YAML,
        values=("yarnPath", "plugins[]"),
        runs="on every machine that runs yarn in the folder",
        usual=r"\.yarn/releases/yarn-[\w.-]+\.c?js|(?:\.yarn/plugins/)?@yarnpkg/plugin-[\w.-]+"
        r"|.*/@yarnpkg/plugin-[\w.-]+",
    ),
    # https://bun.sh/docs/runtime/bunfig
    LaunchKind(
        name="Bun's settings",
        paths=r"bunfig\.toml",
        form=FileForm.TOML,
        values=("preload[]", "test/preload[]"),
        runs="before every program that Bun starts in the folder",
        is_milder=True,
    ),
    # https://getcomposer.org/doc/articles/scripts.md
    LaunchKind(
        name="composer.json",
        paths=r"composer\.json",
        form=FileForm.JSON,
        values=tuple(
            f"scripts/{name}[]"
            for name in (
                *("pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd"),
                *("post-autoload-dump", "pre-autoload-dump", "post-root-package-install"),
                *("post-create-project-cmd", "pre-package-install", "post-package-install"),
                *(
                    "pre-package-update",
                    "post-package-update",
                    "init",
                    "command",
                    "pre-command-run",
                ),
                *("pre-status-cmd", "post-status-cmd", "pre-pool-create", "pre-operations-exec"),
                *("post-package-uninstall", "pre-package-uninstall", "post-file-download"),
            )
        ),
        switches=(
            Switch(
                key="config/allow-plugins",
                value="true",
                effect="lets every dependency be a plug-in of Composer, which runs code",
            ),
        ),
        runs="on every machine that runs composer for this project, also in CI",
        usual=r"@[\w:-]+|@(?:php|composer) (?:artisan|install|update|dump-autoload|bin/console"
        r"|run-script)\b.*"
        r"|@php -r .{0,3}file_exists\(.*|(?:Illuminate|Composer|Symfony|Drupal|Yii|Cake|Orchestra"
        r"|TYPO3)\\.*"
        r"|Google\\Task\\Composer::cleanup",
        words=("scripts", "allow-plugins"),
    ),
    # https://setuptools.pypa.io/en/latest/userguide/extension.html
    LaunchKind(
        name="setup.py",
        paths=r"setup\.py|hatch_build\.py|pdm_build\.py|build_backend\.py",
        form=FileForm.CODE,
        runs="on every machine that builds or installs this package from its source",
    ),
    # https://peps.python.org/pep-0517/#in-tree-build-backends; https://hatch.pypa.io/latest/plugins/
    LaunchKind(
        name="pyproject.toml",
        paths=r"pyproject\.toml",
        form=FileForm.TOML,
        values=(
            *("build-system/backend-path", "tool/hatch/**/build/**/hooks/custom/path"),
            *(
                "tool/poetry/build/script",
                "tool/pdm/build/custom-hook",
                "tool/setuptools/cmdclass/*",
            ),
            *("tool/poetry/build", "tool/hatch/envs/*/post-install-commands[]"),
            "tool/hatch/envs/*/pre-install-commands[]",
        ),
        runs="on every machine that builds or installs this package from its source",
        words=("backend-path", "hooks", "script", "custom-hook", "cmdclass", "build]", "-install-"),
    ),
    # https://docs.python.org/3/library/site.html
    LaunchKind(
        name="a path configuration file",
        paths=r".*\.pth",
        form=FileForm.LINES,
        values=(r"(?m)^(?P<key>import)[ \t;](?P<value>[^\n]*)",),
        runs="whenever Python starts in an environment that has this file",
    ),
    LaunchKind(
        name="Python's start file",
        paths=r"(?:site|user)customize\.py",
        form=FileForm.WHOLE,
        runs="whenever Python starts with this folder on its path",
    ),
    # https://docs.pytest.org/en/stable/reference/fixtures.html#conftest-py-sharing-fixtures-across-multiple-files
    LaunchKind(
        name="conftest.py",
        paths=r"conftest\.py",
        form=FileForm.CODE,
        runs="whenever pytest collects tests here, also in editors and in CI",
    ),
    # https://doc.rust-lang.org/cargo/reference/build-scripts.html
    LaunchKind(
        name="Cargo's build script",
        paths=r"build\.rs",
        form=FileForm.CODE,
        runs="on every machine that builds this crate, also in editors with rust-analyzer",
    ),
    # https://github.com/nodejs/node-gyp and https://gyp.gsrc.io/docs/InputFormatReference.md
    LaunchKind(
        name="binding.gyp",
        paths=r"[^/]+\.gypi?",
        form=FileForm.LINES,
        values=(
            r"<(?P<key>!)@?\((?P<value>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)",
            r"[\"'](?P<key>action)[\"']\s*:\s*\[(?P<value>[^\]]{0,2000})\]",
        ),
        runs=_INSTALL,
        usual=r"node -[pe] .{0,3}require(?:\.resolve)?\(.{0,3}(?:node-addon-api|nan"
        r"|napi-\w+).{0,40}",
    ),
    # https://guides.rubygems.org/gems-with-extensions/
    LaunchKind(
        name="a gem's extension",
        paths=r".*extconf\.rb|mkrf_conf\.rb|[^/]+\.gemspec|\.bundle/plugin/.+\.rb|plugins\.rb"
        r"|rubygems_plugin\.rb|lib/rubygems_plugin\.rb",
        form=FileForm.CODE,
        runs="on every machine that installs this gem or its bundle",
    ),
    LaunchKind(
        name="Bundler's file",
        paths=r"Gemfile(?:\.[\w-]+)?|gems\.rb|Podfile|Fastfile|Brewfile",
        form=FileForm.CODE,
        runs="on every machine that installs the bundle, also in CI",
    ),
    LaunchKind(
        name="a package's build file",
        paths=r"Makefile\.PL|Build\.PL|Setup\.l?hs|deps/build\.jl|rebar\.config\.script",
        form=FileForm.CODE,
        runs=RUNS_IN_BUILD,
        is_milder=True,
    ),
)
