"""Owners of GitHub Actions whose names are worth imitating, and names that imitate them.

The list is of the owners that workflows of public repositories name most, with those of GitHub's
starter workflows (https://github.com/actions/starter-workflows).
"""

import unicodedata
from collections.abc import Iterator

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas
from codeflow_action.actions.quality_gates.dependencies.look_alikes import neighbours
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem
from codeflow_action.manifests.sources.address import address_of
from codeflow_action.security.untrusted import one_line

_SHORTEST = 6  # characters; of shorter names only those are told that look the same
OWNERS = frozenset(
    [
        "actions",
        "github",
        "docker",
        "aws-actions",
        "azure",
        "google-github-actions",
        "hashicorp",
        "codecov",
        "softprops",
        "peaceiris",
        "peter-evans",
        "tj-actions",
        "dorny",
        "pnpm",
        "oven-sh",
        "astral-sh",
        "actions-rs",
        "actions-rust-lang",
        "dtolnay",
        "swatinem",
        "ruby",
        "rubygems",
        "gradle",
        "sonarsource",
        "snyk",
        "aquasecurity",
        "pypa",
        "goreleaser",
        "golangci",
        "golang",
        "denoland",
        "subosito",
        "shivammathur",
        "cypress-io",
        "changesets",
        "cycjimmy",
        "reviewdog",
        "super-linter",
        "step-security",
        "sigstore",
        "anchore",
        "slackapi",
        "dependabot",
        "renovatebot",
        "jamesives",
        "cloudflare",
        "vercel",
        "netlify",
        "digitalocean",
        "pulumi",
        "opentofu",
        "terraform-linters",
        "helm",
        "fluxcd",
        "argoproj",
        "redhat-actions",
        "crazy-max",
        "gittools",
        "nuget",
        "microsoft",
        "dotnet",
        "coverallsapp",
        "taiki-e",
        "mozilla-actions",
        "release-drafter",
        "endbug",
        "stefanzweifel",
        "ad-m",
        "mikepenz",
        "nick-fields",
        "ncipollo",
        "marocchino",
        "wagoid",
        "amannn",
        "tibdex",
        "anthropics",
        "openai",
        "google",
        "foundry-rs",
        "vapor",
        "angular",
        "jupyterlab",
        "cachix",
        "nixbuild",
        "determinatesystems",
        "julia-actions",
        "r-lib",
        "erlef",
        "ossf",
        "zizmorcore",
        "crate-ci",
        "pre-commit",
        "trufflesecurity",
        "gitleaks",
        "bridgecrewio",
        "checkmarx",
        "codspeedhq",
        "appleboy",
        "burnett01",
        "easimon",
        "jlumbroso",
        "svenstaro",
        "trunk-io",
        "treosh",
        "andresz1",
        "amondnet",
        "expo",
        "firebaseextended",
        "flutter-actions",
        "graalvm",
        "android-actions",
        "reactivecircus",
        "maxim-lobanov",
        "apple-actions",
        "codemagic-ci-cd",
        "fastlane",
        "sbt",
        "coursier",
        "scalacenter",
        "haskell-actions",
        "ocaml",
        "elixir-lang",
        "supabase",
        "supercharge",
        "getsentry",
        "grafana",
        "elastic",
        "datadog",
        "newrelic",
        "lacework",
        "jfrog",
        "octopusdeploy",
        "salsify",
        "awalsh128",
        "mamba-org",
        "conda-incubator",
        "pdm-project",
        "abatilo",
        "snok",
        "py-cov-action",
        "pyo3",
        "messense",
        "bencherdev",
        "benchmark-action",
        "rhysd",
        "raven-actions",
        "lycheeverse",
        "davidanson",
        "gaurav-nelson",
        "webfactory",
        "shimataro",
        "webiny",
        "atlassian",
        "circleci",
        "buildkite",
        "depot",
        "useblacksmith",
        "namespacelabs",
    ]
)
# Letters that many fonts draw alike: https://www.unicode.org/reports/tr39/#Confusable_Detection
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "|": "l", "_": "-"})
# Cyrillic and Greek letters that look like Latin ones, from the same data.
_LATIN = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u04bb\u0501\u051b\u03bf\u03b1\u03bd\u03b9",
    "aceopxyisjhdqoavi",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def owner_look_alikes(deltas: Deltas) -> Iterator[Finding]:
    """Yield new actions of owners whose names are one slip from a well-known owner's."""
    before = {
        address_of(source.target).owner
        for delta in deltas.sources
        for source in delta.before
        if source.ecosystem == Ecosystem.ACTIONS
    }
    for delta in deltas.sources:
        # Where another owner has given way to this one, that is the news: `redirects`.
        names = {source.name for source in delta.before if source.ecosystem == Ecosystem.ACTIONS}
        for source in delta.after:
            owner = address_of(source.target).owner
            if source.ecosystem != Ecosystem.ACTIONS or owner in before or source.name in names:
                continue
            if not (target := imitated_owner(owner)):
                continue
            before.add(owner)
            name, real = one_line(f"{owner}/{source.name}", 80), one_line(target, 40)
            yield delta.finding(
                "look_alike",
                Severity.WARNING,
                delta.line_of(source),
                code=f"{owner}/{source.name}",
                title=f"The owner of {name} looks like {real}",
                message=(
                    f"{one_line(owner, 40)} is not {real}, whose actions many projects use. Code "
                    "of an action runs with the job's token and secrets."
                ),
                advice="Check the owner's name; if it is right, list the action under `allow`.",
            )


def imitated_owner(owner: str) -> str:
    """Return the well-known owner that a name is one slip away from; empty for most."""
    if owner in OWNERS or not owner:
        return ""
    shape = _shape(owner)
    alike = (target for target in OWNERS if _shape(target) == shape)
    near = OWNERS & neighbours(owner) if len(owner) >= _SHORTEST else frozenset()
    return next(alike, min(near, default=""))


def _shape(name: str) -> str:
    """Return a name with one letter for all that look like it."""
    # An accent, and what Unicode has as another form of a letter, changes little of its looks.
    text = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(sign)
    ).translate(_LATIN)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text.translate(_ALIKE).replace("-", "")
