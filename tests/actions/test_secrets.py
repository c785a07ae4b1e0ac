"""The gate for secrets with the real scanners: weights, moves, and what may not silence it."""

import base64
import binascii
import codecs
import json
import random
import string

import pytest

from codeflow_action.engine.pull_request import ChangedFile, FileStatus, Gap
from codeflow_action.integrations.scanners import BundledScanners
from tests.actions.gating import check, only
from tests.actions.test_quality_gates import run
from tests.review.changes import changed, numbered

LETTERS = string.ascii_letters + string.digits
ALONE = only("secrets")


@pytest.fixture(scope="module")
def scanners(rule_cache):
    return BundledScanners({"KF_RULE_CACHE_DIR": str(rule_cache)})


def token():
    return "ghp_" + "".join(random.sample(LETTERS, 36))


def line(value):
    return f'TOKEN = "{value}"\n'


def found(scanners, new, old="", path="deploy.py"):
    return [
        (one.severity.value, one.line) for one in check(path, new, old, scanners=scanners, **ALONE)
    ]


@pytest.mark.parametrize("word", ["kingfisher:ignore", "gitleaks:allow", "nosec", "nosemgrep"])
def test_a_comment_of_the_pull_request_does_not_silence_it(scanners, word):
    hushed = line(token()).replace("\n", f"  # {word}\n")
    assert found(scanners, hushed) == [("error", 1)]


def test_a_secret_that_moved_within_its_file_is_a_warning(scanners):
    secret = line(token())
    old = secret + numbered(30)
    (finding,) = check("deploy.py", numbered(30) + secret, old, scanners=scanners, **ALONE)
    assert (finding.severity.value, finding.line) == ("warning", 31)
    assert finding.title.startswith("Secret moved: ")


def test_another_secret_of_the_same_kind_is_new(scanners):
    old = line(token()) + numbered(30)
    assert found(scanners, numbered(30) + line(token()), old) == [("error", 31)]


def test_a_secret_that_moved_with_its_file_is_a_warning(scanners):
    old, new = line(token()), "# moved\n"
    file = changed(
        "x = 1\n", new + old, "new.py", status=FileStatus.RENAMED, previous_path="old.py"
    )
    heads, base = {"new.py": (new + old).encode()}, {"old.py": old.encode()}
    done = run([file], heads, scanners, options=ALONE, base=base)
    assert [one.severity.value for one in done.findings] == ["warning"]


def test_a_secret_of_another_file_is_new_here(scanners):
    secret = line(token())
    file = changed("x = 1\n", "x = 1\n" + secret, "b.py")
    heads = {"b.py": ("x = 1\n" + secret).encode()}
    base = {"a.py": secret.encode(), "b.py": b"x = 1\n"}
    done = run([file], heads, scanners, options=ALONE, base=base)
    assert [one.severity.value for one in done.findings] == ["error"]


def test_a_value_that_is_only_called_a_secret_is_a_warning_in_code_alone(scanners):
    guess = 'password = "xK9#mQ2$vL"\n'
    assert found(scanners, guess) == [("warning", 1)]
    for path in ("tests/a.py", "docs/a.py", "README.md", "vendor/a.js", "poetry.lock"):
        assert found(scanners, guess, path=path) == [], path


def test_a_placeholder_is_not_shown(scanners):
    assert found(scanners, 'password = "Dummy#7kQ2vX"\n') == []
    assert found(scanners, "curl -H 'Authorization: Bearer YOUR_API_TOKEN'\n", path="a.sh") == []


def test_the_secret_is_in_no_finding(scanners):
    for secret in (token(), "xK9#mQ2$vLpw"):
        findings = check("a.py", f'password = "{secret}"\n', scanners=scanners, **ALONE)
        assert findings
        assert secret not in repr(findings)
        assert secret[5:] not in repr(findings)


@pytest.mark.promise("No finding quotes a line that holds a secret.")
@pytest.mark.parametrize(
    "text",
    [
        'breakpoint(); password = "{}"\n',
        '<<<<<<< password = "{}"\na = 1\n=======\nb = 1\n>>>>>>> other\n',
        'password = "{}"  # \u202e\n',
    ],
)
def test_no_other_gate_quotes_a_line_that_holds_one(scanners, text):
    secret = "xK9#mQ2$vLpw"
    findings = check("a.py", text.format(secret), scanners=scanners)
    assert len({one.rule for one in findings}) > 1
    assert secret not in repr(findings)


def test_one_secret_is_one_finding_whatever_rules_see_it(scanners):
    text = f"curl -H 'Authorization: token {token()}' https://api.github.com\n"
    (finding,) = check("a.sh", text, scanners=scanners, **ALONE)
    assert finding.rule == "secrets/github-pat"


def test_a_rule_has_no_path_in_its_name(scanners):
    text = f"//registry.example.com/:_authToken=npm_{token()[4:]}\n"
    (finding,) = check(".npmrc", text, scanners=scanners, **ALONE)
    assert finding.title == "Secret committed: npmjsaccesstoken"


def test_the_secret_half_of_a_pair_that_was_there_by_half_is_found(scanners):
    key = "AKIA" + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    old = f'aws_access_key_id = "{key}"\n'
    new = old + f'aws_secret_access_key = "{"".join(random.sample(LETTERS, 40))}"\n'
    assert found(scanners, new, old) == [("warning", 2)]
    assert found(scanners, new) == [("error", 1)]


def test_a_key_that_every_visitor_reads_is_no_secret(scanners):
    posthog = f'posthog.init("phc_{"".join(random.sample(LETTERS, 43))}")\n'
    assert found(scanners, posthog, path="a.ts") == []
    key = "AIza" + "".join(random.sample(LETTERS, 35))
    firebase = f'const config = {{ apiKey: "{key}", authDomain: "shop.firebaseapp.com" }};\n'
    assert found(scanners, firebase, path="a.ts") == []
    assert found(scanners, f'const maps = "{key}";\n', path="a.ts") == [("error", 1)]


def test_what_only_looks_like_one(scanners):
    compose = (
        "  env:\n    URL: redis://:password@redis:6379\n    MQ: amqp://guest:guest@rabbitmq:5672\n"
    )
    assert found(scanners, compose, path="docker-compose.yml") == []
    address = 'const TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";\n'
    assert found(scanners, address, path="a.ts") == []


def test_a_notebook_is_searched_too(scanners):
    text = f'{{"cells": [{{"source": ["key = \\"{token()}\\""]}}]}}\n'
    assert found(scanners, text, path="a.ipynb") == [("error", 1)]


def drawn(count, alphabet=LETTERS):
    return "".join(random.choices(alphabet, k=count))


HEX = string.hexdigits[:16]


def web_token(**claims):
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return ".".join((*encoded, drawn(43)))


def checked(prefix, count=30):
    """Return a token with the checksum that GitHub and npm put at its end."""
    entropy, digits = drawn(count), string.digits + string.ascii_uppercase + string.ascii_lowercase
    rest, checksum = binascii.crc32(entropy.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        checksum = digits[digit] + checksum
    return prefix + entropy + checksum


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.ts",
            lambda: f'const anon = "{web_token(iss="supabase", role="anon", exp=2015000000)}";',
        ),
        ("a.ts", lambda: f'mapboxgl.accessToken = "pk.eyJ1{drawn(60)}.{drawn(22)}";'),
        (
            "a.js",
            lambda: (
                f'algolia: {{ appId: "{drawn(10)}", apiKey: "{drawn(32, HEX)}", indexName: "d" }}'
            ),
        ),
        ("a.js", lambda: f'docsearch({{ indexName: "docs", apiKey: "{drawn(32, HEX)}" }})'),
        ("a.env", lambda: f"ALGOLIA_SEARCH_API_KEY={drawn(32, HEX)}"),
        ("a.tsx", lambda: f'<ReCAPTCHA sitekey="6L{drawn(38)}" />'),
        ("a.ts", lambda: f'const RECAPTCHA_SITE_KEY = "6L{drawn(38)}";'),
        ("a.js", lambda: f'analytics.load("{drawn(32)}");'),
        ("a.env", lambda: f"SEGMENT_WRITE_KEY={drawn(32)}"),
        ("a.js", lambda: f'mixpanel.init("{drawn(32, HEX)}", {{ token: "{drawn(32, HEX)}" }});'),
        ("a.env", lambda: f"STRIPE_KEY=pk_test_{drawn(24)}\nCLERK_TOKEN=pk_live_{drawn(40)}"),
        (
            "a.js",
            lambda: f'Sentry.init({{ dsn: "https://{drawn(32, HEX)}@o1.ingest.sentry.io/2" }});',
        ),
        (
            "a.html",
            lambda: f'<script src="https://maps.googleapis.com/maps/api/js?key=AIza{drawn(35)}">',
        ),
        (
            "a.plist",
            lambda: f"<key>GOOGLE_APP_ID</key><key>API_KEY</key><string>AIza{drawn(35)}</string>",
        ),
        ("a.json", lambda: f'{{ "vapidPublicKey": "B{drawn(86)}" }}'),
    ],
)
def test_a_key_that_is_public_by_design_is_none(scanners, path, text):
    assert found(scanners, text() + "\n", path=path) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", lambda: f'const key = "{web_token(iss="supabase", role="service_role")}";'),
        ("a.ts", lambda: f'const publishable_key = "sk_live_{drawn(24)}";'),
        ("a.env", lambda: f"ALGOLIA_ADMIN_API_KEY={drawn(32, HEX)}"),
        ("a.ts", lambda: f'const search_key = "{checked("ghp_")}";'),
        ("a.env", lambda: f"HASH_KEY_TOKEN={drawn(40)}0aZ"),
        ("a.properties", lambda: f"spring.datasource.password={drawn(5)}7!{drawn(6)}aZ"),
        ("a.py", lambda: f'AWS_SECRET_ACCESS_KEY = "{drawn(40)}"'),
    ],
)
def test_a_secret_beside_such_words_is_one(scanners, path, text):
    assert found(scanners, text() + "\n", path=path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", lambda: f'TOKENIZER_SHA256 = "{drawn(64, HEX)}"'),
        (
            "a.py",
            lambda: (
                f'token_checksum = "{drawn(64, HEX)}"\nexpected_secret_hash = "{drawn(40, HEX)}"'
            ),
        ),
        (
            "a.ts",
            lambda: f'const secretsEtag = "{drawn(32, HEX)}", tokenDigest = "{drawn(64, HEX)}";',
        ),
        ("a.yml", lambda: f"token_image: sha256:{drawn(64, HEX)}\ntoken_commit: {drawn(40, HEX)}"),
        ("a.ts", lambda: 'const USDC_TOKEN = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";'),
        ("a.ts", lambda: 'const TOKEN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";'),
        ("a.ts", lambda: 'const token = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";'),
        ("a.py", lambda: f'PASSWORD = "pbkdf2_sha256$600000${drawn(22)}${drawn(43)}="'),
        ("a.py", lambda: f'PASSWORD = "$2b$12${drawn(53)}"'),
        ("a.py", lambda: f'PASSWORD = "$argon2id$v=19$m=65536,t=3,p=4${drawn(22)}${drawn(43)}"'),
        ("a.py", lambda: f'PASSWORD = "scrypt:32768:8:1${drawn(16)}${drawn(128, HEX)}"'),
        ("a.yml", lambda: f'password: "{{SSHA}}{drawn(32)}"'),
        (
            "nl.json",
            lambda: '{ "LabelPassword": "Wachtwoord:", "ResetPassword": "Herstellen?Ja!" }',
        ),
        ("src/labels.ts", lambda: 'export const passwordLabel2 = { password: "Пароль-введите!" };'),
        ("lang/fr.yml", lambda: 'password: "Mot-de-passe-n°1-Oublié?"'),
        ("a.yml", lambda: 'password: "!vault-x"\ntoken: "vault:secret/data/shop#A1b2C3d4E5f6"'),
        ("a.tsx", lambda: f'<Turnstile secretSiteKey="0x4AAAAAAA{drawn(14)}" /> // {drawn(40)}'),
        ("a.json", lambda: f'{{ "secret_blob": 1, "data": "{drawn(40)}" }}'),
    ],
)
def test_a_digest_an_address_and_a_label_are_none(scanners, path, text):
    assert found(scanners, text() + "\n", path=path) == []


def test_a_table_of_values_of_one_form_holds_no_secrets(scanners):
    table = "".join(f'tokens["{at}"] = secret_{at} = "{drawn(32, HEX)}"\n' for at in range(12))
    assert found(scanners, table) == []
    assert found(scanners, table.split("\n")[0] + "\n")


@pytest.mark.parametrize("path", ["tests/test_a.py", "docs/usage.md", "examples/a.py"])
@pytest.mark.parametrize(
    ("prefix", "count"),
    [("ghp_", 30), ("gho_", 30), ("npm_", 30), (f"github_pat_{'a1' * 11}_", 53)],
)
def test_a_token_whose_checksum_holds_is_an_error_everywhere(scanners, path, prefix, count):
    assert found(scanners, line(checked(prefix, count)), path=path) == [("error", 1)]
    assert found(scanners, line(prefix + drawn(count + 6)), path=path) == [("notice", 1)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("path", ["deploy.ps1", "keys.reg"])
def test_utf_16_is_read_and_what_was_there_is_not_told(scanners, path, encoding):
    old, new = f"# {line(token())}", line(token())

    def written(text):
        mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
        return mark + text.replace("\n", "\r\n").encode(encoding)

    file = ChangedFile(path=path, status=FileStatus.MODIFIED, gap=Gap.BINARY)
    done = run(
        [file],
        {path: written(old + new)},
        scanners,
        options=ALONE,
        base={path: written(old)},
    )
    assert [(one.severity.value, one.line) for one in done.findings] == [("error", 2)]
