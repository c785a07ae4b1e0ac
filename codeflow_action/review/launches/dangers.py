"""What attacks do in a command or a script: fetch and run, decode and run, reach for keys, send.

Patterns of RE2, so that time stays in proportion to the text, which strangers choose. They are
about commands that no project needs in what runs by itself; each was tried on the files and
commits of 70 public repositories (`benchmarks/noise.md`).
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.linear import compile_linear

MAX_TEXT = 400_000  # characters of a file that are judged
_MAX_LINE = 1_000  # characters; longer lines of code are plain statement by statement
_ANY_PATTERN_MEMORY = 64 << 20  # bytes: all patterns are one expression first
_MOST_TARGETS = 20  # files that a text downloads
_MIN_NAME = 1  # characters of such a file's name


class Danger(StrEnum):
    """Why a command is an attack's, in words that follow "It"."""

    FETCH = "downloads a program and runs it"
    DECODE = "decodes a hidden program and runs it"
    REACH = "reads keys or changes settings outside the repository"
    SEND = "sends what it finds on the machine to somebody"
    SHELL = "opens a shell for somebody else"
    OUTSIDE = "runs a file from a folder for temporary files"
    OBFUSCATED = "is written so that nobody can read it"


@dataclass(frozen=True, kw_only=True)
class DangerousText:
    """A danger, and the text that shows it; `line` counts from 1 in the judged text."""

    danger: Danger
    text: str
    line: int
    # The download is a tool's own installer, by the address that its makers name.
    is_installer: bool = False


_GET = (
    r"(?:curl|wget|aria2c|axel|iwr|irm|invoke-webrequest|invoke-restmethod|lynx\s+-(?:source|dump)"
    r"|fetch\s+-[qo]\S*|http\s+get|xh|gh\s+api|nc|ncat|ftp|curl\.exe|wget\.exe)(?:\s|\.exe\s)"
)
_BEFORE = r"(?:sudo(?:\s+-\S+)*\s+|env\s+|command\s+|exec\s+|nohup\s+|\w+=\S*\s+|(?:/[\w.]+)*/)*"
_SHELL = r"(?:(?:ba|z|da|k|a|fi|c|tc)?sh|pwsh|powershell|cmd|iex|invoke-expression)"
_LANGUAGE = (
    r"(?:python[\d.]*|py|node|nodejs|deno\s+run|bun(?:\s+run)?|perl|ruby|php|lua|osascript|tclsh)"
)
_END = r"(?:$|[\n\"'`)\];&|<>\\#,}])"
# A program that reads what it runs from the pipe: without a file or an expression of its own.
_PIPE = (
    rf"\|\s*&?\s*{_BEFORE}(?:{_SHELL}(?:\.exe)?(?:\s+(?:-|-s(?:\s+[^\n|;&]*)?|-[a-z]*[exuli]+"
    rf"|/dev/stdin"
    rf"|-noprofile|-command\s+-|--\s*[^\n|;&]*))*|{_LANGUAGE}(?:\s+(?:-|/dev/stdin))*"
    rf"|source\s+/dev/stdin"
    rf"|\.\s+/dev/stdin|xargs[^\n|]*\s{_SHELL}(?:\s+-c)?)\s*{_END}"
)
_RUNS_ITS_TEXT = (
    rf"(?:(?:^|[\s;&|(\"'`/])(?:{_SHELL}|eval|source|exec|{_LANGUAGE})\s+(?:-\w+\s+)*[\"'\\]*\s*"
    r"|(?:^|[\s;&|\"'])\.\s+)(?:<\s*<\(|<\(|\$\(|`|<<<\s*[\"']?\$\()\s*"
)
_DECODE = (
    r"(?:base64\s+(?:-\w*[dD]\w*|--decode)|base32\s+-d|openssl\s+(?:base64|enc|aes\S*)\s[^\n|]*-d"
    r"|xxd\s+-\w*r\w*|gunzip|gzip\s+-\w*d\w*|zcat|bzcat|xzcat|bunzip2|uudecode|\brev\b"
    r"|tr\s+\S*a-z\S*\s+\S*n-z\S*)"
)
_READS_URL = (
    r"(?:urlopen|urlretrieve|requests\.(?:get|post)|httpx\.(?:get|post)|fetch\s*\(|axios"
    r"|https?\.(?:get"
    r"|request)|\bgot\s*\(|needle\.get|superagent|Net::HTTP|URI\.(?:open|parse)|open-uri"
    r"|file_get_contents\s*\(\W*http|WebClient|HttpClient|downloadstring|LWP::|reqwest|ureq)"
)
# Names are told apart by case: `Function(` makes a program of a text, `function (` does not.
_EVALUATES = (
    r"(?:(?:^|[^.\w])(?:eval|exec|execfile|instance_eval|loadstring|create_function|popen|system"
    r"|spawn\w*"
    r"|execSync)\s*[( ]|(?-i:\bFunction)\s*\(|runIn(?:This|New)?Context\s*\(|\bexecSync\s*\("
    r"|(?:child_process\W{0,3}|\bcp)\.(?:exec|spawn)\w*\(|\bos\.system\(|\bCode\.eval_string\s*\(?)"
)
_DECODES = (
    r"(?:b(?:16|32|64|85)decode|a85decode|unhexlify|fromhex|decompress\s*\(|codecs\.decode"
    r"|marshal\.loads"
    r"|\[::-1\]|\batob\s*\(|['\"]base64['\"]|['\"]hex['\"]|fromCharCode|inflate\w*Sync|gunzipSync"
    r"|unescape\s*\(|decodeURIComponent\s*\(escape|decode64|unpack1?\s*\(?\s*['\"]|base64_decode"
    r"|gzinflate"
    r"|gzuncompress|str_rot13|hex2bin|decode_base64|frombase64string)"
)
_HOME = (
    r"(?:~|\$\{?HOME\}?|\$env:USERPROFILE|%USERPROFILE%|/root|/home/[\w.-]+|/Users/[\w.-]+"
    r"|homedir\(\)"
    r"|expanduser\([^\n)]*|Path\.home\(\)|Dir\.home|process\.env\.HOME|os\.environ\[.HOME.\]"
    r"|%APPDATA%)"
)
_KEYS = (
    r"(?:\.ssh\b|\.aws/cred|\.aws\\cred|\.gnupg\b|\.netrc\b|\.pypirc\b|\.docker/config"
    r"|\.kube/config"
    r"|\.config/gh/|\.config/gcloud|\.git-credentials|\.(?:bash|zsh|python|node_repl)_history"
    r"|\.npmrc\b|\.azure\b|\.vault-token|\.claude/\.cred|\.claude\.json|\.gem/credentials"
    r"|Library/Keychains|Login Data|\.mozilla/|\.electrum|\.ethereum|\.config/solana|wallet\.dat)"
)
_STARTS = (
    r"(?:\.(?:bashrc|zshrc|profile|bash_profile|zprofile|zshenv|zlogin)\b|Library/LaunchAgents"
    r"|\.config/(?:systemd|autostart)|\.claude/settings|\.gitconfig\b|\.cursor/mcp)"
)
_READS = (
    r"(?:\b(?:cat|cp|mv|tar|zip|scp|rsync|base64|curl|wget|head|tail|less|grep|find|ls|dd|xxd|od"
    r"|gpg"
    r"|openssl|tee|nc|ln|install|readFile\w*|readFileSync|open|read_text|read_to_string|File\.read"
    r"|Get-Content|copy|type)\b|[<@>])"
)
_ALL_VARIABLES = (
    r"(?:\$\((?:env|printenv|set|export|cat|whoami|hostname|git\s+config)\b|`(?:env|printenv|cat"
    r"|set)\b"
    r"|\$\{?\w*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|CREDENTIAL|PRIVATE_KEY)\w*"
    r"|@\S*(?:\.env\b|id_rsa|id_ed25519|credentials|\.pem|\.npmrc|\.netrc)|@<\(|<\(env\b)"
)
_SENDS_BODY = (
    r"(?:\s(?:-d|--data(?:-\w+)?|-F|--form(?:-string)?|-T|--upload-file|--json|--post-data"
    r"|--post-file"
    r"|--body-data|-body)[\s=])"
)

# Of each danger the patterns, case-insensitive and a line at a time.
_PATTERNS: tuple[tuple[Danger, str], ...] = (
    (Danger.FETCH, rf"https?://[^\n|]*{_PIPE}"),
    (
        Danger.FETCH,
        (
            rf"\b{_GET}[^\n]*\|\s*(?:sudo\s+)?(?:tar|bsdtar|unzip)\s[^\n]*(?:&&"
            rf"|;)\s*(?:sudo\s+)?(?:\./|{_SHELL}\s)"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"\b(?:perl|ruby)\s[^\n]*(?:-MLWP|-MHTTP|-MIO::Socket|-ropen-uri|-rnet/|-rsocket)[^\n]*"
            r"\b(?:eval|exec|system|instance_eval)\b"
        ),
    ),
    (Danger.FETCH, rf"\b{_GET}[^\n]*{_PIPE}"),
    (Danger.FETCH, rf"{_RUNS_ITS_TEXT}(?:sudo\s+)?{_GET}"),
    (
        Danger.FETCH,
        (
            r"(?:\biex\b|invoke-expression)[^\n]*(?:\biwr\b|\birm\b|invoke-webrequest"
            r"|invoke-restmethod|downloadstring|downloaddata|net\.webclient)"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"(?:\biwr\b|\birm\b|invoke-webrequest|invoke-restmethod|downloadstring)[^\n]*\|\s*"
            r"(?:iex|invoke-expression|&)"
        ),
    ),
    (Danger.FETCH, r"scriptblock\]::create\([^\n]*(?:\biwr\b|\birm\b|webrequest|downloadstring)"),
    (
        Danger.FETCH,
        (
            r"\bmshta(?:\.exe)?\s+[\"']?https?:|regsvr32[^\n]*https?:|certutil[^\n]*-urlcache"
            r"|bitsadmin[^\n]*/transfer|msiexec[^\n]*https?:|rundll32[^\n]*https?:"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"\b(?:deno\s+run|bun(?:\s+run)?|node|python[\d.]*|npx|bunx|pnpm\s+dlx|uvx|go\s+run)"
            r"\s(?:-\S+\s+)*[\"']?(?:https?://|git\+|github:)"
        ),
    ),
    (Danger.FETCH, rf"{_EVALUATES}[^\n]*{_READS_URL}"),
    (
        Danger.FETCH,
        (
            rf"{_READS_URL}[^\n]*(?:\beval\s*\(|new\s+Function\s*\(|\.then\(\s*eval|\bexecSync\s*\("
            rf"|child_process)"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"\b(?:node|nodejs|bun|deno)\s+(?:-\w+\s+)*(?:-e|--eval|-p|-pe|--print|eval)\b[^\n]*"
            r"(?:(?:require|import)\s*\(\W*(?:node:)?(?:https?|net|dgram|dns)\W|\bfetch\s*\(|axios)"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"\bpython[\d.]*\s+(?:-\w+\s+)*-c\b[^\n]*(?:urllib|requests\.|httpx|http\.client"
            r"|socket\.socket|urlopen)"
        ),
    ),
    (
        Danger.FETCH,
        (
            r"\b(?:perl|ruby|php|lua)\s+(?:-\S+\s+)*-\w*[er]\b[^\n]*(?:net/http|open-uri|LWP"
            r"|IO::Socket"
            r"|file_get_contents\(\W*http|TCPSocket)"
        ),
    ),
    (Danger.DECODE, rf"{_DECODE}[^\n]*{_PIPE}"),
    (Danger.DECODE, rf"{_RUNS_ITS_TEXT}[^\n]*{_DECODE}"),
    (Danger.DECODE, rf"\bprintf\s[^\n|]*\\\\?x[0-9a-f]{{2}}[^\n]*{_PIPE}"),
    (
        Danger.DECODE,
        (
            r"\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]*\s[-/]e(?:n(?:c(?:odedcommand)?)?|c)?\s+[\"']?"
            r"[A-Za-z0-9+/=]{16}"
        ),
    ),
    (Danger.DECODE, rf"{_EVALUATES}[^\n]*{_DECODES}"),
    (
        Danger.DECODE,
        r"(?:\biex\b|invoke-expression)[^\n]*frombase64string|frombase64string[^\n]*\|\s*iex",
    ),
    (
        Danger.DECODE,
        r"__import__\(\s*['\"](?:base64|zlib|marshal|codecs)['\"]\s*\)|exec\(\s*(?:zlib|marshal)\.",
    ),
    (
        Danger.DECODE,
        (
            r"\b(?:node|nodejs|bun|python[\d.]*|perl|ruby|php)\s+(?:-\w+\s+)*(?:-e|--eval|-c|-r"
            r"|-p)\b"
            r"[^\n]*(?:atob|['\"\\]base64|b64decode|fromCharCode|fromhex|zlib\.decompress|decode64)"
        ),
    ),
    (Danger.REACH, rf"{_READS}[^\n]*{_HOME}[^\n]{{0,9}}[/\\'\", ]+{_KEYS}"),
    (
        Danger.REACH,
        rf"{_HOME}[/\\'\", +]+{_KEYS}[^\n]*(?:\|\s*(?:curl|nc|base64)|readFile|read_text|\.read\()",
    ),
    (
        Danger.REACH,
        (
            rf"(?:(?:^|[^=<\-])>>?\s*[\"\']?|\btee\b|sed\s+-i|\bcp\b|\bmv\b|\bln\b|appendFile\w*"
            rf"|writeFile\w*)[^\n\[]*{_HOME}"
            rf"[/\\'\", +]+{_STARTS}"
        ),
    ),
    (
        Danger.REACH,
        (
            r"\bcrontab\s+(?:-\s*(?:$|\n|[\"';&|])|/|[\w./]+\s*$)|\|\s*crontab\b"
            r"|launchctl\s+(?:load"
            r"|bootstrap"
            r"|submit)|systemctl\s+--user\s+(?:--\S+\s+)*enable|schtasks(?:\.exe)?\s+/create"
            r"|reg(?:\.exe)?\s+add[^\n]*\\Run\b|(?:>>?|\btee\b)[^\n]*(?:authorized_keys"
            r"|/etc/(?:cron"
            r"|sudoers|ld\.so\.preload))"
        ),
    ),
    (
        Danger.REACH,
        (
            r"git\s+config\s+--(?:global|system)\s+(?:--\S+\s+)*(?:core\.(?:hookspath|fsmonitor"
            r"|sshcommand"
            r"|pager)|init\.templatedir|url\.\S+|credential\.helper|alias\.\S+\s+[\"']?!)"
        ),
    ),
    (
        Danger.SEND,
        (
            r"(?:^|[\s;&|(\"'`])(?:env|printenv|set|export\s+-p|history|gh\s+auth\s+token"
            r"|cat\s+[^\n|]*(?:\.env\b|/proc/|id_rsa|id_ed25519|\.pem|credentials|secrets?))\s*"
            r"(?:\|[^\n]*)?\|\s*(?:\w+=\S*\s+)*(?:curl|wget|nc|ncat|http|xh|ssh|openssl)\b"
        ),
    ),
    (Danger.SEND, rf"\b(?:curl|wget|iwr|irm|http)\b[^\n]*{_SENDS_BODY}[^\n]*{_ALL_VARIABLES}"),
    (Danger.SEND, rf"\b(?:curl|wget|iwr|irm)\b[^\n]*https?://[^\s\"']*[?&/=]{_ALL_VARIABLES}"),
    (
        Danger.SEND,
        (
            r"(?:\bfetch|axios|\brequest|\bpost|\.write|\bgot|\.send"
            r"|\.end)\s*[.(][^\n]*JSON\.stringify\(\s*"
            r"(?:process\.env\s*[,)]|\{[^\n]*env:\s*process\.env\s*[,}]|os\.)"
        ),
    ),
    (
        Danger.SEND,
        (
            r"(?:requests|httpx|urlopen|urllib\.request|aiohttp)[^\n]*(?:dict\(os\.environ"
            r"|os\.environ\s*[,)])"
        ),
    ),
    (
        Danger.SHELL,
        (
            r"/dev/(?:tcp|udp)/|\bn(?:c|cat)(?:\.exe)?\b[^\n]*\s-\w*[ec]\s+\S*(?:sh|cmd)"
            r"|\bsocat\b[^\n]*exec:"
            r"|\bmkfifo\b[^\n]*\|\s*nc\b|\bpty\.spawn\(|\bos\.dup2\(|TCPSocket\.(?:new"
            r"|open)[^\n]*(?:exec|sh\b)"
            r"|fsockopen\([^\n]*exec|Net\.Sockets\.TCPClient"
        ),
    ),
    (
        Danger.OUTSIDE,
        (
            r"(?:(?:^|[\s;&|(\"'`/])(?:(?:ba|z|da|k)?sh|node|bun|python[\d.]*|perl|ruby|chmod\s+\S+"
            r"|exec|nohup"
            r"|start|source)\s+(?:-\w+\s+)*[\"']?|[;&|]\s*|^\s*)(?:/tmp|/var/tmp|/dev/shm|%TEMP%"
            r"|\$TMPDIR"
            r"|\$env:TEMP)[/\\][\w.-]"
        ),
    ),
)
_OBFUSCATOR_NAME = regex(r"_0x[0-9a-f]{4,6}\b", re.IGNORECASE)
_MIN_OBFUSCATED = 8  # names of the usual obfuscator's in one file
_ASIDE = 200  # blanks in a row
_PUSHED_ASIDE = regex(rf"\S[ \t]{{{_ASIDE},}}[^\s/#*]")  # code right of what an editor shows
# Letters as numbers, or as what JavaScript makes of `[]`, `!` and `+`. Each begins with a sign that
# a search can look for; as one pattern they take five times as long as all others here.
_ESCAPES = (
    regex(r"\\x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2}){23}"),
    regex(r"\\u00[0-9a-fA-F]{2}(?:\\u00[0-9a-fA-F]{2}){23}"),
    regex(r"[\[!+(](?:(?<=\[)\]|(?<=!)\+|(?<=\+)!|(?<=\()!)(?:\[\]|!\+|\+!|\(!){39}"),
)
_ANY_PATTERN = "(?im:" + "|".join(f"(?:{pattern})" for _, pattern in _PATTERNS) + ")"

# Installers by the address that their makers name, in pages on how to install them.
_INSTALLERS = compile_linear(
    r"(?i)https?://(?:sh\.rustup\.rs|static\.rust-lang\.org|astral\.sh|bun\.sh|deno\.land"
    r"|get\.pnpm\.io"
    r"|install\.python-poetry\.org|deb\.nodesource\.com|rpm\.nodesource\.com|get\.docker\.com"
    r"|mise\.run"
    r"|mise\.jdx\.dev|get\.sdkman\.io|(?:releases\.)?nixos\.org|install\.determinate\.systems"
    r"|get\.volta\.sh"
    r"|fnm\.vercel\.app|claude\.ai|foundry\.paradigm\.xyz|just\.systems|starship\.rs|direnv\.net"
    r"|ollama\.com"
    r"|opencode\.ai|tailscale\.com|get\.helm\.sh|pixi\.sh|pyenv\.run|devbox\.sh|get\.jetify\.com"
    r"|cli\.github\.com"
    r"|taskfile\.dev|get\.k3s\.io|aka\.ms|dot\.net|builds\.dotnet\.microsoft\.com"
    r"|packages\.microsoft\.com"
    r"|sdk\.cloud\.google\.com|fly\.io|install\.duckdb\.org|dl\.dagger\.io|moonrepo\.dev"
    r"|proto\.dev|vite\.plus"
    r"|cursor\.com|app\.factory\.ai|raw\.githubusercontent\.com/(?:nvm-sh|Homebrew|pyenv|helm"
    r"|k3d-io|golangci"
    r"|rustwasm|asdf-vm|ohmyzsh|astral-sh|anchore|aquasecurity|goreleaser|junegunn|oven-sh"
    r"|nix-community)/"
    r"|github\.com/(?:nvm-sh|pyenv|helm|golangci|astral-sh)/)",
    has_groups=False,
)
_COMMENT = regex(r"\s*(?:#(?!!)|//|\*|/\*|<!--|--\s|::|rem\s|;;|\"\s)", re.IGNORECASE)
# A text that is only shown to somebody: advice on how to install something is none.
_PRINT = compile_linear(
    r"(?im:\b(?:echo|printf|print|puts|warn|die|fail|error|abort|log|info|message|description"
    r"|console\.\w+"
    r"|log(?:ger|ging)?\.\w+|raise\s+[\w.]+|throw\s+new\s+\w+|panic!|eprintln!|println!|pytest\.\w+"
    r"|Write-(?:Host|Output|Error|Warning))\s*\(?\s*(?:-\w+\s+)?(?:\"(?:[^\"\\$`\n]|\\.)*\""
    r"|'[^'\n]*'"
    r"|f\"[^\"\n]*\"|f'[^'\n]*'))",
    has_groups=False,
)
_TARGET = compile_linear(
    r"(?im)(?:^|[\s;&|(\"'`])(?:curl|wget|iwr|invoke-webrequest|aria2c)(?:\.exe)?\b[^\n;|]*?"
    r"(?:\s-\w*[oO]\s*|--output[ =]|--output-document[ =]|-outfile\s+|>\s*)[\"']?([\w./~$%{}:\\-]+)"
)
_SAVED_BY_WGET = compile_linear(
    r"(?im)(?:^|[\s;&|(\"'`])wget\s[^\n;|&]*https?://[^\s\"'?;|&]*/([\w.-]+)"
)
_SAVES = compile_linear(
    r"(?im)(?:createWriteStream|writeFile(?:Sync)?|urlretrieve\([^\n,]*,|File\.(?:open"
    r"|write))\s*\(?\s*"
    r"[\"'`]([\w./~$%{}-]+)"
)
_RUN_WORD = (
    r"(?:(?:\b(?:sh|bash|zsh|dash|source|node|bun|python[\d.]*|perl|ruby|php|start|call)\s"
    r"|\bexec\w*\(|\bspawn\w*\("
    r"|\bsystem\(|\bPopen\(|\bchmod\s+[\w+=,]+\s)[^\n;&|]*|(?:^|[;&|]\s*|\bsudo\s+)[\w.~$%{}\\-]*)"
)


_EMPTY_QUOTES = regex(r"(?<=\w)(?:''|\"\"|\\(?=\w))(?=\w)")


def dangerous_texts(text: str, *, is_code: bool = False) -> Iterator[DangerousText]:
    """Yield what an attack would do in a command, or in a script's text.

    Comments are left out, and texts that are only shown. In code long lines are read statement by
    statement.
    """
    text = text[:MAX_TEXT]
    if not is_code:  # a shell reads `cu''rl` as curl
        text = _EMPTY_QUOTES.sub("", text)
    plain = _JudgedText.of(text, is_code=is_code)
    if compile_linear(_ANY_PATTERN, _ANY_PATTERN_MEMORY, has_groups=False).search(plain.text):
        for danger, pattern in _PATTERNS:
            matcher = compile_linear(f"(?im:{pattern})", has_groups=False)
            for match in matcher.finditer(plain.text):
                yield plain.at(danger, match.span())
    if span := _runs_download(plain.text):
        yield plain.at(Danger.FETCH, span)
    if is_code:
        for span in _unreadable(plain.text):
            yield plain.at(Danger.OBFUSCATED, span)


@dataclass(frozen=True, kw_only=True)
class _JudgedText:
    """A text without comments and shown texts; `numbers` are the original lines of its lines."""

    text: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, text: str, *, is_code: bool) -> "_JudgedText":
        lines: list[str] = []
        numbers: list[int] = []
        for number, line in enumerate(_without_shown(text).split("\n"), start=1):
            if _COMMENT.match(line):
                continue
            parts = line.split(";") if is_code and len(line) > _MAX_LINE else [line]
            lines += parts
            numbers += [number] * len(parts)
        return cls(text="\n".join(lines), numbers=tuple(numbers))

    def at(self, danger: Danger, span: tuple[int, int]) -> DangerousText:
        """Return what stands there, without the space around it."""
        start, end = span
        start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        first, last = self.text.rfind("\n", 0, start) + 1, self.text.find("\n", end)
        whole = self.text[first : last if last >= 0 else len(self.text)]
        return DangerousText(
            danger=danger,
            text=self.text[start:end].rstrip(),
            line=self.numbers[self.text.count("\n", 0, start)] if self.numbers else 1,
            is_installer=danger is Danger.FETCH and _INSTALLERS.search(whole) is not None,
        )


def _unreadable(text: str) -> Iterator[tuple[int, int]]:
    names = list(_OBFUSCATOR_NAME.finditer(text))
    if len(names) >= _MIN_OBFUSCATED:
        yield names[0].span()
    # Most texts have no such row, and to see that takes a fifteenth of the search.
    if " " * _ASIDE in text.replace("\t", " ") and (match := _PUSHED_ASIDE.search(text)):
        yield match.span()
    spans = [match.span() for pattern in _ESCAPES if (match := pattern.search(text))]
    if spans:
        yield min(spans)


def _runs_download(plain: str) -> tuple[int, int] | None:
    """Return where a text downloads a file that it runs afterwards."""
    matches = [*_SAVED_BY_WGET.finditer(plain), *_TARGET.finditer(plain)]
    if _reads_url.search(plain):
        matches += _SAVES.finditer(plain)
    for match in matches[:_MOST_TARGETS]:
        name = (match[1] or "").replace("\\", "/").rpartition("/")[2]
        if (
            len(name) < _MIN_NAME
            or name in ("null", "tty", "stdout")
            or name.startswith(("$", "%"))
        ):
            continue
        after = plain[match.span()[1] :]
        runs = compile_linear(
            rf"(?im:{_RUN_WORD}(?:\b|[\s/\"'=(\[.]){re.escape(name)}(?:$|[\s\"'`;&|),]))",
            has_groups=False,
        )
        if runs.search(after):
            return match.span()
    return None


_reads_url = compile_linear(f"(?i){_READS_URL}", has_groups=False)


def _without_shown(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for match in _PRINT.finditer(text):
        start, stop = match.span()
        rest = text[stop : stop + 3].lstrip()
        if not rest.startswith(("|", ">")):
            pieces += [text[end:start], '""']
            end = stop
    return "".join([*pieces, text[end:]])
