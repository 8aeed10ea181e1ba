"""One request and its answer, within limits, with every fault named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

import requests
from requests.utils import requote_uri
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

from connectors.http.answers import Fetched, status_error
from connectors.http.cutoff import CutOff
from connectors.http.reading import ACCEPT_ENCODING, body
from labelloop.errors import SourceError, SourceRefused, SourceUnavailable


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a body after decompression; seconds to connect, without a byte, and in all."""

    max_bytes: int
    connect_timeout: float
    read_timeout: float
    deadline: float


class Exchange:
    """Sends a request and reads the answer; a context manager that leaves nothing open.

    Args:
        where: The address as messages show it.
    """

    def __init__(self, session: requests.Session, limits: Limits, where: str) -> None:
        self._session = session
        self._limits = limits
        self._where = where
        self._cut_off = CutOff(limits.deadline)
        self._response: requests.Response | None = None

    def __enter__(self) -> Exchange:
        self._cut_off.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response is not None:
            self._response.close()
        self._cut_off.__exit__(kind, error, trace)

    def send(self, request: requests.Request) -> requests.Response:
        """The answer's head; its body is still to be read.

        Raises:
            SourceRefused: The address cannot be asked.
            SourceUnavailable: Nobody answers in time.
        """
        request.headers = {"Accept-Encoding": ACCEPT_ENCODING, **request.headers}
        limits = self._limits
        try:
            self._response = self._session.send(
                self._session.prepare_request(request),
                stream=True,
                allow_redirects=False,
                timeout=(min(limits.connect_timeout, max(limits.deadline, 0.001)), limits.read_timeout),
            )
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            raise self._fault(error) from None
        return self._response

    def redirect(self, response: requests.Response) -> str | None:
        """Where a redirect leads, None where it does not say."""
        location = self._session.get_redirect_target(response)
        try:
            return requests.compat.urljoin(response.url, requote_uri(location)) if location else None
        except (ValueError, requests.RequestException):
            raise SourceRefused(
                f"{self._where} redirects to something that is not a web address",
                reason="not a web address",
            ) from None

    def status_error(self, response: requests.Response, *, conditional: bool) -> SourceError | None:
        """The error the status stands for; 304 is fine where it was asked for."""
        if conditional and response.status_code == 304:
            return None
        return status_error(response.status_code, _headers(response), self._where, _now())

    def fetched(self, response: requests.Response, accept: tuple[str, ...], at: datetime) -> Fetched:
        """The whole answer.

        Raises:
            SourceRefused: A type that is not wanted, or too large.
            SourceUnavailable: Cut off, or too slow.
        """
        headers = _headers(response)
        kind, charset = content_type(headers.get("content-type", ""))
        not_modified = response.status_code == 304
        if not not_modified and kind and "*" not in accept and kind not in accept:
            raise SourceRefused(
                f"{self._where} is {kind[:80]!r}, not text", reason="content type not wanted"
            )
        content = b"" if not_modified else self.content(response)
        url = response.url or ""
        return Fetched(
            url, response.status_code, headers, content, kind, charset, at, not_modified=not_modified
        )

    def content(self, response: requests.Response) -> bytes:
        """The body, decompressed and complete."""
        try:
            content = body(response, self._limits.max_bytes, self._where)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._fault(error) from None
        except SourceUnavailable:
            if self._cut_off.expired:
                raise self._too_slow() from None
            raise
        if self._cut_off.expired:  # a body without a length then seems to end well
            raise self._too_slow()
        return content

    def _too_slow(self) -> SourceUnavailable:
        return SourceUnavailable(
            f"{self._where} took longer than {self._limits.deadline:.3g} s", reason="too slow"
        )

    def _fault(self, error: Exception) -> SourceError:
        if self._cut_off.expired:
            return self._too_slow()
        if isinstance(error, requests.exceptions.InvalidURL | ValueError) and not isinstance(
            error, requests.ConnectionError | requests.Timeout
        ):
            return SourceRefused(f"{self._where} is not a web address", reason="not a web address")
        words, reason = _named(error)
        return SourceUnavailable(f"{self._where} {words}", reason=reason)


_FAULTS: tuple[tuple[str, str, str], ...] = (
    # part of what the library says, what we say, how it is counted
    ("NameResolutionError", "cannot be looked up: no such host, or no network", "no such host"),
    ("NameResolution", "cannot be looked up: no such host, or no network", "no such host"),
    ("CERTIFICATE_VERIFY_FAILED", "has no valid certificate", "bad certificate"),
    ("SSLError", "cannot be reached securely", "TLS failure"),
    ("refused", "does not answer: connection refused", "connection refused"),
    ("LineTooLong", "answers with headers that are too long", "bad answer"),
    ("got more than", "answers with headers that are too long", "bad answer"),
    ("BadStatusLine", "answers with something that is not HTTP", "bad answer"),
)


def _named(error: Exception) -> tuple[str, str]:
    """What went wrong in words, and in the few words it is counted by."""
    chain = _chain(error)
    if any(
        isinstance(link, TimeoutError | requests.Timeout) or "TimeoutError" in type(link).__name__
        for link in chain
    ):
        return "does not answer in time", "no answer in time"
    said = " ".join(f"{type(link).__name__} {link}" for link in chain)
    for part, words, reason in _FAULTS:
        if part in said:
            return words, reason
    if any(isinstance(link, IncompleteRead | ProtocolError) for link in chain):
        return "was cut off in the middle", "cut off"
    return f"cannot be reached ({type(error).__name__})", "no connection"


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and all that it wraps, as argument, reason, cause or context."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < 20:
        link = waiting.pop(0)
        if link is None or link in found:
            continue
        found.append(link)
        inner = [*link.args, getattr(link, "reason", None), link.__cause__, link.__context__]
        waiting += [part for part in inner if isinstance(part, BaseException)]
    return found


def content_type(written: str) -> tuple[str, str | None]:
    """Type in lower case and charset of a Content-Type header."""
    kind, *parameters = written.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.strip().lower(), value.strip().strip("\"'").lower() or None
    return kind.strip().lower(), None


def _headers(response: requests.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
