"""Pages of EC2's descriptions: up to MaxResults items, and NextToken where there are more.

moto answers with the whole list, whatever the token. Each response has one list beside the token.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

from moto.core.utils import get_service_model

from twin.core.pages import find_start
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.calls.request_parser import MODELS, parse_call

SIZE, TOKEN = "MaxResults", "NextToken"


@dataclass(frozen=True, slots=True)
class _Begin:
    """What a page begins with: the item's position in the list, and a digest of the item."""

    position: int
    key: str


def take_page(call: AwsCall, response: AwsResponse) -> AwsResponse:
    """The page of the whole list that a call asks for, or its error response."""
    sent = call.query.encode() + b"&" + (call.body if call.is_form else b"")
    if call.service != "ec2" or not response.succeeded:
        return response
    if SIZE.encode() not in sent and TOKEN.encode() not in sent:
        return response
    parsed = parse_call(call)
    size, token = parsed.parameters.get(SIZE), parsed.parameters.get(TOKEN)
    list_name = _list_name(parsed.operation)
    if size is not None and size < 1:
        return _refuse(call, SIZE, size)
    if list_name is None or not (size or token):
        return response
    begin = _read_token(token, parsed.operation) if token else _Begin(0, "")
    if begin is None:
        return _refuse(call, TOKEN, token, " The token is invalid.")
    return replace(
        response, body=_cut(response.body, list_name, begin, size, operation=parsed.operation)
    )


def _list_name(operation: str) -> str | None:
    """Of the element that has the items; None where there are no pages."""
    output: Any = get_service_model(MODELS["ec2"]).operation_model(operation).output_shape
    if output is None or TOKEN not in output.members:
        return None
    lists = [shape for shape in output.members.values() if shape.type_name == "list"]
    return str(lists[0].serialization["name"])


def _cut(whole: bytes, list_name: str, begin: _Begin, size: int | None, *, operation: str) -> bytes:
    root = ElementTree.fromstring(whole)  # noqa: S314 - what moto has written
    namespace = root.tag.partition("}")[0][1:]
    items = root.find(f"{{{namespace}}}{list_name}")
    if items is None:
        return whole
    found = list(items)
    keys = [hashlib.sha256(ElementTree.tostring(item)).hexdigest() for item in found]
    start = find_start(keys, begin.key, begin.position)
    end = len(found) if size is None else start + size
    for item in found[:start] + found[end:]:
        items.remove(item)
    if end < len(found):
        token = ElementTree.SubElement(root, f"{{{namespace}}}nextToken")
        token.text = _make_token(_Begin(end, keys[end]), operation)
    written: bytes = ElementTree.tostring(
        root, encoding="utf-8", xml_declaration=True, default_namespace=namespace
    )
    return written


def _make_token(begin: _Begin, operation: str) -> str:
    return base64.b64encode(f"{operation}:{begin.position}:{begin.key}".encode()).decode()


def _read_token(token: str, operation: str) -> _Begin | None:
    """What the page begins with; None if the token is not of a list of this operation."""
    try:
        named, start, key = base64.b64decode(token, validate=True).decode("ascii").split(":")
    except (binascii.Error, ValueError):
        return None
    known = named == operation and start.isdecimal() and len(start) < 10
    return _Begin(int(start), key) if known else None


def _refuse(call: AwsCall, name: str, value: object, why: str = "") -> AwsResponse:
    """The text is the one that users report: https://github.com/boto/boto3/issues/2673"""
    message = f"Value ( {value} ) for parameter {name} is invalid.{why}"
    return aws_error_response(call, 400, "InvalidParameterValue", message)
