"""Reads with which key, and for which service and Region, a request is signed. Pure.

Whoever routes, judges or answers a call reads it here. If they read it in ways of their own, a
request that names two scopes could be judged by one of them and be answered by the other.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from common.aws import control_plane_region

ALGORITHM = "AWS4-HMAC-SHA256"
_CREDENTIAL = re.compile(r"([^/\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An access key, and the scope that its signature is valid in."""

    access_key: str
    date: str
    """YYYYMMDD."""
    region: str
    service: str
    """Signing name: `elasticloadbalancing`, `dynamodb`, ..."""

    @property
    def serving_region(self) -> str:
        """The Region that serves the call."""
        return control_plane_region(service=self.service, region=self.region)


def parse_credential(text: str) -> Credential | None:
    """Read `key/date/region/service/aws4_request`; None for a text of another form."""
    parts = _CREDENTIAL.fullmatch(text)
    if parts is None:
        return None
    return Credential(access_key=parts[1], date=parts[2], region=parts[3], service=parts[4])


def find_credential(authorization: str, query: str) -> str | None:
    """The text of the credential in the Authorization header, else in a presigned URL's query.

    Empty for a header without one; None for a request that is not signed. `query` is not decoded.
    """
    if authorization:
        algorithm, fields = split_authorization(authorization)
        return fields.get("Credential", "") if algorithm == ALGORITHM else ""
    return dict(split_query(query)).get("X-Amz-Credential") or None


def split_authorization(authorization: str) -> tuple[str, dict[str, str]]:
    """The algorithm and the fields of an Authorization header; of two with one name, the last."""
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(",") if "=" in part)
    return algorithm, fields


def split_query(query: str) -> list[tuple[str, str]]:
    """Names and values of a query, decoded."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]
