"""Which paths of a repository are sensitive, and why: a mistake there costs more than elsewhere.

Names that a program looks for are exact. Words such as `login` only tell what a file is about, so
they count in what runs, not in tests, examples and prose. What is known from other tables (files of
packages, what runs by itself, instructions for agents) is added in `review.change_risk`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from codeflow_action.engine.files import is_documentation, is_example, is_prose, is_test
from codeflow_action.engine.lazy import dataclass, regex


class SensitiveArea(StrEnum):
    """What a sensitive file is part of, in the words that readers see."""

    WORKFLOW = "workflow"
    AGENT = "agents' configuration"
    SECRET = "secrets"  # noqa: S105 - an area
    DEPENDENCY = "dependencies"
    MIGRATION = "migration"
    LAUNCH = "runs by itself"
    AUTHENTICATION = "authentication"
    CRYPTOGRAPHY = "cryptography"
    PAYMENT = "payment"
    INFRASTRUCTURE = "infrastructure"
    CONTAINER = "container"

    @property
    def reason(self) -> str:
        """Why a change there deserves a person's eyes; continues a sentence after "it"."""
        return _REASONS[self]


_REASONS: Mapping[SensitiveArea, str] = {
    SensitiveArea.WORKFLOW: "says what runs with the repository's token and secrets",
    SensitiveArea.AGENT: "instructs agents, which act with their users' rights",
    SensitiveArea.SECRET: "holds secrets, or says who may read them",
    SensitiveArea.DEPENDENCY: "decides whose code is installed",
    SensitiveArea.MIGRATION: "changes stored data, which no revert brings back",
    SensitiveArea.LAUNCH: "makes something run without being asked for",
    SensitiveArea.AUTHENTICATION: "decides who may do what, by its name",
    SensitiveArea.CRYPTOGRAPHY: "protects data by means that fail silently, by its name",
    SensitiveArea.PAYMENT: "moves money, by its name",
    SensitiveArea.INFRASTRUCTURE: "describes the machines and the network that all of it runs on",
    SensitiveArea.CONTAINER: "decides what is in the image that runs",
}


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Paths that a program looks for, or that a tool's documentation names."""

    area: SensitiveArea
    pattern: re.Pattern[str]


def _row(area: SensitiveArea, *patterns: str) -> _Row:
    joined = "|".join(patterns)
    # DOTALL: a line feed may stand in a file's name, and must not hide the file.
    pattern = re.compile(rf"(?:.*/)?(?:{joined})", re.DOTALL | re.IGNORECASE)
    return _Row(area=area, pattern=pattern)


_EXACT: tuple[_Row, ...] = (
    _row(
        SensitiveArea.WORKFLOW,
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
        r"\.github/(?:workflows|actions)/.+|action\.ya?ml",
        # Who has to agree, which updates come, what a repository's settings are.
        r"CODEOWNERS|\.github/(?:dependabot|renovate|settings|mergify|auto[_-]?merge)[^/]*",
        r"\.mergify\.ya?ml|renovate\.json5?|\.renovaterc(?:\.json5?)?|codeflow\.ya?ml",
        r"\.gitlab-ci\.ya?ml|\.gitlab/.+\.ya?ml|\.circleci/.+|\.travis\.ya?ml|\.buildkite/.+",
        r"azure-pipelines[^/]*\.ya?ml|\.azure-pipelines/.+|Jenkinsfile[^/]*|\.?appveyor\.ya?ml",
        r"\.drone\.(?:ya?ml|jsonnet|star)|bitbucket-pipelines\.ya?ml|\.woodpecker(?:/.+|\.ya?ml)",
        r"cloudbuild\.ya?ml|\.cirrus\.(?:ya?ml|star)|\.semaphore/.+|\.tekton/.+|\.teamcity/.+",
        r"\.goreleaser\.ya?ml|release-please-config\.json|\.releaserc[^/]*",
    ),
    _row(
        SensitiveArea.SECRET,
        r"\.env(?:\.[^/]*)?|[^/]+\.env|\.envrc|\.netrc|_netrc|\.pgpass|\.htpasswd|\.my\.cnf",
        r"[^/]+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc|age|crt|cer|der)",
        r"id_(?:rsa|dsa|ecdsa|ed25519)(?:\.pub)?|authorized_keys|known_hosts",
        r"\.aws/.+|\.kube/config|kubeconfig[^/]*|service[_-]?account[^/]*\.json",
        r"(?:.+/)?secrets?/.+|[^/]*(?:secrets?|credentials?)\.(?:ya?ml|json|toml|ini|properties|enc)",
        r"\.sops\.ya?ml|\.gitleaks\.toml|\.trufflehog[^/]*|\.secrets\.baseline|\.git-crypt/.+",
    ),
    _row(  # those that say it in code; `manifests` reads the others
        SensitiveArea.DEPENDENCY,
        r"setup\.(?:py|cfg)|[^/]+\.(?:gemspec|podspec|nuspec)|packages\.config|\.gitmodules",
        r"environment\.ya?ml|build\.sbt|project/.+\.(?:sbt|scala)|build\.zig\.zon|vcpkg\.json",
        r"DESCRIPTION|[^/]*\.cabal|WORKSPACE(?:\.bazel)?|conanfile\.[^/]+|deps\.edn|project\.clj",
        r"\.tool-versions|\.(?:python|node|ruby|nvm|java|go)-version|\.nvmrc|rust-toolchain[^/]*",
    ),
    _row(
        SensitiveArea.MIGRATION,
        r"migrations?/.+|migrate/.+|alembic/.+|alembic\.ini|flyway/.+|liquibase/.+",
        r"db/(?:schema\.rb|structure\.sql|changelog[^/]*)|schema\.prisma",
        # Flyway's and golang-migrate's names:
        # https://documentation.red-gate.com/flyway/flyway-concepts/migrations
        r"[VUR]\d*(?:[._]\d+)*__[^/]+\.(?:sql|java|py)|[^/]+\.(?:up|down)\.sql",
    ),
    _row(
        SensitiveArea.CONTAINER,
        r"(?:Dockerfile|Containerfile)(?:[._-][^/]*)?|[^/]+\.(?:dockerfile|containerfile)",
        r"(?:docker-)?compose[^/]*\.ya?ml|docker-bake\.(?:hcl|json)|\.dockerignore",
        r"\.devcontainer(?:/.+|\.json)|devcontainer\.json",
    ),
    _row(
        SensitiveArea.INFRASTRUCTURE,
        r"[^/]+\.(?:tf|tfvars|tofu|hcl|nomad|bicep|rego)|Pulumi[^/]*\.ya?ml|terragrunt\.hcl",
        r"(?:k8s|kubernetes|kustomize|helm|charts?|argocd|istio)/.+\.(?:ya?ml|tpl|json)",
        r"kustomization\.ya?ml|Chart\.ya?ml|skaffold\.ya?ml|helmfile[^/]*\.ya?ml",
        r"cloudformation/.+|serverless\.ya?ml|samconfig\.toml|cdk\.json|ansible\.cfg|playbooks?/.+",
        r"(?:fly|netlify|wrangler)\.toml|vercel\.json|app\.ya?ml|Procfile|render\.ya?ml",
        r"nginx[^/]*\.conf|Caddyfile|[^/]+\.(?:service|socket|timer)|firestore\.rules",
    ),
)
# Beginnings of words: `authorize`, `logins`. They tell what a file is about, and no more.
# `author` is no right, `passage` no password, and a `subscription` as often one to events.
_WORDS: Mapping[SensitiveArea, re.Pattern[str]] = {
    SensitiveArea.AUTHENTICATION: regex(
        r"auth(?!or(?:s|ed|ship)?$)|oauth|oidc|openid|login|logout|signin|signup|sso|saml|ldap"
        r"|kerberos|session|permission|privilege|rbac|acls?$|iam$|csrf|cors$|password|passwd"
        r"|credential|jwt|webauthn|passkey|totp|mfa$|2fa$|impersonat|sudo|sandbox"
    ),
    SensitiveArea.CRYPTOGRAPHY: regex(
        r"crypt|cipher|encrypt|decrypt|tls$|ssl$|x509|certificat|cert$|certs$|hmac|signature|pkcs"
        r"|keystore|keyring|rsa$|ecdsa|ed25519|aes$|bcrypt|argon2|nonce"
    ),
    SensitiveArea.PAYMENT: regex(
        r"payment|payout|billing|invoice|checkout$|charge(?:s|back)?$|refund|stripe$|paypal"
        r"|ledger$|wallet|tax(?:es)?$|pricing"
    ),
}
_WORD = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_MAX_PATH = 1_000  # characters: git takes longer ones, and nobody keeps such a file


@lru_cache(maxsize=16_384)  # a change is looked at more than once
def sensitive_areas(path: str) -> tuple[SensitiveArea, ...]:
    """Return the areas that the path belongs to by its name, in the order of `SensitiveArea`."""
    areas = {row.area for row in _EXACT if row.pattern.fullmatch(path)}
    if is_prose(path):
        # A page about migrations is none, but instructions and keys are texts, too.
        areas &= {SensitiveArea.WORKFLOW, SensitiveArea.SECRET}
    if not (is_test(path) or is_example(path) or is_documentation(path)):
        words = [word.lower() for word in _WORD.findall(path[-_MAX_PATH:])]
        areas |= {area for area, word in _WORDS.items() if any(map(word.match, words))}
    return tuple(area for area in SensitiveArea if area in areas)
