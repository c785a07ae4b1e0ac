"""What looks like a secret and may be read by everybody: public keys, digests, addresses, labels.

A key that is public by design is sent to every visitor. Where its form does not tell it from a
secret, the words beside it do. What is decided here is not reported; it is masked all the same.
"""

import hashlib
import json
import re

from codeflow_action.engine.files import is_translation
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.scans import SecretMatch
from codeflow_action.security.token_checksums import claims_of

# Kinds of the scanner's that are public whatever stands beside them.
_PUBLIC_RULES = frozenset(
    {
        *("posthog-project-api-key", "flutterwave-public-key", "langfuse-public-key"),
        *("algolia-application-id", "supabase-project-url", "segment-write-key"),
    }
)
# Forms that only public keys have, each with where its maker says so.
_PUBLIC_FORMS = regex(
    r"pk\.eyJ[\w.-]+"  # Mapbox: https://docs.mapbox.com/help/dive-deeper/access-tokens/
    # Stripe, Clerk, Paystack: https://docs.stripe.com/keys, https://clerk.com/docs/deployments/clerk-environment-variables
    r"|pk_(?:live|test|prod)_[\w$=.-]+"
    r"|sb_publishable_[\w-]+"  # https://supabase.com/docs/guides/api/api-keys
    r"|phc_[A-Za-z0-9]+"  # https://posthog.com/docs/api#public-post-only-endpoints
    r"|FLWPUBK[_-][\w-]+|pk-lf-[\w-]+"  # Flutterwave, Langfuse
    r"|pub[0-9a-f]{32}"  # Datadog: https://docs.datadoghq.com/account_management/api-app-keys/#client-tokens
    r"|NRJS-[0-9a-f]+"  # New Relic's for browsers
    r"|(?:appl|goog|amzn|rcb)_[A-Za-z]{20,40}"  # RevenueCat's for apps
    r"|sdk-[A-Za-z0-9]{10,20}|client-[A-Za-z0-9]{30,60}"  # GrowthBook, Statsig
    r"|(?:G|GT|AW|DC)-[A-Z0-9]{6,14}|GTM-[A-Z0-9]{5,10}|UA-\d{4,10}-\d{1,4}"  # Google's measurement
    r"|0x4AAAAAAA[\w-]{12,16}"  # Turnstile's sites; its secrets are longer
    r"|[0-9a-f]{32}@o?\d*\.?(?:ingest\.)?(?:[a-z]{2}\.)?sentry\.io.*"
)


@dataclass(frozen=True, kw_only=True)
class _PublicKey:
    """A public key whose form its maker's secret keys have too, by words near it.

    `never` are words of its name, or of its line, that tell that it is the other one.
    """

    value: re.Pattern[str]
    words: re.Pattern[str]
    never: re.Pattern[str]


_NEVER = regex(r"admin|write|secret|private|server|usage|monitor|service.?role|auth", re.IGNORECASE)
_PUBLIC_KEYS = (
    # Search keys are for the front end: https://www.algolia.com/doc/guides/security/api-keys/
    _PublicKey(
        value=regex(r"[0-9a-f]{32}"),
        words=regex(
            r"docsearch|instantsearch|algoliasearch/lite|search[_-]?(?:only|api|key)"
            r"|(?s:app_?Id.{0,200}index_?Name|index_?Name.{0,200}app_?Id)",
            re.IGNORECASE,
        ),
        never=_NEVER,
    ),
    # Sent by every page or app that reports: https://amplitude.com/docs/apis/keys-and-tokens,
    # https://docs.mixpanel.com/docs/orgs-and-projects/managing-projects, https://docs.bugsnag.com/api/
    _PublicKey(
        value=regex(r"[0-9a-f]{20,40}"),
        words=regex(
            r"(?:mixpanel|amplitude|bugsnag|logrocket|heap|rollbar|raygun|smartlook)(?:\.\w{1,20})?\("
            r"|new Pusher\(|mixpanel[_-]?(?:project[_-]?)?token|amplitude[_-]?(?:api[_-]?)?key"
            r"|bugsnag[_-]?(?:api[_-]?)?key|launchdarkly[_-]?client",
            re.IGNORECASE,
        ),
        never=_NEVER,
    ),
    # Keys of maps are bound to a site or an app: https://firebase.google.com/docs/projects/api-keys,
    # https://developers.google.com/maps/api-security-best-practices
    _PublicKey(
        value=regex(r"AIza[\w-]{35}"),
        words=regex(
            r"authDomain|firebaseapp\.com|firebaseio\.com|messagingSenderId|storageBucket|measurementId"
            r"|mobilesdk_app_id|google_app_id|firebase_database_url|maps\.googleapis\.com/maps/api/js"
            r"|google\.com/maps/embed|com\.google\.android\.(?:geo|maps)",
            re.IGNORECASE,
        ),
        never=regex(r"server|secret|gemini|generativelanguage", re.IGNORECASE),
    ),
)
# Names that say it, for what has no maker's form of a secret, and calls that only take public keys.
_PUBLIC_NAME = regex(
    r"search[_-]?(?:only|api[_-]?key|key)|site[_-]?key|write[_-]?key$|publishable|anon(?:ymous)?[_-]?key"
    r"|client[_-]?side[_-]?(?:id|key)|public[_-]?(?:api[_-]?)?(?:key|token)|vapid[_-]?public",
    re.IGNORECASE,
)
_PUBLIC_CALL = regex(
    r"(?:analytics\.load\(|grecaptcha\.\w{1,20}\(|recaptcha/(?:api|enterprise)\.js\?render=)[\"'`]?$"
)
_FORMLESS_RULES = ("generic", "algolia", "segment", "aws-secret", "jwt", "mapbox", "sentry", "curl")
_NEAR = 300  # characters to each side
# The name that a value is given to: `name = "`, `"name": "`, `name("`, ` name: `.
_NAME = regex(r"([\w.$-]{1,80})[\"']?\]?[ \t]{0,20}(?::=|=>|=|:|\()[ \t]{0,20}[\"'`]?$")
# Names that say that a value is worked out from something; `hash_key` is a key for that.
_DERIVED_NAME = regex(
    r"(?:^|[_.-])(?:sha\d*|md5|crc\d*|sums?|checksums?|digests?|hash(?:es|ed)?|integrity|etags?"
    r"|commits?|rev(?:ision)?s?|fingerprints?|thumbprints?|signatures?|sri|blake\w{0,3})(?=[_.-]|$)"
    r"(?!.{0,80}(?:key|secret|token|pass|salt|pepper))",
    re.IGNORECASE,
)
_DIGEST = regex(
    r"(?:0x)?[0-9a-fA-F]{7,128}|(?:sha\d+|md5)[-:=][\w+/=-]+|[A-Za-z0-9+/_-]{22,88}={0,2}"
)
_DIGEST_PREFIX = regex(r"(?:sha\d{1,3}|md5|blake2b|h1)[-:=@ ]$|@sha256:$", re.IGNORECASE)
# Hashes of passwords, as frameworks and systems store them: crypt(5), RFC 2307, RFC 5803,
# https://passlib.readthedocs.io, https://docs.djangoproject.com/en/stable/topics/auth/passwords/
_PASSWORD_HASH = regex(
    r"\$(?:2[abxy]?|argon2(?:id|i|d)?|scrypt|pbkdf2(?:-sha\d+)?|bcrypt-sha256|apr1|[156y7]|gy|md5|P|H)\$.*"
    r"|(?:pbkdf2_sha\d+|bcrypt(?:_sha256)?|argon2|scrypt|md5|sha1)\$.*|(?:pbkdf2|scrypt):.*"
    r"|\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*|bcrypt|noop)\}.*|SCRAM-SHA-\d+\$.*"
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_TEXT = regex(rf"[{_BASE58}]{{25,44}}")
_CHAIN_ADDRESS = regex(
    r"0x[0-9a-fA-F]{40}|(?!nsec|age-)[a-z]{2,12}1[02-9ac-hj-np-z]{38,60}|0x[0-9a-fA-F]{64}"
)
_SECRET_NAME = regex(
    r"secret|pass|pwd|api|auth|access|private|bearer|refresh|credential", re.IGNORECASE
)
# Words that nobody draws, in a value that is only guessed to be secret.
_MADE_UP = regex(
    r"(?<![A-Za-z])(?:tests?|testing|examples?|dummy|fake|samples?|mock(?:ed)?|demo|invalid|stub|foobar)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_REFERENCE = regex(
    r"\$\w+|\$[{(].*|%[A-Za-z_]\w*%|(?:process|import\.meta)\.env\b.*|env[:.(].*|(?:vault|op|ssm|gcp|sm|aws|azure|bws)"
    r"(?:://|:).*|arn:aws[\w-]*:.*|ENC\[.*|!(?:vault|reference|Ref|Sub|GetAtt|ImportValue)\b.*|(?:file|secret|ref)[:+].*|projects/[\w-]+/secrets/.*"
)
# AWS' secrets have no form of their own: forty signs of base64 are anything.
_AWS_WORDS = regex(
    r"aws|amazon|\bs3\b|secret[_-]?access[_-]?key|\b(?:AKIA|ASIA)[A-Z0-9]{16}", re.IGNORECASE
)
_MIN_TABLE = 8  # values of one form in a file: nobody writes that many secrets beside each other


def is_public(match: SecretMatch, content: bytes) -> bool:
    """True for a match that is no secret, by its value, its name and the words near it."""
    value = content[match.start : match.end].decode("utf-8", "replace")
    before = content[max(0, match.start - _NEAR) : match.start].decode("utf-8", "replace")
    after = content[match.end : match.end + _NEAR].decode("utf-8", "replace")
    if match.rule in _PUBLIC_RULES or _PUBLIC_FORMS.fullmatch(value) or _is_for_everybody(value):
        return True
    name = name_match[1] if (name_match := _NAME.search(before[-130:])) else ""
    if match.rule == "aws-secret-access-key" and not _AWS_WORDS.search(before + value + after):
        return True
    if _is_public_key(match, value, name, (before, after)) or _is_derived(value, name, before):
        return True
    # What is only guessed has to look like nothing else.
    return match.confidence == "low" and _is_harmless(match.path, name, value)


def without_tables(matches: list[SecretMatch]) -> list[SecretMatch]:
    """Return the matches without guesses that stand in a table of many of one form."""
    counts: dict[tuple[str, int], int] = {}
    for match in matches:
        form = (match.path, match.end - match.start)
        counts[form] = counts.get(form, 0) + (match.confidence == "low")
    return [
        match
        for match in matches
        if match.confidence != "low" or counts[match.path, match.end - match.start] < _MIN_TABLE
    ]


def _is_for_everybody(token: str) -> bool:
    """True for a web token that gives the rights of anybody, as Supabase's `anon` does.

    https://supabase.com/docs/guides/api/api-keys
    """
    try:
        claims = json.loads(claims_of(token) or "null")
    except (ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("role") == "anon"


def _is_public_key(match: SecretMatch, value: str, name: str, around: tuple[str, str]) -> bool:
    """True for a public key that only the words beside it tell from a secret one."""
    before, after = around
    line = before.rpartition("\n")[2] + after.partition("\n")[0]
    if match.confidence == "low" or match.rule.startswith(_FORMLESS_RULES):
        is_named = _PUBLIC_NAME.search(name) and not re.search(
            "secret|private|admin", name, re.IGNORECASE
        )
        if is_named or _PUBLIC_CALL.search(before):
            return True
    return any(
        key.value.fullmatch(value)
        and key.words.search(before + after)
        and not key.never.search(name or line)
        for key in _PUBLIC_KEYS
    )


def _is_derived(value: str, name: str, before: str) -> bool:
    """True for digests and the like: by what is written before the value, or by its name."""
    if _PASSWORD_HASH.fullmatch(value) or _DIGEST_PREFIX.search(before[-12:]):
        return True
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return bool(_DERIVED_NAME.search(words) and _DIGEST.fullmatch(value))


def _is_harmless(path: str, name: str, value: str) -> bool:
    """True for a guess that is a label, a reference, a made-up word or an address of a chain."""
    if is_translation(path) or _REFERENCE.fullmatch(value) or _MADE_UP.search(value):
        return True
    if _is_label(value):
        return True
    if _CHAIN_ADDRESS.fullmatch(value) and not re.search("private|secret", name, re.IGNORECASE):
        return True
    return _is_base58_address(value) and not _SECRET_NAME.search(name)


def _is_label(value: str) -> bool:
    """True for words with their usual capitals and punctuation, in any script."""
    words = re.findall(r"[^\W_]+", value)
    return (
        bool(words)
        and all(
            word.isalpha() and (word == word.lower() or word == word.upper() or word.istitle())
            for word in words
        )
        and (not value.isascii() or len(max(words, key=len)) > len(value) // 2)
    )


def _is_base58_address(value: str) -> bool:
    """True for a public key of Solana's, or an address with a checksum such as Bitcoin's."""
    if not _BASE58_TEXT.fullmatch(value):
        return False
    number = 0
    for sign in value:
        number = number * 58 + _BASE58.index(sign)
    size = (number.bit_length() + 7) // 8 + len(value) - len(value.lstrip("1"))
    if size == 32 and len(value) >= 43:
        return True
    if size != 25:
        return False
    raw = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
