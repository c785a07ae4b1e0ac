"""One request and its answer: what a route sees, how it refuses, and GitHub's words for it."""

import json
import re
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from codeflow_action.testing.github.state import Hub, Pull, RepositoryState
from codeflow_action.testing.github.values import JsonObject

DOCUMENTATION = "https://docs.github.com/rest"
# https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
_DEFAULT_PAGE = 30
_LARGEST_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came. `path` is still percent-encoded; header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def accepts(self, media: str) -> bool:
        """Return True when the media type `application/vnd.github.<media>` is asked for.

        https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types
        """
        accept = self.headers.get("accept", "")
        return re.search(rf"application/vnd\.github\.(v3\.)?{media}\b", accept) is not None


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer. A body of parts, none of them empty, is sent in chunks."""

    status: int = 200
    body: bytes | Generator[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiRefusal(Exception):
    """GitHub's no: status, message and, for a 422, what is wrong with which field."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[str | JsonObject] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the refusal as GitHub sends it."""
        body: JsonObject = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        # `status` is a string here, although it is a number in the status line.
        body |= {"documentation_url": DOCUMENTATION, "status": str(self.status)}
        return json_response(body, status=self.status, headers=self.headers)


# A 422 comes in three forms. Which one an endpoint uses follows from its age, not from the fault.
# https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api


def not_found() -> ApiRefusal:
    """Return what GitHub says of what is not there, and of what one may not see."""
    return ApiRefusal(404, "Not Found")


def unprocessable(*errors: str) -> ApiRefusal:
    """Return the 422 of the endpoints that report their errors as sentences."""
    return ApiRefusal(422, "Unprocessable Entity", errors=errors)


def invalid(resource: str, field_name: str, code: str, message: str = "") -> ApiRefusal:
    """Return the 422 of the endpoints that report their errors as objects."""
    error = {"resource": resource, "code": code, "field": field_name}
    return ApiRefusal(
        422, "Validation Failed", errors=[error | ({"message": message} if message else {})]
    )


def malformed_body(reason: str) -> ApiRefusal:
    """Return the 422 for a body that does not fit the endpoint's schema."""
    return ApiRefusal(422, f"Invalid request.\n\n{reason}")


def json_response(
    value: Any,  # noqa: ANN401 - JSON
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a value as JSON."""
    content_type = {"content-type": "application/json; charset=utf-8"}
    # A test may put half a surrogate pair into a text; UTF-8 has no bytes for it.
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(status=status, body=body, headers={**content_type, **(headers or {})})


class Fields:
    """A JSON object of a request, read field by field; wrong types are refused as GitHub does."""

    def __init__(self, value: JsonObject, *, permitted_keys: Collection[str] | None = None) -> None:
        foreign = sorted(set(value) - set(permitted_keys)) if permitted_keys is not None else []
        if foreign:
            raise malformed_body("\n".join(f'"{key}" is not a permitted key.' for key in foreign))
        self._value = value

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string, or the default; without a default it must be there."""
        if default is None and key not in self._value:
            raise malformed_body(f'"{key}" wasn\'t supplied.')
        value = self._value.get(key, default)
        if not isinstance(value, str):
            raise self._wrong_type(key, "a string")
        return value

    def member(self, key: str, members: Collection[str], default: str) -> str:
        """Return a string that is one of these."""
        value = self.text(key, default)
        if value not in members:
            listing = json.dumps(list(members))
            raise malformed_body(f"For 'properties/{key}', {value} is not a member of {listing}.")
        return value

    def number(self, key: str) -> int | None:
        """Return an integer, None when it is not there."""
        value = self._value.get(key)
        # In Python true is an integer, in JSON it is not. An explicit null is refused as well.
        if key in self._value and (not isinstance(value, int) or isinstance(value, bool)):
            raise self._wrong_type(key, "an integer")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, empty when it is not there."""
        values = self._value.get(key, [])
        if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
            raise self._wrong_type(key, "an array of strings")
        return tuple(values)

    def objects(
        self, key: str, *, permitted_keys: Collection[str] | None = None
    ) -> tuple["Fields", ...]:
        """Return a list of objects, empty when it is not there."""
        values = self._value.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self._wrong_type(key, "an array of objects")
        return tuple(Fields(value, permitted_keys=permitted_keys) for value in values)

    def object(self, key: str) -> "Fields":
        """Return an object, an empty one when it is not there."""
        value = self._value.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong_type(key, "an object")
        return Fields(value)

    def _wrong_type(self, key: str, wanted_type: str) -> ApiRefusal:
        value = self._value[key]
        # GitHub's validator is written in Ruby, and shows values as Ruby does.
        value_text = "nil" if value is None else json.dumps(value)[:100]
        return malformed_body(f"For 'properties/{key}', {value_text} is not {wanted_type}.")


@dataclass(frozen=True, kw_only=True)
class ApiCall:
    """A request that found its route. `args` are the parts of the path, decoded."""

    hub: Hub
    request: Request
    args: Mapping[str, str]

    @property
    def association(self) -> str:
        """How the viewer stands to the repository: an app is nobody in particular."""
        return "NONE" if self.hub.viewer.is_bot else "COLLABORATOR"

    @property
    def repository(self) -> RepositoryState:
        """The repository in the path; names are compared without case. Raises `ApiRefusal`."""
        full_name = f"{self.args['owner']}/{self.args['name']}"
        repository = self.hub.repositories.get(full_name.lower())
        if repository is None:
            raise not_found()
        return repository

    @property
    def pull(self) -> Pull:
        """The pull request in the path. Raises `ApiRefusal`."""
        pull = self.repository.pulls.get(int(self.args["number"]))
        if pull is None:
            raise not_found()
        return pull

    def fields(self, *, permitted_keys: Collection[str] | None = None) -> Fields:
        """Return the body's fields. Raises `ApiRefusal`."""
        return Fields(self.json(), permitted_keys=permitted_keys)

    def json(self) -> JsonObject:
        """Return the body. Raises `ApiRefusal`."""
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError:
            raise ApiRefusal(400, "Problems parsing JSON") from None
        if not isinstance(value, dict):
            raise ApiRefusal(400, "Body should be a JSON object")
        return value

    def list_response(
        self, values: Sequence[Any], shape: Callable[[Any], JsonObject] | None = None
    ) -> Response:
        """Return the page of a list that was asked for, with its `Link` header."""
        page, headers = self.page(values)
        return json_response([shape(value) if shape else value for value in page], headers=headers)

    def page[T](self, values: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
        """Return the values of the page that was asked for, and the `Link` header.

        30 a page unless `per_page` says otherwise; more than 100 are never given.
        """
        query = self.request.query
        size = min(_positive(query.get("per_page"), _DEFAULT_PAGE), _LARGEST_PAGE)
        number = _positive(query.get("page"), 1)
        last = max(1, -(-len(values) // size))
        relations = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        # The first page has no way back, the last one none on; a single page has no header at all.
        if number <= 1:
            del relations["prev"], relations["first"]
        if number >= last:
            del relations["next"], relations["last"]
        address = f"{self.hub.server_url}{self.request.path}"
        link = ", ".join(
            f'<{address}?{urlencode({**query, "page": page})}>; rel="{relation}"'
            for relation, page in relations.items()
        )
        return values[(number - 1) * size : number * size], {"link": link} if link else {}


def _positive(text: str | None, default: int) -> int:
    """Return a number of the query; nonsense is ignored and not refused, as GitHub does."""
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and a path with what answers it.

    `needs` are permissions, any of which will do, such as `pull_requests=write`; reading a public
    repository takes none. `pattern` matches the encoded path; its groups are decoded into `args`.
    """

    method: str
    pattern: re.Pattern[str]
    answer: Callable[[ApiCall], Response]
    needs: tuple[str, ...] = ()


def route(method: str, path: str, answer: Callable[[ApiCall], Response], *needs: str) -> Route:
    """Return a route of a repository: `path` follows `/repos/OWNER/NAME`.

    `{x}` stands for one segment, `{x*}` for the rest, `{number}` and `{id}` for digits.
    """

    def group(match: re.Match[str]) -> str:
        inner = r"\d+" if match[1] in ("number", "id") else ".+" if match[2] else "[^/]+"
        return f"(?P<{match[1]}>{inner})"

    pattern = re.sub(r"\{(\w+)(\*?)\}", group, path)
    whole = re.compile(r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)" + pattern)
    return Route(method=method, pattern=whole, answer=answer, needs=needs)
