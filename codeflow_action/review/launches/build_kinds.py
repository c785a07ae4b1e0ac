"""Files that are programs of a build, or that a build or a test run loads.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind
from codeflow_action.review.launches.launch_words import RUNS_IN_BUILD

BUILD_KINDS = (
    # https://doc.rust-lang.org/cargo/reference/config.html
    LaunchKind(
        name="Cargo's configuration",
        paths=r"\.cargo/config(?:\.toml)?",
        form=FileForm.TOML,
        values=(
            *(
                "build/rustc-wrapper",
                "build/rustc-workspace-wrapper",
                "build/rustc",
                "build/rustdoc",
            ),
            *("target/*/runner", "target/*/linker", "host/*/runner", "host/linker"),
            *("registry/global-credential-providers[]", "registries/*/credential-provider"),
            *(
                "registry/credential-provider",
                "env/RUSTC_WRAPPER",
                "env/RUSTC",
                "credential-alias/*",
            ),
        ),
        runs="on every machine that builds with Cargo here, also in editors",
        usual=r"(?:sccache|ccache|(?:[\w-]+-)?(?:gcc|g\+\+|clang|clang\+\+|ld|lld|cc|c\+\+|mold"
        r"|link)"
        r"(?:[-.]?\d+)?(?:\.exe)?|rust-lld|lld-link|flip-link|qemu-[\w-]+.*|probe-rs .*"
        r"|wasm-bindgen-test"
        r"-runner|wasmtime.*|wasm-server-runner|elf2uf2-rs.*|espflash .*|cargo:token.*|cross.*"
        r"|wine.*"
        r"|sudo -E|wild|node)",
    ),
    LaunchKind(
        name="the Rust toolchain",
        paths=r"rust-toolchain\.toml",
        form=FileForm.TOML,
        values=("toolchain/path",),
        runs="on every machine that builds with Cargo here, also in editors",
    ),
    # https://docs.gradle.org/current/userguide/init_scripts.html
    LaunchKind(
        name="Gradle's init script",
        paths=r"init\.gradle(?:\.kts)?|(?:.*/)?init\.d/[^/]+\.gradle(?:\.kts)?",
        form=FileForm.WHOLE,
        runs="before every build that uses this script",
    ),
    # https://docs.gradle.org/current/userguide/gradle_wrapper.html
    LaunchKind(
        name="Gradle's wrapper",
        paths=r"gradle/wrapper/gradle-wrapper\.properties|\.mvn/wrapper/maven-wrapper\.properties",
        form=FileForm.LINES,
        values=(
            r"(?m)^[ \t]*(?P<key>distributionUrl|wrapperUrl)[ \t]*[=:][ \t]*(?P<value>[^\n]+)",
        ),
        runs="on every machine that builds with the wrapper, which downloads it and runs it",
        usual=r"https\\?://(?:services\.gradle\.org/distributions(?:-snapshots)?/"
        r"|repo1?\.maven\.(?:apache\.)?org/maven2/|downloads\.gradle\.org/|archive\.apache\.org/"
        r"|github\.com/gradle/|repo\.gradle\.org/|dlcdn\.apache\.org/"
        r"|cache-redirector\.jetbrains\.com/"
        r"services\.gradle\.org/).*",
    ),
    LaunchKind(
        name="options of the Java machine",
        paths=r"\.mvn/(?:jvm|maven)\.config|gradle\.properties|\.jvmopts|\.sbtopts|\.java-opts",
        form=FileForm.LINES,
        values=(
            (
                r"(?P<key>-javaagent|-agentpath|-agentlib|-Xbootclasspath/?\w?|--module-path"
                r"|-Dmaven\.ext\.class\.path|-XX:OnOutOfMemoryError"
                r"|-XX:OnError)[:=](?P<value>[^\s]+)"
            ),
        ),
        runs=RUNS_IN_BUILD,
    ),
    # https://maven.apache.org/guides/mini/guide-using-extensions.html
    LaunchKind(
        name="Maven's extensions",
        paths=r"\.mvn/extensions\.xml",
        form=FileForm.XML,
        values=("extension/artifactId",),
        runs=RUNS_IN_BUILD,
        usual=r"(?:develocity|gradle-enterprise|common-custom-user-data|maven-build-cache|os-maven"
        r"|polyglot|nisse|takari-smart-builder|wagon)[\w-]*|jgit[\w-]*"
        r"|maven-git-versioning-extension",
    ),
    # https://learn.microsoft.com/en-us/visualstudio/msbuild/exec-task
    LaunchKind(
        name="MSBuild's project",
        paths=r"[^/]+\.(?:cs|fs|vb|vcx|sql|esproj|node|shared|wix|pyproj|docker|cc|mdp)?proj"
        r"|[^/]+\.(?:props|targets|proj\.user|csproj\.user|vcxproj\.user)|Directory\.Build\.\w+",
        form=FileForm.XML,
        values=(
            *("Exec@Command", "PreBuildEvent", "PostBuildEvent", "PreLinkEvent/Command"),
            *("PreBuildEvent/Command", "PostBuildEvent/Command", "CustomBuildStep/Command"),
            *("CustomBuild/Command", "NMakeBuildCommandLine", "UsingTask/Task/Code"),
            *("UsingTask@AssemblyFile", "DownloadFile@SourceUrl", "RunCommand"),
        ),
        runs="on every machine that builds the project, also as an editor loads it",
        words=("Exec", "Event", "Command", "UsingTask", "DownloadFile", "CustomBuild"),
        usual=r"\$\(MSBuild\w+\).*|(?:dotnet|npm|npx|pnpm|yarn|git|node --version|docker)\b[^&"
        r"|;<>]*",
    ),
    # https://bazel.build/run/bazelrc
    LaunchKind(
        name="Bazel's options",
        paths=r"\.bazelrc|[^/]*\.bazelrc|\.bazeliskrc|tools/bazel\.rc",
        form=FileForm.LINES,
        values=(
            (
                r"--(?P<key>run_under|workspace_status_command|shell_executable|credential_helper"
                r"|host_jvm_args|experimental_ui_command)(?:=|[ \t]+)(?P<value>[^\n]+)"
            ),
            r"(?P<key>BAZELISK_BASE_URL|BAZELISK_FORMAT_URL)\s*=\s*(?P<value>[^\n]+)",
        ),
        runs="on every machine that builds with Bazel here",
        usual=r"-Xm\w+|-X[ms]\S+|-D\S+",
    ),
    LaunchKind(
        name="Bazel's wrapper",
        paths=r"tools/bazel(?:\.bat|\.ps1)?",
        form=FileForm.SHELL,
        runs="on every machine that builds with Bazel here",
    ),
    LaunchKind(
        name="a wrapper of the build",
        paths=r"gradlew(?:\.bat)?|mvnw(?:\.cmd)?|configure|autogen\.sh|bootstrap\.sh",
        form=FileForm.SHELL,
        runs="on every machine that builds with the wrapper",
        is_program=True,
    ),
    # What is code and runs with every build, or as an editor loads the project.
    LaunchKind(
        name="a configuration in code",
        paths=r"(?:[\w-]+\.)?(?:eslint|prettier|tailwind|postcss|vite|vitest|next|nuxt|svelte"
        r"|astro|jest"
        r"|webpack|rollup|babel|commitlint|lint-staged|stylelint|metro|gatsby|vue|remix|playwright"
        r"|cypress|karma|tsup|drizzle|truffle|hardhat|craco|release)\.config\.[cm]?[jt]s"
        r"|\.(?:eslintrc|prettierrc|babelrc|lintstagedrc|stylelintrc|mocharc|commitlintrc"
        r"|pnp)\.[cm]?js"
        r"|gulpfile\.[cm]?[jt]s|Gruntfile\.[cm]?[jt]s|(?:.+\.)?(?:build|settings)\.gradle(?:\.kts)?"
        r"|build\.sbt|project/[^/]+\.(?:sbt|scala)|build\.zig|Package\.swift|mix\.exs"
        r"|CMakeLists\.txt"
        r"|[^/]+\.cmake|meson\.build|Project\.toml|dune-project|noxfile\.py|\.formatter\.exs"
        r"|\.simplecov|\.rspec|spec_helper\.rb|Rakefile|build\.xml|wscript|SConstruct",
        form=FileForm.CODE,
        runs="with every build, and in editors that load it",
        is_program=True,
    ),
)
