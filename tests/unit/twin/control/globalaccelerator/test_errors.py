"""Codes of the errors, and how an error is sent."""

import json

from twin.control.globalaccelerator import documents, service
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InvalidArgument,
    NotInTheTwin,
    render_error,
)


def test_every_error_code_is_one_that_the_operations_declare_or_the_twins_own() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Operations.html."""
    model = documents.service_model()
    declared = {
        shape.name
        for operation in service.OPERATIONS
        for shape in model.operation_model(operation).error_shapes
    }
    ours = {kind.code for kind in GlobalAcceleratorError.__subclasses__()}

    assert ours - declared == {NotInTheTwin.code}


def test_errors_are_rendered_as_aws_json() -> None:
    body = json.loads(render_error(InvalidArgument("Name: bad")))

    assert body == {"__type": "InvalidArgumentException", "message": "Name: bad"}
