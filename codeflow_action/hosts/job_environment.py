"""What the runner says about the job: `GITHUB_*` and `RUNNER_*` variables to one typed value."""

from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.secret_values import find_secret_values, looks_secret

_REQUIRED_VARIABLES = (
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_REPOSITORY",
    "GITHUB_WORKSPACE",
)
# What is left in our own environment: what the clients of models, GitHub and telemetry read there
# (httpx, "Environment Variables"; requests, "Proxies"), and the terminal. What a provider needs
# beyond that it is handed (`Endpoint.variables`).
_ALLOWED_VARIABLES = frozenset(
    {
        "ALL_PROXY",
        "COLUMNS",
        "CURL_CA_BUNDLE",
        "FORCE_COLOR",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE",
        "LINES",
        "NO_COLOR",
        "NO_PROXY",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TEMP",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
    }
)
# What GitHub and its runner say of a job is public; tokens among it are found by their names.
_CONTEXT = ("GITHUB_", "RUNNER_")
# Where telemetry is sent, and with which headers: the usual place of a token.
_OTLP = regex(r"OTEL_EXPORTER_OTLP_(?:[A-Z]+_)?(HEADERS|ENDPOINT)")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where the job runs and where its results go. Paths that the runner did not give are None."""

    event_name: str
    event_path: Path
    repository: str
    workspace: Path
    sha: str
    ref: str
    actor: str
    api_url: str
    graphql_url: str
    server_url: str
    run_url: str

    @property
    def checkout_roots(self) -> tuple[str, ...]:
        """Where the workspace lies for other steps and jobs: tools report such paths.

        GitHub's runners on Linux, macOS and Windows, and jobs and actions in containers
        (actions/runner: ContainerOperationProvider.cs; runner images).
        """
        name = self.repository.rpartition("/")[2]
        works = ("/home/runner/work", "/Users/runner/work", "/__w", "D:/a")
        homes = (f"{work}/{name}/{name}" for work in works)
        return (str(self.workspace), "/github/workspace", *homes)


def read_surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Return the job's surroundings. Raises `ConfigError` outside a workflow."""
    absent_names = [name for name in _REQUIRED_VARIABLES if not environment.get(name)]
    if absent_names:
        raise ConfigError(
            f"{', '.join(absent_names)} {'is' if len(absent_names) == 1 else 'are'} not set",
            hint="this is the entry for GitHub's runner; on a laptop run `codeflow review`",
        )
    api_url, graphql_url = api_addresses(environment)
    server_url = environment.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    repository = environment["GITHUB_REPOSITORY"]
    run_id = environment.get("GITHUB_RUN_ID", "")
    return Surroundings(
        event_name=environment["GITHUB_EVENT_NAME"],
        event_path=Path(environment["GITHUB_EVENT_PATH"]),
        repository=repository,
        workspace=Path(environment["GITHUB_WORKSPACE"]),
        sha=environment.get("GITHUB_SHA", ""),
        ref=environment.get("GITHUB_REF", ""),
        actor=environment.get("GITHUB_ACTOR", ""),
        api_url=api_url,
        graphql_url=graphql_url,
        server_url=server_url,
        run_url=f"{server_url}/{repository}/actions/runs/{run_id}" if run_id else "",
    )


def api_addresses(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return where the REST and the GraphQL API are."""
    api_url = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    return api_url, environment.get("GITHUB_GRAPHQL_URL", f"{api_url.removesuffix('/v3')}/graphql")


def find_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return every value that must appear nowhere: tokens, keys, passwords in addresses."""
    public = {
        value.strip()
        for name, value in environment.items()
        if name.startswith(_CONTEXT) and not looks_secret(name)
    }
    by_name = find_secret_values(environment, public)
    of_telemetry = _telemetry_secrets(environment)
    return tuple(dict.fromkeys(value for value in (*by_name, *of_telemetry) if value))


def scrub(environment: MutableMapping[str, str]) -> None:
    """Leave in this process's environment what the libraries in it need, and nothing else.

    A secret has any name; and what a child gets is said for each child (`children.py`).
    """
    for name in list(environment):
        if name.upper() not in _ALLOWED_VARIABLES:
            del environment[name]


def _telemetry_secrets(environment: Mapping[str, str]) -> Iterator[str]:
    """Return every header's value, as it is written and as it is sent, and what an address hides.

    Which header holds a token cannot be told by its name: `x-honeycomb-team` does.
    """
    for name, value in environment.items():
        match = _OTLP.fullmatch(name)
        if match and match[1] == "HEADERS":
            for pair in value.split(","):
                raw_value = pair.partition("=")[2].strip()
                value_sent = unquote(raw_value)
                yield from (raw_value, value_sent, value_sent.partition(" ")[2].strip())
        elif match and "://" in value:
            query = value.partition("?")[2]
            yield from (secret for _, secret in parse_qsl(query))
            yield value.rpartition("@")[0].rpartition(":")[2].strip("/") if "@" in value else ""
