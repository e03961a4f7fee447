"""Global Accelerator's own errors: one class per code of the service's API model.

GlobalAcceleratorError
├── AcceleratorNotFound, ListenerNotFound, EndpointGroupNotFound
├── AcceleratorNotDisabled        DeleteAccelerator of an enabled one
├── AssociatedListenerFound       DeleteAccelerator of one with listeners
├── AssociatedEndpointGroupFound  DeleteListener of one with endpoint groups
├── EndpointGroupAlreadyExists    a second group of a listener in one Region
├── InvalidArgument               everything the rules refuse
├── InvalidPortRange              ports out of range or not unique in the accelerator
├── InvalidNextToken              a page token that this list did not give
├── LimitExceeded                 a quota
├── TransactionInProgress         DeleteAccelerator while a change is still spreading
├── AccessDenied                  a call for a Region other than us-west-2
├── NotInTheTwin                  an operation that AWS has and the twin has not
└── InternalServiceError          a fault of the twin's own

https://docs.aws.amazon.com/global-accelerator/latest/api/API_Operations.html
"""

import json


class GlobalAcceleratorError(Exception):
    """Base of all; `code` is what the client sees as the error's type."""

    code = "InternalServiceErrorException"
    status = 400

    def __init__(self, message: str) -> None:
        """Keep the message apart from its presentation."""
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
    """A value breaks a rule; the message names field and value."""

    code = "InvalidArgumentException"


class InvalidPortRange(GlobalAcceleratorError):
    """Ports are no numbers of a port range, or not unique in the accelerator."""

    code = "InvalidPortRangeException"


class InvalidNextToken(GlobalAcceleratorError):
    """The page token was not given by this list."""

    code = "InvalidNextTokenException"


class LimitExceeded(GlobalAcceleratorError):
    """A quota of the service."""

    code = "LimitExceededException"


class TransactionInProgress(GlobalAcceleratorError):
    """The accelerator's last change is still spreading."""

    code = "TransactionInProgressException"


class AccessDenied(GlobalAcceleratorError):
    """The call may not be made here."""

    code = "AccessDeniedException"


class NotInTheTwin(GlobalAcceleratorError):
    """AWS has this operation, the twin has not."""

    code = "UnsupportedOperationException"


class InternalServiceError(GlobalAcceleratorError):
    """A fault of the twin's own."""

    status = 500


def render_error(error: GlobalAcceleratorError) -> bytes:
    """The error's body in the service's protocol (AWS JSON 1.1)."""
    return json.dumps({"__type": error.code, "message": error.message}).encode()
