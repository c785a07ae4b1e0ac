"""Addresses that our own text may name: of this server, and none that a stranger has made."""

import re
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import quote

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass, regex

_PLAIN_URL = regex(r"[\w:/.#?=&%~+-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where things can be read. `rule_pages` are the pages of rules, by the rules' first part."""

    server_url: str
    repository: str
    run_url: str = ""
    rule_pages: Mapping[str, str] = field(default_factory=dict)

    def own_address(self, url: str | None) -> str:
        """Return the address if it is one of this server's that Markdown takes whole, else ''."""
        server = self.server_url.rstrip("/")
        is_ours = bool(server and url and url.startswith(f"{server}/"))
        return url if url and is_ours and _PLAIN_URL.fullmatch(url) else ""

    def lines(self, sha: str, finding: Finding) -> str:
        """Return the address of the finding's lines at `sha`."""
        return self.blob(sha, finding.path, finding.line, finding.last_line)

    def blob(
        self, sha: str, path: str | None, line: int | None, last_line: int | None = None
    ) -> str:
        """Return the address of a file's lines at `sha`, which never means others."""
        if not (path and self.server_url and sha):
            return ""
        quoted_path = quote(path, errors="replace")
        base = f"{self.server_url.rstrip('/')}/{self.repository}/blob/{sha}/{quoted_path}"
        if line is None:
            return base
        last = last_line or line
        return f"{base}#L{line}" + (f"-L{last}" if last > line else "")

    def rule_page(self, rule: str) -> str:
        """Return the address of the page that explains a rule, empty where there is none."""
        return self.own_address(self.rule_pages.get(rule.partition("/")[0]))
