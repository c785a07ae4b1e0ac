"""One answer to what kind of file a path is: a table over many languages, and everybody who asks.

Each row's comment says who decides it: a runner's own default, GitHub's linguist, or custom.
"""

import time

import pytest

from codeflow_action.engine.files import (
    FileMarks,
    family,
    is_code,
    is_data,
    is_documentation,
    is_example,
    is_fixture,
    is_foreign,
    is_generated,
    is_lock_file,
    is_minified,
    is_prose,
    is_snapshot,
    is_test,
    is_text,
    is_vendored,
    language,
)

TESTS = (
    "tests/conftest.py",  # Python: pytest's defaults
    "test_cart.py",
    "shop/cart_test.py",
    "shop/tests.py",  # Django
    "conftest.py",
    "unittests/a.py",
    "integration_tests/run.py",  # a folder whose last word is tests
    "tests-e2e/login.ts",
    "src/cart.test.ts",  # Jest, Vitest
    "src/cart.spec.tsx",  # Karma, Jasmine
    "src/__tests__/cart.js",
    "cypress/e2e/cart.cy.ts",
    "login.cy.js",
    "login.e2e.ts",
    "spec/CartSpec.js",  # Jasmine
    "cart-test.mjs",  # Ember, node:test
    "types.test-d.ts",  # tsd
    "foo_test.go",  # Go
    "internal/testdata/in.txt",  # the Go tool ignores it
    "spec/models/user_spec.rb",  # Ruby: RSpec, minitest
    "test/test_helper.rb",
    "test_user.rb",
    "lib/rails_helper.rb",
    "src/test/java/shop/Cart.java",  # Java: Maven's layout
    "shop/CartTest.java",  # Surefire
    "shop/TestCart.java",
    "shop/CartTests.java",
    "shop/CartTestCase.java",
    "shop/CartIT.java",  # Failsafe
    "shop/CartITCase.java",
    "app/src/androidTest/Login.kt",  # Android's source set
    "src/testFixtures/java/Carts.java",  # Gradle's
    "shop/CartSpec.kt",  # Kotest
    "shop/CartSpec.scala",  # ScalaTest
    "shop/CartSpec.groovy",  # Spock
    "Shop.Tests/Cart.cs",  # C#: a project's folder
    "Shop.UnitTests/Cart.cs",
    "FooTests.cs",  # xUnit, NUnit
    "ShopTests/CartTests.swift",  # Swift: XCTest
    "ShopUITests/Login.swift",
    "ShopTests.m",  # Objective-C
    "tests/Feature/CartTest.php",  # PHP: PHPUnit
    "src/CartTest.php",
    "tests/cart.rs",  # Rust: Cargo
    "src/cart/tests.rs",
    "src/cart_test.cc",  # C++: GoogleTest
    "base/cart_unittest.cc",
    "test/cart_test.exs",  # Elixir: ExUnit
    "test/test_helper.exs",
    "test/cart_test.dart",  # Dart
    "cart_spec.lua",  # Lua: busted
    "t/cart.t",  # Perl: prove
    "cart.bats",  # Bash
    "CartSpec.hs",  # Haskell: hspec
    "runtests.jl",  # Julia
    "test-cart.R",  # R: testthat
    "cart_SUITE.erl",  # Erlang: Common Test
    "cart_test.clj",  # Clojure
    "main.tftest.hcl",  # Terraform
    "features/cart.feature",  # Gherkin
    "e2e/login.py",
    "src/testing/fake_clock.py",  # what only tests use
    "docker-compose.test.yml",
    ".env.test",
)
NO_TESTS = (
    "contest.py",
    "latest/build.py",
    "src/protest.js",
    "attestation.go",
    "shop/Latest.java",
    "shop/Contest.cs",
    "src/ab-test/experiment.ts",  # an A/B test is the product's
    "api/PodSpec.go",  # what a pod is specified by
    "PodSpec.ts",
    "openapi-spec.yaml",  # a specification
    "api/openapi.spec.json",
    "shop.spec",  # an RPM's
    "src/inspector.rb",
    "src/spectrum.js",
    "src/testimonials.tsx",
    "src/ITunesClient.java",  # Failsafe takes `IT*`, and would take this
    "greatest.c",
    "tests.json",
    "README.md",
    "src/split.java",
    "pkg/fastest.rs",
    "lib/tester.ex",
    "fixtures/users.json",  # Django's are the product's first data
)


@pytest.mark.parametrize("path", TESTS)
def test_is_a_test(path):
    assert is_test(path)


@pytest.mark.parametrize("path", NO_TESTS)
def test_is_no_test(path):
    assert not is_test(path)


KINDS = (
    (is_vendored, "vendor/github.com/x/y.go", True),  # linguist
    (is_vendored, "web/node_modules/a/index.js", True),
    (is_vendored, "third_party/zlib/zlib.c", True),
    (is_vendored, "3rdparty/a.c", True),
    (is_vendored, "ThirdParty/a.cs", True),
    (is_vendored, "vendors/a.php", True),
    (is_vendored, "pip/_vendor/a.py", True),  # pip, setuptools
    (is_vendored, "ios/Pods/A/a.m", True),
    (is_vendored, "Carthage/Checkouts/A/a.swift", True),
    (is_vendored, ".yarn/releases/yarn.cjs", True),
    (is_vendored, "vendors.go", False),
    (is_vendored, "src/vendor.ts", False),
    (is_vendored, ".github/workflows/a.yml", False),  # linguist does not count it; it is ours
    (is_vendored, "dist/index.js", False),  # what an Action runs is read
    (is_vendored, "src/external/client.ts", False),  # a client of what is external
    (is_vendored, "Jenkinsfile", False),
    (is_generated, "api/user.pb.go", True),
    (is_generated, "api/user_pb2.py", True),
    (is_generated, "api/user_pb2_grpc.pyi", True),
    (is_generated, "api/user_pb.d.ts", True),
    (is_generated, "lib/user.g.dart", True),
    (is_generated, "lib/user.freezed.dart", True),
    (is_generated, "Form1.Designer.cs", True),  # linguist
    (is_generated, "Login.feature.cs", True),  # linguist
    (is_generated, "zz_generated.deepcopy.go", True),  # Kubernetes
    (is_generated, "schema.generated.ts", True),
    (is_generated, "src/__generated__/a.ts", True),  # linguist: Relay
    (is_generated, "app.js.map", True),  # linguist
    (is_generated, ".idea/modules.xml", True),  # linguist
    (is_generated, "dist/x.min.js", True),
    (is_generated, "generated.py", False),
    (is_generated, "src/generator.go", False),
    (is_generated, "src/map.js", False),
    (is_minified, "x-min.css", True),
    (is_minified, "app.min.mjs", True),
    (is_minified, "admin.js", False),
    (is_lock_file, "package-lock.json", True),
    (is_lock_file, "web/pnpm-lock.yaml", True),
    (is_lock_file, "uv.lock", True),
    (is_lock_file, "go.sum", True),
    (is_lock_file, "Gemfile.lock", True),
    (is_lock_file, "Package.resolved", True),
    (is_lock_file, "go.mod", False),
    (is_lock_file, "src/lock.rs", False),
    (is_lock_file, "locks/door.lock", False),
    (is_snapshot, "ui/__snapshots__/a.test.js.snap", True),  # Jest
    (is_snapshot, "test_a.ambr", True),  # syrupy
    (is_snapshot, "testdata/a.golden", True),
    (is_snapshot, "snapshots/take.py", False),
    (is_prose, "README.md", True),
    (is_prose, "CHANGELOG", True),
    (is_prose, "LICENSE-MIT", True),
    (is_prose, "guide.rst", True),
    (is_prose, "notes.txt", True),
    (is_prose, "CMakeLists.txt", False),  # linguist: CMake
    (is_prose, "requirements-dev.txt", False),  # linguist: Pip Requirements
    (is_prose, "requirements/base.txt", False),
    (is_prose, "docs/conf.py", False),
    (is_prose, "license.go", False),
    (is_prose, "install.sh", False),
    (is_prose, "changelog.py", False),
    (is_documentation, "docs/conf.py", True),  # linguist
    (is_documentation, "packages/a/docs/a.html", True),  # linguist: at the root alone
    (is_documentation, "doc/a.c", True),
    (is_documentation, "src/docstring.py", False),
    (is_example, "examples/a.py", True),
    (is_example, ".env.example", True),
    (is_example, "config.sample.yml", True),
    (is_example, "phpunit.xml.dist", True),
    (is_example, "src/sampler.py", False),
    (is_fixture, "spec/fixtures/a.yml", True),
    (is_fixture, "src/__mocks__/fs.js", True),
    (is_fixture, "fixture.py", False),
    (is_code, "a.py", True),
    (is_code, "main.tf", True),  # linguist: programming
    (is_code, "a.css", False),  # linguist: markup
    (is_code, "a.md", False),
    (is_data, "a.yaml", True),
    (is_data, "a.csv", True),
    (is_data, "a.proto", False),
    (is_text, "Dockerfile", True),
    (is_text, ".env.local", True),
    (is_text, "a.sql", True),
    (is_text, "a.png", False),
    (is_text, "a.bin", False),
)


@pytest.mark.parametrize(("asked", "path", "answer"), KINDS)
def test_what_kind_it_is(asked, path, answer):
    assert asked(path) is answer


def test_the_table_is_large_enough():
    paths = {*TESTS, *NO_TESTS, *(path for _, path, _ in KINDS)}
    languages = {language(path) for path in paths} - {""}
    assert len(paths) >= 126
    assert len(languages) >= 15


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("A.PY", "python"),
        ("a.h", "cpp"),  # which reads nearly all of C
        ("a.jsx", "javascript"),
        ("a.tsx", "tsx"),
        ("Gemfile", "ruby"),
        (".bashrc", "bash"),
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("web.dockerfile", "dockerfile"),
        ("a.json", "json"),
        ("tsconfig.base.json", "jsonc"),
        (".vscode/settings.json", "jsonc"),
        (".devcontainer/devcontainer.json", "jsonc"),
        (".babelrc", "jsonc"),
        (".eslintrc.json", "jsonc"),
        ("a.jsonc", "jsonc"),
        (".storybook/package.json", "json"),  # npm takes no comments
        ("package.json", "json"),
        (".py", ""),
        ("py", ""),
        ("a.unheard-of", ""),
    ],
)
def test_the_language(path, expected):
    assert language(path) == expected


def test_files_that_import_each_other_are_a_family():
    assert family("a.vue") == family("b.ts") == family("c.jsx")
    assert family("a.h") == family("b.c")
    assert family("a.kt") == family("b.java")
    assert family("a.PROTO") == family("b.proto") == ".proto"
    assert family("Makefile.am") != family("README")


def test_the_repositorys_own_marks_come_first():
    assert is_generated("a.py", FileMarks(generated=True))
    assert not is_generated("a.pb.go", FileMarks(generated=False))
    assert is_vendored("a.py", FileMarks(vendored=True))
    assert not is_foreign("vendor/a.py", FileMarks(vendored=False))
    assert is_documentation("a.py", FileMarks(documentation=True))
    assert not is_documentation("docs/a.md", FileMarks(documentation=False))


@pytest.mark.parametrize(
    "part",
    ["a", "/", "./", "test_", "_test", ".test.", "testdata/", ".a", "-requirements", "README"],
)
def test_a_name_that_a_stranger_made_takes_no_time(part):
    path = (part * 4_000)[:4_000]
    started = time.thread_time()
    for asked in {asked for asked, _, _ in KINDS} | {is_test, is_foreign, language, family}:
        asked(path)
    assert time.thread_time() - started < 0.5
