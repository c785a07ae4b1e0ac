"""Which paths are sensitive by their name: a table, with look-alikes that are none."""

import pytest

from codeflow_action.engine.sensitive_paths import SensitiveArea, sensitive_areas
from codeflow_action.review.change_risk import areas_of

AREAS = (
    ("workflow", ".github/workflows/ci.yml"),
    ("workflow", ".github/CODEOWNERS"),
    ("workflow", ".github/dependabot.yml"),
    ("workflow", ".gitlab-ci.yml"),
    ("workflow", "Jenkinsfile"),
    ("secrets", ".env.production"),
    ("secrets", "deploy/id_rsa.pub"),
    ("secrets", "certs/server.pem"),
    ("secrets", "config/credentials.yml"),
    ("migration", "shop/migrations/0002_cart.py"),
    ("migration", "db/migrate/20240101_add_cart.rb"),
    ("migration", "sql/V2__cart.sql"),
    ("migration", "prisma/schema.prisma"),
    ("container", "docker/Dockerfile.dev"),
    ("container", "compose.yaml"),
    ("infrastructure", "infra/main.tf"),
    ("infrastructure", "k8s/shop/deployment.yaml"),
    ("authentication", "src/authorize.ts"),
    ("authentication", "app/controllers/LoginController.rb"),
    ("authentication", "internal/rbac/rules.go"),
    ("cryptography", "pkg/tls/config.go"),
    ("payment", "billing/invoice.py"),
    # What other tables know.
    ("dependencies", "package.json"),
    ("dependencies", "web/yarn.lock"),
    ("dependencies", "Project.toml"),
    ("dependencies", "setup.py"),
    ("dependencies", "shop.gemspec"),
    ("dependencies", "requirements/dev.txt"),
    ("agents' configuration", "CLAUDE.md"),
    ("agents' configuration", ".cursor/rules/style.mdc"),
    ("runs by itself", ".claude/settings.json"),
    ("runs by itself", ".husky/pre-commit"),
)
NONE = (
    "src/cart.py",
    "src/author.py",  # no right
    "src/authors/list.ts",
    "docs/passage.md",
    "src/compass.go",
    "docs/migrations/how-to.md",  # a page about them
    "docs/auth.md",
    "tests/auth/test_login.py",
    "examples/payment/main.go",
    "src/stylesheet.css",
    "src/aesthetics.py",
)


@pytest.mark.parametrize(("area", "path"), AREAS)
def test_a_sensitive_path_is_known_by_its_name(area, path):
    assert SensitiveArea(area) in areas_of(path)


@pytest.mark.parametrize("path", NONE)
def test_other_paths_are_not_sensitive(path):
    assert areas_of(path) == ()


@pytest.mark.parametrize("area", SensitiveArea)
def test_each_area_has_a_reason_that_continues_a_sentence(area):
    assert area.reason[0].islower()
    assert not area.reason.endswith(".")


def test_a_path_of_a_megabyte_is_looked_at_in_no_time():
    assert sensitive_areas("a" * 1_000_000 + "/login.py") == (SensitiveArea.AUTHENTICATION,)
