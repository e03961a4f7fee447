"""The credential scope of a signed AWS request: its service and its Region.

The signature itself is not checked: the twin has no secrets and accepts any key.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

_CREDENTIAL = re.compile(r"[^/\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_IN_HEADER = re.compile(r"AWS4-HMAC-SHA256\s+(?:.*,\s*)?Credential=([^,\s]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialScope:
    """Service and Region that a request is signed for."""

    region: str
    service: str
    """Signing name: `elasticloadbalancing`, `dynamodb`, ..."""


class MissingScope(StrEnum):
    """Why a request has no credential scope."""

    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


def read_credential_scope(headers: Mapping[str, str], query: str) -> CredentialScope | MissingScope:
    """The scope in the Authorization header, or in the query of a presigned URL."""
    authorization = headers.get("Authorization", "")
    presigned = parse_qs(query).get("X-Amz-Credential", [])
    if not authorization and not presigned:
        return MissingScope.UNSIGNED
    if authorization:
        match = _IN_HEADER.match(authorization)
        credential = match.group(1) if match else ""
    else:
        credential = presigned[0]
    parts = _CREDENTIAL.fullmatch(credential)
    return CredentialScope(region=parts[1], service=parts[2]) if parts else MissingScope.UNREADABLE
