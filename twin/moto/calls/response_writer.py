"""Writes the response of an operation as botocore's model of its service has it.

moto has serializers for all of AWS's protocols; this is the one place that uses them.
"""

from collections.abc import Mapping

from moto.core.serialize import SERIALIZERS, SerializationContext
from moto.core.utils import get_service_model

from twin.moto.calls.aws_call import AwsCall, AwsResponse, make_request_id
from twin.moto.calls.request_parser import MODELS, service_key


def write_response(call: AwsCall, operation: str, result: Mapping[str, object]) -> AwsResponse:
    """The response to `call`, whose operation has returned `result`, as boto3 would show it."""
    model = get_service_model(MODELS[service_key(call)])
    request_id = make_request_id(call)
    serializer = SERIALIZERS[str(model.metadata["protocol"])](
        model.operation_model(operation), SerializationContext(request_id=request_id)
    )
    written = serializer.serialize(dict(result))
    headers = {name: str(value) for name, value in written["headers"].items()}
    headers.setdefault("x-amzn-RequestId", request_id)
    body = written["body"]
    return AwsResponse(
        status=written["status_code"],
        headers=tuple(headers.items()),
        body=body if isinstance(body, bytes) else body.encode(),
    )
