"""Errors of Global Accelerator: one class for each code of the API model.

GlobalAcceleratorError
├── AcceleratorNotFound, ListenerNotFound, EndpointGroupNotFound
├── AcceleratorNotDisabled        DeleteAccelerator while it is enabled
├── AssociatedListenerFound       DeleteAccelerator while it has listeners
├── AssociatedEndpointGroupFound  DeleteListener while it has endpoint groups
├── EndpointGroupAlreadyExists    a second group of a listener in one Region
├── InvalidArgument               any other value that breaks a rule
├── InvalidPortRange              ports out of range or not unique in the accelerator
├── InvalidNextToken              a page token of another list
├── LimitExceeded                 a quota
├── TransactionInProgress         DeleteAccelerator while a change is not deployed
├── AccessDenied                  a call for a Region other than us-west-2
├── NotInTheTwin                  an operation that AWS has and the twin has not
└── InternalServiceError          an error of the twin itself

https://docs.aws.amazon.com/global-accelerator/latest/api/API_Operations.html
"""

import json


class GlobalAcceleratorError(Exception):
    """Base of all; `code` is the type of the error that the client sees."""

    code = "InternalServiceErrorException"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AcceleratorNotFound(GlobalAcceleratorError):
    """No accelerator of this ARN."""

    code = "AcceleratorNotFoundException"


class ListenerNotFound(GlobalAcceleratorError):
    """No listener of this ARN."""

    code = "ListenerNotFoundException"


class EndpointGroupNotFound(GlobalAcceleratorError):
    """No endpoint group of this ARN."""

    code = "EndpointGroupNotFoundException"


class AcceleratorNotDisabled(GlobalAcceleratorError):
    """An enabled accelerator can't be deleted."""

    code = "AcceleratorNotDisabledException"


class AssociatedListenerFound(GlobalAcceleratorError):
    """An accelerator with listeners can't be deleted."""

    code = "AssociatedListenerFoundException"


class AssociatedEndpointGroupFound(GlobalAcceleratorError):
    """A listener with endpoint groups can't be deleted."""

    code = "AssociatedEndpointGroupFoundException"


class EndpointGroupAlreadyExists(GlobalAcceleratorError):
    """The listener has a group in this Region already."""

    code = "EndpointGroupAlreadyExistsException"


class InvalidArgument(GlobalAcceleratorError):
    """A value breaks a rule; the message names its field."""

    code = "InvalidArgumentException"


class InvalidPortRange(GlobalAcceleratorError):
    """Ports are out of range, or not unique in the accelerator."""

    code = "InvalidPortRangeException"


class InvalidNextToken(GlobalAcceleratorError):
    """The page token belongs to another list."""

    code = "InvalidNextTokenException"


class LimitExceeded(GlobalAcceleratorError):
    """The call would exceed a quota."""

    code = "LimitExceededException"


class TransactionInProgress(GlobalAcceleratorError):
    """The accelerator's last change is not deployed yet."""

    code = "TransactionInProgressException"


class AccessDenied(GlobalAcceleratorError):
    """The call is for a Region other than us-west-2."""

    code = "AccessDeniedException"


class NotInTheTwin(GlobalAcceleratorError):
    """AWS has this operation, the twin does not."""

    code = "UnsupportedOperationException"


class InternalServiceError(GlobalAcceleratorError):
    """An error of the twin itself."""

    status = 500


def render_error(error: GlobalAcceleratorError) -> bytes:
    """Response body in the service's protocol, AWS JSON 1.1."""
    return json.dumps({"__type": error.code, "message": error.message}).encode()
