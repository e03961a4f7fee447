"""Parses an AWS API call as far as needed: service, Region, operation, whether it changes state.

Knows the wire formats of AWS's protocols (query, JSON, REST, RPC with CBOR), but no service's
operations.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_plus

from twin.core.http.credential_scope import (
    ALGORITHM,
    Credential,
    find_credential,
    parse_credential,
)
from twin.core.http.error_response import AwsError, write_error_response

_LONGEST_ACTION = len("Action") * len("%41")
"""Of the name `Action`, with all its letters escaped."""
RPC_PATH = re.compile(r"/service/(?P<service>\w+)/operation/(?P<operation>\w+)")
"""https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""

_READ_PREFIXES = (
    "Describe",
    "List",
    "Get",
    "BatchGet",
    "BatchDescribe",
    "Head",
    "Search",
    "Lookup",
    "Simulate",
    "Estimate",
    "Filter",
    "Decode",
)
"""Prefixes of operations that change nothing."""

UNJOURNALED_OPERATIONS = frozenset({"PutMetricData", "PutLogEvents", "SetAlarmState"})
"""Operations that change data, not configuration; their effect is lost when control restarts."""


class MalformedRequest(Exception):
    """The call can't be read as its operation's protocol has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCall:
    """One HTTP request to an AWS service."""

    method: str
    url: str
    """Path and query, as received."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""

    @property
    def _credential(self) -> Credential | None:
        header = self.headers.get("authorization", "")
        return parse_credential(find_credential(header, self.query) or "")

    @property
    def service(self) -> str | None:
        """The signing name of the service, such as `elasticloadbalancing`; None if unsigned."""
        found = self._credential
        return found.service if found else None

    @property
    def region(self) -> str | None:
        """The Region that serves the call; None if unsigned."""
        found = self._credential
        return found.serving_region if found else None

    @property
    def path(self) -> str:
        """The URL's path, not decoded."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> str:
        """The URL's query, not decoded."""
        return self.url.partition("?")[2]

    @property
    def actions(self) -> tuple[str, ...]:
        """All values of the parameter Action, by which the query protocol names operations."""
        return _find_actions(self.query, self.body if self.is_form else b"")

    @property
    def operation(self) -> str | None:
        """The operation's name; None for a REST protocol, which does not send it."""
        target = self.headers.get("x-amz-target")
        if target:
            return target.rsplit(".", 1)[-1]
        if self.is_cbor and (rpc := RPC_PATH.fullmatch(self.path)):
            return rpc["operation"]
        return self.actions[0] if self.actions else None

    @property
    def changes_state(self) -> bool:
        """Whether it may change configuration, and so has to be journaled."""
        operation = self.operation
        if operation is None:
            return self.method not in ("GET", "HEAD", "OPTIONS")
        return not operation.startswith(_READ_PREFIXES) and operation not in UNJOURNALED_OPERATIONS

    @property
    def label(self) -> str:
        """Text for messages and logs."""
        what = self.operation or f"{self.method} {self.path}"
        return f"{self.service or 'unsigned'} {what} ({self.region or 'no Region'})"

    @property
    def is_form(self) -> bool:
        """Whether it uses the query protocol, whose responses are XML."""
        return self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")

    @property
    def is_cbor(self) -> bool:
        """Whether it uses the RPC protocol with CBOR bodies."""
        return self.headers.get("smithy-protocol") == "rpc-v2-cbor"


@lru_cache(maxsize=8)
def _find_actions(query: str, form: bytes) -> tuple[str, ...]:
    """Of the query, then of the form; cached, since one call is asked many times.

    Other values are not decoded: a million escapes take half a second.
    """
    fields = (*query.split("&"), *form.decode("utf-8", "replace").split("&"))
    pairs = (field.partition("=") for field in fields)
    return tuple(unquote_plus(value) for name, _, value in pairs if value and _is_action(name))


def _is_action(name: str) -> bool:
    return len(name) <= _LONGEST_ACTION and unquote_plus(name) == "Action"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsResponse:
    """One HTTP response of an AWS service."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def succeeded(self) -> bool:
        return self.status < 400

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, which no service of AWS answers."""
        return self.body.startswith(b"<!doctype html>")


def call_between_services(
    caller: str, service: str, region: str, headers: Mapping[str, str], body: bytes
) -> AwsCall:
    """A call that one service of AWS makes of another; of its signature, the scope alone counts."""
    credential = f"{caller}/20200101/{region}/{service}/aws4_request"
    return AwsCall(
        method="POST",
        url="/",
        headers={"authorization": f"{ALGORITHM} Credential={credential}, Signature=0", **headers},
        body=body,
    )


def aws_error_response(call: AwsCall, status: int, code: str, message: str) -> AwsResponse:
    """Build an error response in the call's protocol, so that clients show code and message."""
    error = AwsError(status=status, code=code, message=message)
    response = write_error_response(error, call.headers, call.service, make_request_id(call))
    return AwsResponse(status=status, headers=tuple(response.headers.items()), body=response.body)


def make_request_id(call: AwsCall) -> str:
    """The id of a response: the same for the same call, so that tests can repeat it."""
    digest = hashlib.sha256(f"{call.method} {call.url}".encode() + call.body).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
