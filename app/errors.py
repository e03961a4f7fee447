"""Errors of the function.

AppError
├── EnvironmentIncomplete   a variable of the function's environment is missing or wrong
├── EventUnknown            the event comes from no front door that the function knows
├── TableUnavailable        the table gave no usable answer within the time budget
├── SwitchMalformed         the health switch's item can't be understood
└── Refused                 the request gets an answer other than the one it asked for
    ├── BadRequest          400
    ├── NotFound            404
    └── MethodRefused       405, with the methods that are allowed
"""


class AppError(Exception):
    """Base of all; the message says what was wrong and what would be right."""


class EnvironmentInvalid(AppError):
    """A variable of the function's environment is missing or wrong."""


class UnknownEvent(AppError):
    """The event comes from no front door that the function knows."""


class TableUnavailable(AppError):
    """The table gave no usable answer within the time budget."""

    def __init__(self, detail: str, *, transient: bool) -> None:
        """Keep the detail for the log; `transient` says whether another try may help."""
        super().__init__(detail)
        self.transient = transient


class SwitchMalformed(AppError):
    """The health switch's item can't be understood."""


class RequestRefused(AppError):
    """The request gets an answer other than the one it asked for; the message is public."""

    status = 400

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the answer needs because of this error."""
        return {}


class BadRequest(RequestRefused):
    """The request itself is wrong."""


class NotFound(RequestRefused):
    """There is no such path, or no such item."""

    status = 404


class MethodNotAllowed(RequestRefused):
    """The path exists, but not for this method."""

    status = 405

    def __init__(self, method: str, path: str, allowed: str) -> None:
        """Name the method, the path and the methods that it has (for the Allow header)."""
        super().__init__(f"{method} is not allowed on {path}; allowed: {allowed}")
        self._allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        """Allow, which every 405 carries (RFC 9110, 15.5.6)."""
        return {"Allow": self._allowed}
