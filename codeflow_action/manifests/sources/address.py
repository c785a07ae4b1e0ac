"""Addresses, however they are written: who owns what is fetched from there."""

import re
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.manifests.sources.registries import (
    EQUAL_HOSTS,
    MIRRORS,
    MOVED_OWNERS,
    SHARED_SUFFIXES,
)

_MAX = 2_000  # characters; a longer address is cut
# https://github.com/npm/cli/blob/latest/docs/lib/content/using-npm/package-spec.md, and the same
# of bundler, mix and Nix: https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake
_SHORT_HOSTS = {
    "github": "github.com",
    "gh": "github.com",
    "gitlab": "gitlab.com",
    "bitbucket": "bitbucket.org",
    "gist": "gist.github.com",
    "sourcehut": "git.sr.ht",
    "codeberg": "codeberg.org",
}
# Hosts below which GitHub serves what is in a repository.
_GITHUB = frozenset(
    {
        *("github.com", "www.github.com", "api.github.com", "codeload.github.com"),
        *("raw.githubusercontent.com", "raw.github.com"),
    }
)
_PREFIX = regex(r"(?:git|hg|svn|bzr|registry|sparse)\+|(?:git|hg|s3)::|scm:git:", re.IGNORECASE)
_LOCAL = regex(r"(?:\.{0,2}/|\.{1,2}$|~/|[A-Za-z]:[\\/]|(?:file|link|workspace|portal|path):)")
_URL = regex(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):/{2,3}([^/?#]*)/?([^?#]*)")
_SCP = regex(r"(?:[\w.-]+@)([\w.-]+\.\w+):(?!//)(\S+)")
_SHORT = regex(r"(github|gh|gitlab|bitbucket|gist|sourcehut|codeberg):(?!//)(\S+)", re.IGNORECASE)
_ALIAS = regex(r"(npm|jsr|maven):(@?[^@\s]+)(?:@\S*)?")
_VERSION = regex(r"[\^~<>=!*vV\d$][^/:\\]{0,200}$|(?:latest|next|x|X|canary|beta|\*)$")
_OWNER_REPO = regex(r"([A-Za-z0-9][\w.-]{0,60})/([\w.-]+)(?:[#@].*)?")
# A host as the first part of an image or of a module: it has a dot, a port, or is this machine.
_HOST = regex(r"(?:[\w-]+\.)+[\w-]+(?::\d+)?|localhost(?::\d+)?|[\w-]+:\d+")


class AddressKind(StrEnum):
    """What an address means to whoever asks for the package."""

    REGISTRY = "registry"  # the ecosystem's own, or a version in it
    PACKAGE = "package"  # another package of a registry
    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Who owns what is fetched: a host, an owner below it, and what it is called there."""

    kind: AddressKind
    host: str = ""
    owner: str = ""
    path: str = ""  # below the owner, without a revision

    @property
    def identity(self) -> str:
        """The same for two writings of one place."""
        return f"{self.kind.value}/{self.host}/{self.owner}/{self.path}"

    @property
    def words(self) -> str:
        """The place in words that a reader can look up."""
        return "/".join(part for part in (self.host, self.owner, self.path) if part)


def image_address(name: str) -> Address:
    """Return the address of an image without its tag.

    https://github.com/distribution/reference/blob/main/normalize.go
    """
    parts = [part for part in name[:_MAX].lower().strip("/").split("/") if part]
    host = parts.pop(0) if len(parts) > 1 and _HOST.fullmatch(parts[0]) else "docker.io"
    host = EQUAL_HOSTS.get(host, host)
    for mirror, (real_host, prefix) in MIRRORS.items():
        # A mirror of the official images: `public.ecr.aws/docker/library/node`.
        if "/".join((host, *parts)).startswith(f"{mirror}/"):
            parts = "/".join((host, *parts)).removeprefix(f"{mirror}/").split("/")
            host, parts = real_host, [*prefix, *parts]
            break
    if host == "docker.io" and len(parts) == 1:
        parts.insert(0, "library")
    owner = parts[0] if len(parts) > 1 else ""
    return Address(
        kind=AddressKind.REMOTE, host=host, owner=owner, path="/".join(parts[1 if owner else 0 :])
    )


def address_of(target: str) -> Address:
    """Return where a package, a repository or a registry is; never raises."""
    text = target.strip().strip("\"'")[:_MAX]
    while match := _PREFIX.match(text):
        text = text[match.end() :]
    if not text or _VERSION.match(text):
        return Address(kind=AddressKind.REGISTRY)
    if _LOCAL.match(text):
        return Address(kind=AddressKind.LOCAL, path=text)
    if alias := _ALIAS.fullmatch(text):
        return Address(kind=AddressKind.PACKAGE, path=f"{alias[1]}:{alias[2].lower()}")
    host, path = _host_and_path(text)
    return _at_host(host, path) if host else Address(kind=AddressKind.REGISTRY)


def _host_and_path(text: str) -> tuple[str, str]:
    """Return what an address of any writing names; both empty for what is none."""
    if short := _SHORT.fullmatch(text):
        return _SHORT_HOSTS[short[1].lower()], short[2]
    if url := _URL.match(text):
        host = url[2].rpartition("@")[2].lower()
        return host.removesuffix(":443").removesuffix(":22"), url[3]
    if scp := _SCP.match(text):
        return scp[1].lower(), scp[2]
    head, _, rest = text.partition("/")
    if rest and _HOST.fullmatch(head):
        return head.lower(), rest  # as Go and Terraform write it
    if repository := _OWNER_REPO.fullmatch(text):
        return "github.com", "/".join(repository.groups())
    return "", ""


def _at_host(host: str, path: str) -> Address:
    """Return the address of a path on a host, in one writing for what GitHub serves by several."""
    bare = re.split(r"[#?@]|(?<=\w)//", path.lower())[0].strip("/")
    parts = [part for part in bare.split("/") if part]
    # https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-zip
    if host == "api.github.com" and parts[:1] == ["repos"]:
        parts = parts[1:]
    if host in _GITHUB:
        host, parts = "github.com", parts[:2]
    if parts:
        parts[-1] = parts[-1].removesuffix(".git")
    owner = parts[0] if len(parts) > 1 else ""
    return Address(
        kind=AddressKind.REMOTE,
        host=EQUAL_HOSTS.get(host, host),
        owner=owner,
        path="/".join(parts[1 if owner else 0 :]),
    )


def is_shared(host: str) -> bool:
    """True for a host on which anybody can open an account, so that the owner decides."""
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in SHARED_SUFFIXES)


def have_one_owner(first: Address, second: Address) -> bool:
    """True where whoever can write to the one can write to the other, as the addresses tell.

    `first` is the earlier of the two.
    """
    if first.host == second.host:
        if (first.owner, second.owner) in MOVED_OWNERS:
            return True
        return first.owner == second.owner or not is_shared(first.host)
    # `npm.acme.example` and `docker.acme.example`, but not two tenants of one cloud.
    domains = {
        ".".join(host.partition(":")[0].split(".")[-2:]) for host in (first.host, second.host)
    }
    is_same = len(domains) == 1 and "." in domains.pop()
    return is_same and not is_shared(first.host) and not is_shared(second.host)
