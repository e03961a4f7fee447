"""Errors of the function.

AppError
├── EnvironmentInvalid   a variable of the function's environment is missing or wrong
├── RoutesInvalid        two services want the same requests
├── UnknownEvent         the event is not from a load balancer or API Gateway
├── TableUnavailable     the table did not answer within the time budget
├── ConditionFailed      an item is not as a write's condition wants it
├── SwitchMalformed      the health switch's item is invalid
└── RequestRefused       the request is answered with an error
    ├── BadRequest       400
    ├── Forbidden        403
    ├── NotFound         404
    ├── MethodNotAllowed 405, with the methods that are allowed
    ├── Conflict         409
    └── TooManyRequests  429
"""

from collections.abc import Mapping
from typing import Any


class AppError(Exception):
    """Base of all; the message says what is wrong and what would be right."""


class EnvironmentInvalid(AppError):
    """A variable of the function's environment is missing or wrong."""


class RoutesInvalid(AppError):
    """Two services want the same requests, or a template is wrong."""


class UnknownEvent(AppError):
    """The event is not from a load balancer or API Gateway."""


class TableUnavailable(AppError):
    """The table did not answer within the time budget."""

    def __init__(self, detail: str, *, transient: bool, may_be_executed: bool = False) -> None:
        """`detail` is for the log; `transient`: a retry may succeed.

        `may_be_executed`: it is unknown whether the call was executed.
        """
        super().__init__(detail)
        self.transient = transient
        self.may_be_executed = may_be_executed


class ConditionFailed(AppError):
    """An item is not as a write's condition wants it; nothing was written."""

    def __init__(self, detail: str, *, item: Mapping[str, Mapping[str, Any]] | None) -> None:
        """`item`: the present one, in DynamoDB's JSON; None if there is none."""
        super().__init__(detail)
        self.item = item


class SwitchMalformed(AppError):
    """The health switch's item is invalid."""


class RequestRefused(AppError):
    """The request is answered with an error; the message is public."""

    status = 400

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the answer to this error needs."""
        return {}


class BadRequest(RequestRefused):
    """The request itself is wrong."""


class Forbidden(RequestRefused):
    """The request is understood, and not allowed here."""

    status = 403


class NotFound(RequestRefused):
    """There is no such path, or no such item."""

    status = 404


class MethodNotAllowed(RequestRefused):
    """The path exists, but not for this method."""

    status = 405

    def __init__(self, method: str, path: str, allowed: str) -> None:
        """`allowed`: the methods of the path, as in the Allow header."""
        super().__init__(f"{method} is not allowed on {path}; allowed: {allowed}")
        self._allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        """Allow, which a 405 must have (RFC 9110, 15.5.6)."""
        return {"Allow": self._allowed}


class Conflict(RequestRefused):
    """There is another item in the place of the one that would be written."""

    status = 409


class TooManyRequests(RequestRefused):
    """The client has sent more than is remembered of it."""

    status = 429
