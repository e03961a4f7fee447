"""Checks a request's Signature Version 4: in the Authorization header or in a presigned URL. Pure.

The signature is computed again from the request as it was received, with the secret of the access
key that it names, and compared. botocore has only the client's side of this; it is the oracle of
this module's tests. Requests with chunked signatures (`STREAMING-...`) are for S3, which the twin
does not have; these are refused.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

from twin.core.http.credential_scope import (
    ALGORITHM,
    parse_credential,
    split_authorization,
    split_query,
)
from twin.core.http.url_path import resolve_dots

MAX_SKEW_S = 300
MAX_EXPIRES_S = 7 * 24 * 3600
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html"""
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_UNRESERVED = "-_.~"
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_EXPIRES = re.compile("[0-9]{1,9}")


class SignatureProblemKind(StrEnum):
    MISSING = "missing"
    INCOMPLETE = "incomplete"
    MISMATCH = "mismatch"


class SignatureProblem(Exception):
    """The request is not signed as AWS requires; the message is AWS's."""

    def __init__(self, kind: SignatureProblemKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """An HTTP request as the signature covers it."""

    method: str
    path: str
    """Not decoded."""
    query: str
    """Not decoded."""
    headers: Mapping[str, str]
    """Names in lower case; several values of one header are joined by commas."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSignature:
    """What a request says of its signature."""

    access_key: str
    date: str
    """YYYYMMDD, of the scope."""
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    """Such as 20150830T123600Z."""
    session_token: str
    """Empty for a long-term key."""
    expires_s: int | None
    """Validity of a presigned URL; None for a signature in the header."""

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def parse_signature(request: ReceivedRequest) -> RequestSignature:
    """Read the signature's parts. Raises SignatureProblem (MISSING, INCOMPLETE)."""
    authorization = request.headers.get("authorization", "")
    if authorization:
        return _parse_header(request, authorization)
    query = dict(split_query(request.query))
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _parse_query(query)
    raise SignatureProblem(SignatureProblemKind.MISSING, "Request is missing Authentication Token")


def verify_signature(
    request: ReceivedRequest, signature: RequestSignature, secret: str, now: float
) -> None:
    """Check the time and the signature; `now` in seconds since 1970. Raises SignatureProblem."""
    _check_time(signature, now)
    expected = compute_signature(request, signature, secret)
    if not _are_same(expected, signature.signature):
        raise _mismatch(
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details."
        )


def compute_signature(request: ReceivedRequest, signature: RequestSignature, secret: str) -> str:
    """The signature that the request should have. Raises SignatureProblem (MISMATCH)."""
    canonical = canonical_request(request, signature)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{signature.timestamp}\n{signature.scope}\n{digest}"
    key = _signing_key(secret, signature.date, signature.region, signature.service)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def canonical_request(request: ReceivedRequest, signature: RequestSignature) -> str:
    """The text that is signed. Raises SignatureProblem (MISMATCH) for a wrong payload hash."""
    names = sorted(signature.signed_headers)
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names
    )
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query),
            headers,
            ";".join(names),
            _payload_hash(request),
        )
    )


def _parse_header(request: ReceivedRequest, authorization: str) -> RequestSignature:
    algorithm, fields = split_authorization(authorization)
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'", authorization)
    timestamp = request.headers.get("x-amz-date", "") or _http_date(request.headers.get("date", ""))
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if not timestamp:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing:
        raise _incomplete(" ".join(missing), authorization)
    return _build(
        credential=fields["Credential"],
        signed_headers=fields["SignedHeaders"],
        signature=fields["Signature"],
        timestamp=timestamp,
        session_token=request.headers.get("x-amz-security-token", ""),
        expires_s=None,
    )


def _parse_query(query: Mapping[str, str]) -> RequestSignature:
    names = ("Algorithm", "Credential", "Date", "SignedHeaders", "Signature")
    missing = [f"X-Amz-{name}" for name in names if not query.get(f"X-Amz-{name}")]
    if missing:
        text = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        raise _incomplete(f"{text} Re-examine the query-string parameters.")
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm']}'")
    expires = query.get("X-Amz-Expires", str(MAX_SKEW_S))
    if not _EXPIRES.fullmatch(expires) or not 0 < int(expires) <= MAX_EXPIRES_S:
        raise _incomplete(f"X-Amz-Expires must be 1 to {MAX_EXPIRES_S} seconds, not '{expires}'")
    return _build(
        credential=query["X-Amz-Credential"],
        signed_headers=query["X-Amz-SignedHeaders"],
        signature=query["X-Amz-Signature"],
        timestamp=query["X-Amz-Date"],
        session_token=query.get("X-Amz-Security-Token", ""),
        expires_s=int(expires),
    )


def _build(
    *,
    credential: str,
    signed_headers: str,
    signature: str,
    timestamp: str,
    session_token: str,
    expires_s: int | None,
) -> RequestSignature:
    scope = parse_credential(credential)
    if scope is None:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential}'"
        )
    names = tuple(name.strip().lower() for name in signed_headers.split(";"))
    if "host" not in names:
        raise _mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    return RequestSignature(
        access_key=scope.access_key,
        date=scope.date,
        region=scope.region,
        service=scope.service,
        signed_headers=names,
        signature=signature.strip().lower(),
        timestamp=timestamp,
        session_token=session_token,
        expires_s=expires_s,
    )


def _check_time(signature: RequestSignature, now: float) -> None:
    try:
        signed = datetime.strptime(signature.timestamp, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _incomplete(
            "Date must be in ISO-8601 'basic format'. "
            f"Got '{signature.timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    if signature.timestamp[:8] != signature.date:
        raise _mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{signature.date}' != '{signature.timestamp[:8]}', from "
            f"'{signature.timestamp}'."
        )
    here = datetime.fromtimestamp(now, UTC)
    skew = timedelta(seconds=MAX_SKEW_S)
    valid = skew if signature.expires_s is None else timedelta(seconds=signature.expires_s)
    if signed < here - valid:
        allowance = f"{MAX_SKEW_S // 60} min." if signature.expires_s is None else f"{valid}"
        raise _mismatch(
            f"Signature expired: {signature.timestamp} is now earlier than "
            f"{here - valid:{_TIMESTAMP}} ({here:{_TIMESTAMP}} - {allowance})"
        )
    if signed > here + skew:
        raise _mismatch(
            f"Signature not yet current: {signature.timestamp} is still later than "
            f"{here + skew:{_TIMESTAMP}} ({here:{_TIMESTAMP}} + {MAX_SKEW_S // 60} min.)"
        )


def _http_date(text: str) -> str:
    """The Date header in the signature's form; as it is where it has that form already."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime(_TIMESTAMP)
    except (ValueError, OverflowError):  # Overflow: a year that no date has, or only in UTC.
        return text


def _canonical_path(path: str) -> str:
    """Without dots and empty segments, and encoded once more, as all services but S3 have it."""
    segments = resolve_dots(path)
    slash = "/" if segments and path.endswith("/") else ""
    return quote("/" + "/".join(segments) + slash, safe="/" + _UNRESERVED)


def _canonical_query(query: str) -> str:
    pairs = sorted(
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in split_query(query)
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def _payload_hash(request: ReceivedRequest) -> str:
    stated = request.headers.get("x-amz-content-sha256")
    if stated == UNSIGNED_PAYLOAD:
        return stated
    if stated and stated.startswith("STREAMING-"):
        raise _mismatch(f"The twin has no service that takes a payload of the kind {stated}.")
    digest = hashlib.sha256(request.body).hexdigest()
    if stated and not _are_same(stated.lower(), digest):
        raise _mismatch(
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    return digest


def _are_same(stated: str, computed: str) -> bool:
    """In constant time; of texts, hmac compares ASCII only."""
    return hmac.compare_digest(stated.encode(), computed.encode())


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _incomplete(message: str, authorization: str = "") -> SignatureProblem:
    shown = f" Authorization={authorization.partition(' ')[0]}" if authorization else ""
    return SignatureProblem(SignatureProblemKind.INCOMPLETE, message + shown)


def _mismatch(message: str) -> SignatureProblem:
    return SignatureProblem(SignatureProblemKind.MISMATCH, message)
