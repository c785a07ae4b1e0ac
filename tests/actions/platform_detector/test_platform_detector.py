"""What is found in a repository, where, and what a pull request does to it."""

import json
import subprocess
import sys

import pytest

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.actions.platform_detector.file_reading import MAX_READ
from codeflow_action.actions.platform_detector.survey import MAX_FILES_SINGLY, MAX_PATH
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.platform_words import labels, platforms_line
from codeflow_action.engine.platforms import (
    PlatformChange,
    PlatformEvidence,
    PlatformKind,
    Platforms,
    PlatformScope,
)
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Trigger
from tests.actions.platform_detector.surveying import Files, detect, ids, of


def package(*names: str, **more: object) -> str:
    """Return a package.json with a dependency a line."""
    return json.dumps({"dependencies": dict.fromkeys(names, "1.0.0"), **more}, indent=1)


def test_a_dependency_is_found_on_its_line():
    found = of(detect({"package.json": package("lodash", "next")}), "nextjs")
    assert found.evidence == (PlatformEvidence(path="package.json", line=4, rule="nextjs"),)
    assert (found.name, found.kind, found.component) == ("Next.js", PlatformKind.FRAMEWORK, "")
    assert found.scope is PlatformScope.PRODUCT
    assert found.confidence == 0.95


@pytest.mark.parametrize("files", [{}, {"README.md": "# Lists\n", "lists/music.txt": "jazz\n"}])
def test_of_a_repository_with_nothing_in_it_nothing_is_said(files):
    assert detect(files) == Platforms()


def test_a_manifest_is_better_evidence_than_a_configuration_file_and_that_than_an_extension():
    by_dependency = of(detect({"package.json": package("astro")}), "astro")
    by_file = of(detect({"astro.config.mjs": ""}), "astro")
    by_extension = of(detect({"src/page.astro": "<html>"}), "astro")
    by_content = of(detect({"app/layout.tsx": "  generator: 'v0.dev',\n"}), "v0")
    by_text = of(detect({"README.md": "Welcome to your Lovable project\n"}), "lovable")
    found = [by_dependency, by_file, by_extension, by_content, by_text]
    confidence = [one.confidence for one in found]
    assert confidence == sorted(set(confidence), reverse=True)


def test_what_only_a_readme_says_of_its_origin_is_a_hint_that_no_line_repeats():
    found = detect(
        {"README.md": "Run and deploy your AI Studio app\n", "package.json": package("vue")}
    )
    assert of(found, "ai-studio").confidence < 0.5
    assert platforms_line(found) == "Vue.js"


@pytest.mark.parametrize(
    ("files", "builder"),
    [
        ({"package.json": package("lovable-tagger")}, "lovable"),
        ({"package.json": package("@lovable.dev/vite-tanstack-config")}, "lovable"),
        ({"vite.config.ts": "plugins: [react(), componentTagger()]\n"}, "lovable"),
        ({".bolt/config.json": '{\n  "template": "bolt-vite-react-ts"\n}\n'}, "bolt"),
        ({".bolt/prompt": "For all designs I ask you to make\n"}, "bolt"),
        ({"app/layout.tsx": 'export const metadata = { generator: "v0.app" }\n'}, "v0"),
        ({".replit": 'run = "npm start"\n'}, "replit"),
        ({"replit.nix": "{ pkgs }: {}\n"}, "replit"),
        ({".idx/dev.nix": "{ pkgs, ... }: {}\n"}, "firebase-studio"),
        ({"package.json": package("@base44/sdk")}, "base44"),
        ({"base44/.app.jsonc": "{}\n"}, "base44"),
    ],
)
def test_an_ai_builder_is_known_by_what_it_leaves_behind(files, builder):
    found = of(detect(files), builder)
    assert found.kind is PlatformKind.AI_BUILDER
    assert found.confidence > 0.5


@pytest.mark.parametrize(
    "files",
    [
        {".bolt/config.json": '{"tasks": []}\n'},  # of another tool that is called so
        {"package.json": package("@replit/codemirror-vim")},  # an editor's plugin
        {"docs/layout.md": "    generator: 'v0.dev'\n"},
        {"src/app.tsx": "const builders = ['lovable', 'bolt', 'v0.dev']\n"},
    ],
)
def test_what_is_only_like_an_ai_builders_mark_is_none(files):
    assert ids(detect(files), kind=PlatformKind.AI_BUILDER) == set()


def test_each_component_of_a_monorepo_has_its_own():
    found = detect(
        {
            "package.json": package("turbo"),
            "apps/web/package.json": package("next"),
            "services/api/pyproject.toml": '[project]\ndependencies = ["fastapi"]\n',
            "services/api/app/main.py": "",
        }
    )
    assert of(found, "turborepo").component == ""
    assert of(found, "nextjs").component == "apps/web"
    assert of(found, "fastapi").component == "services/api"


def test_examples_tests_and_documents_are_never_the_product():
    found = detect(
        {
            "Cargo.toml": '[dependencies]\naxum = "0.8"\n',
            "examples/chat/Cargo.toml": '[dependencies]\nredis = "1"\n',
            "tests/fixtures/app/package.json": package("next"),
            "src/Shop.UnitTests/a.csproj": '<Project><PackageReference Include="NUnit"/></Project>',
            "docs/package.json": package("astro"),
        }
    )
    assert of(found, "redis").scope is PlatformScope.EXAMPLE
    assert of(found, "nextjs").scope is PlatformScope.TEST
    assert of(found, "nunit").scope is PlatformScope.TEST
    assert of(found, "astro").scope is PlatformScope.DOCS
    assert ids(found, scope=PlatformScope.PRODUCT) == {"axum", "cargo"}
    assert platforms_line(found) == "Axum"


def test_what_was_copied_in_or_is_ignored_is_not_looked_at():
    files = {"vendor/a/package.json": package("next"), "legacy/package.json": package("vue")}
    assert detect(files, ignore=["legacy/**"]).platforms == ()
    assert ids(detect(files)) >= {"vue"}


def test_a_pull_request_adds_what_the_base_did_not_have():
    base = {"package.json": package("next"), "src/pay.ts": "a\n"}
    head = {"package.json": package("next", "stripe"), "src/pay.ts": "b\n"}
    found = detect(head, base)
    assert of(found, "stripe").change is PlatformChange.ADDED
    assert of(found, "nextjs").change is PlatformChange.TOUCHED
    assert platforms_line(found).endswith("Next.js · adds Stripe")
    assert labels(found) == ("nextjs", "stripe")


def test_a_pull_request_removes_what_the_head_has_no_more():
    found = detect({"requirements.txt": "flask\n"}, {"requirements.txt": "flask\nsentry-sdk\n"})
    gone = of(found, "sentry")
    assert gone.change is PlatformChange.REMOVED
    assert gone.evidence == (PlatformEvidence(path="requirements.txt", line=2, rule="sentry"),)
    assert platforms_line(found) == "Flask · removes Sentry"


def test_a_removed_manifest_removes_what_it_said():
    found = detect({"README.md": ""}, {"README.md": "", "Gemfile": 'gem "rails"\n'})
    assert {(one.id, one.change) for one in found.platforms} == {
        ("bundler", PlatformChange.REMOVED),
        ("rails", PlatformChange.REMOVED),
    }


def test_what_moves_from_one_component_to_another_is_not_new_to_the_product():
    base = {"a/package.json": package("stripe"), "b/package.json": package("next")}
    head = {"a/package.json": package("vue"), "b/package.json": package("next", "stripe")}
    found = detect(head, base)
    assert {one.component: one.change for one in found.platforms if one.id == "stripe"} == {
        "a": PlatformChange.REMOVED,
        "b": PlatformChange.ADDED,
    }
    assert "adds Vue.js" in platforms_line(found)
    assert "Stripe" not in platforms_line(found).partition("adds")[2]


def test_a_renamed_manifest_is_compared_with_what_it_was():
    head, base = {"web/package.json": package("next")}, {"package.json": package("next")}
    file = ChangedFile(
        path="web/package.json", previous_path="package.json", status=FileStatus.RENAMED
    )
    found = detect(head, base, files=(file,))
    changes = {(one.component, one.change) for one in found.platforms if one.id == "nextjs"}
    assert changes == {("", PlatformChange.REMOVED), ("web", PlatformChange.ADDED)}


def test_a_change_elsewhere_touches_neither_another_component_nor_a_workflow():
    base = {
        "web/package.json": package("next"),
        "api/pyproject.toml": '[project]\ndependencies = ["flask"]\n',
        ".github/workflows/ci.yml": "jobs:\n",
        "api/app.py": "a\n",
    }
    found = detect({**base, "api/app.py": "b\n"}, base)
    assert ids(found, change=PlatformChange.TOUCHED) == {"flask"}
    settings = {**base, "pyproject.toml": "[tool.ruff]\n", "app.py": "a\n"}
    code = detect({**settings, "app.py": "b\n"}, settings)
    assert "ruff" not in ids(code, change=PlatformChange.TOUCHED)
    linted = detect({**settings, "pyproject.toml": "[tool.ruff]\nline-length = 9\n"}, settings)
    assert "ruff" in ids(linted, change=PlatformChange.TOUCHED)
    prose = detect({**base, "api/README.md": "b\n"}, base)
    assert ids(prose, change=PlatformChange.TOUCHED) == set()


def test_a_manifest_that_broke_removes_nothing_and_is_named():
    base = {"package.json": package("next", "stripe")}
    found = detect({"package.json": "<<<<<<< HEAD\n{}\n"}, base)
    assert ids(found, change=PlatformChange.REMOVED) == set()
    assert ids(found) >= {"nextjs", "stripe"}
    assert found.notes == ("package.json was not read: it is not JSON",)


def test_a_base_that_could_not_be_had_makes_nothing_new():
    head = {"package.json": package("next", "stripe")}
    found = detect(head, {"package.json": Absent.UNAVAILABLE})
    assert ids(found, change=PlatformChange.ADDED) == set()
    assert found.notes == ("package.json was not read: its content is unavailable",)


def test_where_nothing_can_be_listed_the_changed_files_are_looked_at_and_that_is_said():
    class Unlisted(Files):
        async def list(self):
            return None

    head = {"web/package.json": package("next", "stripe").encode(), "go.mod": b"module a.b/c\n"}
    base = {"web/package.json": package("next").encode()}
    changed = ChangedFile(path="web/package.json", status=FileStatus.MODIFIED)
    link = ChangedFile(path="CLAUDE.md", status=FileStatus.ADDED, kind=FileKind.SYMLINK)
    found = detect(head, files=(changed, link), trees=(Unlisted(head), Files(base)))
    assert ids(found, change=PlatformChange.ADDED) == {"stripe"}
    assert "go-modules" not in ids(found)
    assert found.languages == ()
    assert found.notes == (
        "only the changed files were looked at: the repository could not be listed",
    )


def test_where_each_file_is_a_request_few_are_read_and_the_changed_ones_first():
    class Remote(Files):
        reads_singly = True
        asked: list[str]

        async def read_many(self, paths):
            self.asked = [*getattr(self, "asked", ()), *paths]
            return await super().read_many(paths)

    texts = {f"p{at:02}/package.json": package("react") for at in range(50)}
    head = {**texts, "z/deep/package.json": package("stripe"), "a.c": "int x;\n"}
    tree = Remote({path: text.encode() for path, text in head.items()})
    changed = ChangedFile(path="z/deep/package.json", status=FileStatus.ADDED)
    found = detect(head, files=(changed,), trees=(tree, None))
    assert tree.asked[0] == "z/deep/package.json"
    assert len(tree.asked) == MAX_FILES_SINGLY
    assert of(found, "stripe").change is PlatformChange.ADDED
    assert found.notes == (f"{MAX_FILES_SINGLY} of 51 manifests and configuration files were read",)
    assert [one.name for one in found.languages] == ["C"]


def test_what_the_head_was_not_read_for_is_not_removed_by_the_base():
    """The head's file is too large to read; the base's is not, and says something."""
    large = package("vue") + " " * MAX_READ
    found = detect({"package.json": large}, {"package.json": package("vue")})
    assert ids(found, change=PlatformChange.REMOVED) == set()
    assert "vue" not in ids(found)
    assert found.notes == ("0 of 1 manifests and configuration files were read",)


def test_a_path_that_nobody_would_write_is_not_looked_at():
    deep = "a/" * (MAX_PATH // 2)
    assert detect({f"{deep}package.json": package("vue")}).platforms == ()


def test_a_detector_that_cannot_look_says_so_and_stops_no_merge():
    class Unreachable(Files):
        async def list(self):
            raise GitHubError("GitHub answered 502")

    found = detect({}, trees=(Unreachable({}), None))
    assert found == Platforms(notes=("platforms could not be detected: GitHub answered 502",))


def test_a_link_to_a_manifest_is_no_broken_manifest():
    found = detect({"package.json": package("vue"), "copy/package.json": "../package.json"})
    assert found.notes == ()


def test_a_package_manager_is_the_one_whose_lock_is_there_and_else_the_usual_one():
    web = {"web/package.json": package("vue")}
    assert ids(detect(web), kind=PlatformKind.PACKAGE_MANAGER) == {"npm"}
    locked = {**web, "pnpm-lock.yaml": ""}
    assert ids(detect(locked), kind=PlatformKind.PACKAGE_MANAGER) == {"pnpm"}
    beside = {**web, "other/yarn.lock": ""}
    assert ids(detect(beside), kind=PlatformKind.PACKAGE_MANAGER) == {"npm", "yarn"}


def test_what_a_lock_of_requirements_drags_along_is_not_used_by_the_product():
    files = {"requirements.in": "locust\n", "requirements.txt": "flask\nlocust\n"}
    assert "flask" not in ids(detect(files))
    assert "flask" in ids(detect({"requirements.txt": "flask\nlocust\n"}))
    changed = detect(files, {**files, "requirements.txt": "flask\n"})
    assert ids(changed, change=PlatformChange.REMOVED) == set()


def test_names_of_a_version_catalog_are_those_of_the_component_that_uses_them():
    found = detect(
        {
            "gradle/libs.versions.toml": (
                '[libraries]\nktor-core = { module = "io.ktor:ktor-server-core", version = "3" }\n'
                '[plugins]\nspotless = "com.diffplug.spotless:8.0.0"\n'
                '[bundles]\nserver = ["ktor-core"]\n'
            ),
            "api/build.gradle.kts": "dependencies { implementation(libs.bundles.server) }\n",
            "build.gradle.kts": "plugins { alias(libs.plugins.spotless) }\n",
        }
    )
    assert {one.component for one in found.platforms if one.id == "ktor"} == {"", "api"}
    assert "spotless" in ids(found)


def test_it_answers_to_every_trigger_that_gates_answer_to():
    wanted = {Trigger.CHANGED, Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}
    assert wanted <= PlatformDetector.triggers


def test_a_pattern_that_means_nothing_is_refused():
    with pytest.raises(ValueError, match="unclosed"):
        PlatformDetector.model_validate({"ignore": ["a[b"]})


def test_importing_the_action_reads_none_of_its_data():
    code = (
        "from codeflow_action.actions.platform_detector import linguist, rules\n"
        "assert rules.load_rules.cache_info().currsize == 0\n"
        "assert linguist.load_linguist.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
