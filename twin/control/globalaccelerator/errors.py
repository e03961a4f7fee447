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
    code = "AcceleratorNotFoundException"


class ListenerNotFound(GlobalAcceleratorError):
    code = "ListenerNotFoundException"


class EndpointGroupNotFound(GlobalAcceleratorError):
    code = "EndpointGroupNotFoundException"


class AcceleratorNotDisabled(GlobalAcceleratorError):
    code = "AcceleratorNotDisabledException"


class AssociatedListenerFound(GlobalAcceleratorError):
    code = "AssociatedListenerFoundException"


class AssociatedEndpointGroupFound(GlobalAcceleratorError):
    code = "AssociatedEndpointGroupFoundException"


class EndpointGroupAlreadyExists(GlobalAcceleratorError):
    code = "EndpointGroupAlreadyExistsException"


class InvalidArgument(GlobalAcceleratorError):
    code = "InvalidArgumentException"


class InvalidPortRange(GlobalAcceleratorError):
    code = "InvalidPortRangeException"


class InvalidNextToken(GlobalAcceleratorError):
    code = "InvalidNextTokenException"


class LimitExceeded(GlobalAcceleratorError):
    code = "LimitExceededException"


class TransactionInProgress(GlobalAcceleratorError):
    code = "TransactionInProgressException"


class AccessDenied(GlobalAcceleratorError):
    code = "AccessDeniedException"


class NotInTheTwin(GlobalAcceleratorError):
    code = "NotImplemented"
    status = 501


class InternalServiceError(GlobalAcceleratorError):
    status = 500


def render_error(error: GlobalAcceleratorError) -> bytes:
    """Response body in the service's protocol, AWS JSON 1.1."""
    return json.dumps({"__type": error.code, "message": error.message}).encode()
