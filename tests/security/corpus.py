"""Made-up secrets of many kinds, new in every run and never whole in this file, and look-alikes."""

import base64
import hashlib
import json
import random
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

RNG = random.Random(7)
LETTERS = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + "234567"
HEX = string.hexdigits[:16]
URLSAFE = LETTERS + "_-"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """`text` as people write it, in one line or several; `values` are what must not be read."""

    kind: str
    text: str
    values: tuple[str, ...]


def drawn(count: int, alphabet: str = LETTERS) -> str:
    """Return random signs: enough of a kind, as real ones have, and no word by chance."""
    return "".join(RNG.choices(alphabet, k=count))


def one(kind: str, text: str, *values: str) -> Secret:
    return Secret(kind=kind, text=text.format(*values), values=values)


def _jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": drawn(12), "iat": RNG.randrange(10**9)})
    encoded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return ".".join((*encoded, drawn(43, URLSAFE)))


def _pem(kind: str, begin: str = "BEGIN") -> Secret:
    body = tuple(drawn(64, LETTERS + "+/") for _ in range(12))
    lines = [f"-----{begin} {kind}-----", *body, f"-----END {kind}-----"]
    return Secret(kind=kind.lower(), text="\n".join(lines), values=body)


def _discord() -> str:
    number = base64.urlsafe_b64encode(str(RNG.randrange(10**17, 10**18)).encode()).decode()
    return f"{number.rstrip('=')}.{drawn(6)}.{drawn(27)}"


def _service_account() -> Secret:
    body = [drawn(64, LETTERS + "+/") for _ in range(8)]
    key = "\n".join(
        ["-----BEGIN PRIVATE " + "KEY-----", *body, "-----END PRIVATE " + "KEY-----", ""]
    )
    given = {"type": "service_account", "private_key_id": drawn(40, HEX), "private_key": key}
    return Secret(kind="gcp service account", text=json.dumps(given), values=tuple(body))


def _makers() -> Iterator[Secret]:
    yield one("github", "token {}", "gh" + "p_" + drawn(36))
    yield one("github app", "{}", "gh" + "s_" + drawn(36))
    yield one("github fine-grained", "use {} here", f"github{'_pat_'}{drawn(22)}_{drawn(59)}")
    yield one("gitlab", "GITLAB={}", "gl" + "pat-" + drawn(20, URLSAFE))
    aws = "AK" + "IA" + drawn(16, UPPER), drawn(40, LETTERS + "/+")
    yield one("aws pair", "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}", *aws)
    ini = "AK" + "IA" + drawn(16, UPPER), drawn(40)
    yield one("aws ini", "[default]\naws_access_key_id = {}\naws_secret_access_key = {}", *ini)
    yield one("openai", "{}", f"sk{'-proj-'}{drawn(74, URLSAFE)}T3Blbk{'FJ'}{drawn(74, URLSAFE)}")
    yield one("anthropic", "key: {}", f"sk{'-ant-'}api03-{drawn(93, URLSAFE)}AA")
    yield one("groq", "{}", "gs" + "k_" + drawn(52))
    yield one(
        "slack bot",
        "{}",
        f"xo{'xb-'}{drawn(12, string.digits)}-{drawn(13, string.digits)}-{drawn(24)}",
    )
    hook = f"T{drawn(8, UPPER)}/B{drawn(10, UPPER)}/{drawn(24)}"
    yield one("slack hook", "https://hooks.slack" + ".com/services/{}", hook)
    yield one("google", "{}", "AI" + "za" + drawn(35, URLSAFE[:-1]))
    yield one("stripe", "{}", "s" + "k_live_" + drawn(24))
    yield one("npm", "{}", "np" + "m_" + drawn(36))
    yield one(
        "npmrc",
        "//registry.example.com/:_auth" + "Token={}",
        str(uuid.UUID(int=RNG.getrandbits(128))),
    )
    yield one("pypi", "{}", "py" + "pi-AgEIcHlwaS5vcmc" + drawn(150, URLSAFE))
    yield one("jwt", "session {}", _jwt())
    yield one("sendgrid", "{}", f"S{'G.'}{drawn(22, URLSAFE)}.{drawn(43, URLSAFE)}")
    yield one("telegram", "bot {}", f"{drawn(9, '123456789')}:AA{drawn(33, URLSAFE[:-1])}")
    yield one("discord", 'run("{}")', _discord())
    yield one("hugging face", "{}", "h" + "f_" + drawn(34, string.ascii_letters))
    yield one("digitalocean", "{}", "do" + "p_v1_" + drawn(64, HEX))
    yield one("shopify", "{}", "shp" + "at_" + drawn(32, HEX))
    yield one("vault", "VAULT_TOKEN={}", "hv" + "s." + drawn(95, URLSAFE))
    yield one("docker pat", "{}", "dckr" + "_pat_" + drawn(27, URLSAFE))
    yield one("databricks", "{}", "da" + "pi" + drawn(32, HEX))
    yield one(
        "twilio",
        "TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}",
        "AC" + drawn(32, HEX),
        drawn(32, HEX),
    )
    yield one("django", "SECRET_KEY = '{}'", drawn(50, LOWER + "!@%^&*-_=+"))
    yield _pem("RSA PRIVATE " + "KEY")
    yield _pem("OPENSSH PRIVATE " + "KEY")
    yield _pem("EC PRIVATE " + "KEY")
    yield _service_account()


def _assigned() -> Iterator[Secret]:
    def password() -> str:
        return f"{drawn(5)}7!{drawn(6)}"

    yield one("url", "postgres://shop:{}@db.internal.acme.io/shop", password())
    yield one("bearer", "Authorization: Bearer {}", drawn(40))
    basic = base64.b64encode(f"shop:{password()}".encode()).decode()
    yield one("basic", "Authorization: Basic {}", basic)
    yield one("netrc", "machine api.acme.io login deploybot password {}", password())
    yield one("netrc lines", "machine api.acme.io\n  login deploybot\n  password {}", password())
    auth = base64.b64encode(f"deploybot:{password()}".encode()).decode()
    yield one("docker auth", '{{"auths": {{"r.acme.io": {{"auth": "{}"}}}}}}', auth)
    yield one("image env", "ENV DB_PASSWORD {}", password())
    yield one("image arg", "ARG API_TOKEN={}", drawn(32))
    yield one("env", "export PGPASSWORD={}", password())
    yield one("ado", "Server=db;Database=shop;User Id=sa;Password={};Encrypt=true", password())
    key = base64.b64encode(RNG.randbytes(64)).decode()
    storage = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={}"
    yield one("azure storage", f"{storage};EndpointSuffix=core.windows.net", key)
    yield one("libpq", "host=db user=shop password={} dbname=shop", password())
    yield one("curl", "curl -u deploybot:{} https://api.acme.io", password())
    yield one("option", "mysql --user=shop --password={} shop", password())
    yield one("yaml", "  password: {}", password())
    yield one("json", '"client_secret": "{}"', drawn(40))
    yield one("code", 'DB_PASSWORD = "{}"', password())
    yield one("properties", "spring.datasource.password={}", password())


def secrets(seed: int = 7) -> tuple[Secret, ...]:
    """Return one of every kind; those of one seed are never those of another."""
    RNG.seed(seed)
    return (*_makers(), *_assigned())


SECRETS = secrets()


def _inside(text: str, values: tuple[str, ...], sign: str) -> str:
    for value in values:
        text = text.replace(value, value[:7] + sign + value[7:])
    return text


def _wide(text: str, values: tuple[str, ...]) -> str:
    for value in values:
        text = text.replace(
            value, "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in value)
        )
    return text


FORMS = {
    "plain": lambda text, _values: text,
    "zero-width": lambda text, values: _inside(text, values, "\u200b"),
    "soft hyphen": lambda text, values: _inside(text, values, "\u00ad"),
    "variation selector": lambda text, values: _inside(text, values, "\ufe0f"),
    "base64": lambda text, _values: base64.b64encode(text.encode()).decode(),
    "url": lambda text, _values: quote(text, safe=""),
    "json": lambda text, _values: json.dumps(text),
    "markdown": lambda text, _values: text.replace("_", "\\_").replace("-", "\\-"),
    "html": lambda text, _values: text.replace("_", "&#95;").replace("/", "&#x2f;"),
    "continued": lambda text, values: _inside(text, values, "\\\n"),
    "wide": _wide,
}


def _look_alikes() -> Iterator[str]:
    digest = [RNG.randbytes(size) for size in (16, 20, 32, 48, 64)]
    yield str(uuid.UUID(int=RNG.getrandbits(128)))
    yield f"commit {digest[1].hex()}"
    yield f"sha256:{digest[2].hex()}"
    yield f'"integrity": "sha512-{base64.b64encode(digest[4]).decode()}"'
    yield f'"integrity": "sha384-{base64.b64encode(digest[3]).decode()}"'
    yield f"golang.org/x/text v0.14.0 h1:{base64.b64encode(digest[2]).decode()}"
    yield f'checksum = "{digest[2].hex()}"'
    yield f'{{file = "a-1.0.whl", hash = "sha256:{hashlib.sha256(b"a").hexdigest()}"}}'
    yield f"--hash=sha256:{hashlib.sha256(b'b').hexdigest()}"
    yield f"uses: actions/checkout@{digest[1].hex()} # v4.2.2"
    yield f"FROM python:3.12-slim@sha256:{digest[2].hex()}"
    yield f"md5 {digest[0].hex()}"
    yield f"ssh-rsa AAAAB3NzaC1yc2E{base64.b64encode(RNG.randbytes(180)).decode()} me@host"
    yield "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + drawn(43) + " me@host"
    body = "\n".join(base64.b64encode(RNG.randbytes(48)).decode() for _ in range(5))
    yield f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"
    yield f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
    yield f'"resolved": "https://registry.example.com/a/-/a-1.0.0.tgz#{digest[1].hex()}"'
    yield f"data:image/png;base64,{base64.b64encode(RNG.randbytes(60)).decode()}"
    yield "AKIA" + "IOSFODNN7EXAMPLE"
    yield "password = 'changeme'"
    yield 'api_key = "your-api-key-here"'
    yield "TOKEN=<your token>"
    yield 'password = os.environ["DB_PASSWORD"]'
    yield "password: ${{ secrets.DB_PASSWORD }}"
    yield "export TOKEN=$(cat /run/secrets/token)"
    yield "ENV DB_PASSWORD=$DB_PASSWORD"
    yield "postgres://user:${PASSWORD}@db/shop"
    yield 'token = get_token("refresh")'
    yield "self.password = password"
    yield "secretName: shop-database-credentials"
    yield 'token_url = "https://auth.acme.io/oauth2/token"'
    yield "max_tokens = 400000"
    yield "id-token: write"
    yield 'PASSWORD_REGEX = "^[A-Z]{8}$"'
    yield '"forgotPassword": "Forgot your password?"'
    yield "sk-loading-spinner-container-large"
    yield "def reset_password(user: User, new_password: str) -> None:"
    yield "0x" + drawn(40, HEX)
    yield "https://example.com:8080/a@b"
    yield "git@github.com:octo/shop.git"
    yield f"trace id {drawn(32, HEX)} span {drawn(16, HEX)}"
    yield "2026-01-02T03:04:05.678Z 10.0.0.1 GET /api/v1/users?page=2"


LOOK_ALIKES = tuple(_look_alikes())
