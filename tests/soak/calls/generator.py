"""Random AWS calls, made from botocore's models: mostly valid values, and values at every edge.

Strings that name a resource are often taken from earlier responses, so that calls meet resources.
"""

import random
import string
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import botocore.session
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StructureShape,
)
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tests.soak.calls.templates import TEMPLATES, Fresh, OneOf, Seen
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.calls.served_operations import SERVED

MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}
"""Service key -> botocore's name, where they differ."""
PROTOCOLS = {"monitoring": "query"}
SIGNING_NAMES = {"apigatewayv2": "apigateway"}
"""Service key (twin.moto.calls.request_parser) -> signing name, where they differ."""
REGIONS = ("us-west-2", "eu-central-1")
ZIP = (
    b"PK\x05\x06" + b"\0" * 18  # an empty archive
)
STRINGS = (
    "a",
    "my-name",
    "10.0.0.0/16",
    "10.0.1.0/24",
    "us-west-2a",
    "arn:aws:iam::123456789012:role/r",
    "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/a/0123456789abcdef",
    "$LATEST",
    "/health",
    "{}",
    '{"Version": "2012-10-17", "Statement": []}',
    "example.test",
    "",
    " ",
    "x" * 300,
    "\N{COLLISION SYMBOL}\u0000",
    "../..",
    "<a>&\"'",
    "200",
    "-1",
    "null",
)
NUMBERS = (
    0,
    1,
    2,
    3,
    5,
    10,
    30,
    60,
    80,
    443,
    100,
    128,
    256,
    300,
    900,
    65535,
    65536,
    -1,
    2**31,
    2**63,
)
MAX_DEPTH = 6
TEMPLATE_SHARE = 0.35
"""Of all calls: those that follow a template."""


class CallGenerator:
    """Makes calls of the operations that control, or another process, serves."""

    def __init__(
        self,
        rng: random.Random,
        served: Mapping[str, Collection[str]] = SERVED,
        templates: Mapping[str, Mapping[str, object]] = TEMPLATES,
    ) -> None:
        """`served`: service key -> its operations; `templates`: of some of them."""
        self._rng = rng
        self._templates = {
            name: one for name, one in templates.items() if name.partition(" ")[0] in served
        }
        session = botocore.session.get_session()
        self._models: dict[str, ServiceModel] = {
            service: session.get_service_model(MODELS.get(service, service)) for service in served
        }
        self._seen: defaultdict[str, list[str]] = defaultdict(list)
        self._operations = sorted(
            (service, name) for service, names in served.items() for name in names
        )

    def make_call(self) -> tuple[AwsCall, str, OperationModel]:
        """A call, its service's key and its operation."""
        service, name = self._rng.choice(self._operations)
        template = self._templates.get(f"{service} {name}")
        if self._rng.random() < TEMPLATE_SHARE:
            service, name = self._rng.choice(sorted(self._templates)).split()
            template = self._templates[f"{service} {name}"]
        operation = self._models[service].operation_model(name)
        shape = operation.input_shape
        parameters = self._structure(shape, 0) if shape is not None else {}
        if template is not None and self._rng.random() < 0.8:
            parameters = self._fill(template) | self._some_of(parameters)
        return self._serialize(service, operation, parameters), service, operation

    def _fill(self, template: object) -> Any:  # noqa: ANN401 - as boto3 takes them
        """A template's parameters, with values in their places."""
        match template:
            case Seen():
                known = self._seen.get(template.member.lower())
                return self._rng.choice(known) if known else "unknown"
            case OneOf():
                return self._fill(self._rng.choice(template.choices))
            case Fresh():
                return "".join(self._rng.choices(string.ascii_lowercase, k=8))
            case dict():
                return {name: self._fill(member) for name, member in template.items()}
            case list():
                return [self._fill(member) for member in template]
            case _:
                return template

    def _some_of(self, parameters: dict[str, object]) -> dict[str, object]:
        """Often none of the random parameters, else one."""
        names = sorted(parameters)
        if not names or self._rng.random() < 0.6:
            return {}
        name = self._rng.choice(names)
        return {name: parameters[name]}

    def learn(self, service: str, operation: OperationModel, response: AwsResponse) -> None:
        """Read a response as an SDK does; keep its texts by the names of their members."""
        parser = create_parser(self._protocol(service))
        wire = {
            "body": response.body,
            "headers": {name.lower(): value for name, value in response.headers},
            "status_code": response.status,
        }
        parsed = parser.parse(wire, cast(Shape, operation.output_shape))  # None is fine too
        if response.succeeded:
            self._keep(parsed)

    def _keep(self, value: object) -> None:
        if isinstance(value, Mapping):
            for name, member in value.items():
                if isinstance(member, str) and member:
                    known = self._seen[name.lower()]
                    known.append(member)
                    del known[:-20]
                else:
                    self._keep(member)
        elif isinstance(value, list):
            for member in value:
                self._keep(member)

    def _protocol(self, service: str) -> str:
        return PROTOCOLS.get(service) or str(self._models[service].resolved_protocol)

    def _serialize(
        self, service: str, operation: OperationModel, parameters: Mapping[str, Any]
    ) -> AwsCall:
        serializer = create_serializer(self._protocol(service), include_validation=False)
        wire = serializer.serialize_to_request(parameters, operation)
        body = wire["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        query = urlencode(wire.get("query_string") or {}, doseq=True)
        region = self._rng.choice(REGIONS)
        signing_name = SIGNING_NAMES.get(service, service)
        scope = f"AKIA/20261129/{region}/{signing_name}/aws4_request"
        headers = {
            **{name.lower(): str(value) for name, value in wire["headers"].items()},
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
        }
        return AwsCall(
            method=wire["method"],
            url=wire["url_path"]
            + (("&" if "?" in wire["url_path"] else "?") + query if query else ""),
            headers=headers,
            body=body.encode() if isinstance(body, str) else bytes(body or b""),
        )

    def _value(self, shape: Shape, name: str, depth: int) -> object:
        match shape:
            case StructureShape():
                return self._structure(shape, depth)
            case ListShape():
                count = self._rng.choice((0, 1, 1, 1, 2)) if depth < MAX_DEPTH else 0
                return [self._value(shape.member, name, depth + 1) for _ in range(count)]
            case MapShape():
                count = self._rng.choice((0, 1, 2)) if depth < MAX_DEPTH else 0
                return {
                    self._string(shape.key, name): self._value(shape.value, name, depth + 1)
                    for _ in range(count)
                }
            case _:
                return self._scalar(shape, name)

    def _scalar(self, shape: Shape, name: str) -> object:
        kinds: dict[str, Callable[[], object]] = {
            "boolean": lambda: self._rng.random() < 0.5,
            "integer": lambda: self._number(shape),
            "long": lambda: self._number(shape),
            "float": lambda: float(self._number(shape)),
            "double": lambda: float(self._number(shape)),
            "timestamp": lambda: datetime.fromtimestamp(self._rng.randrange(2**31), UTC),
            "blob": lambda: self._rng.choice((ZIP, b"", b"\xff\x00garbage")),
        }
        return kinds.get(shape.type_name, lambda: self._string(shape, name))()

    def _structure(self, shape: StructureShape, depth: int) -> dict[str, object]:
        chosen: dict[str, object] = {}
        if shape.name == "AttributeValue" and self._rng.random() < 0.9:
            name = self._rng.choice(sorted(shape.members))
            return {name: self._value(shape.members[name], name, depth + 1)}
        for name, member in shape.members.items():
            likely = 0.97 if name in shape.required_members else 0.25 if depth < 3 else 0.1
            if member.serialization.get("location") == "uri":
                likely = 1.0  # a path without it is no request
            if depth < MAX_DEPTH and self._rng.random() < likely:
                chosen[name] = self._value(member, name, depth + 1)
        return chosen

    def _number(self, shape: Shape) -> int:
        bounds = [shape.metadata[end] for end in ("min", "max") if end in shape.metadata]
        if bounds and self._rng.random() < 0.6:
            return int(self._rng.choice(bounds))
        return self._rng.choice(NUMBERS)

    def _string(self, shape: Shape, name: str) -> str:
        if shape.metadata.get("enum") and self._rng.random() < 0.9:
            return str(self._rng.choice(shape.metadata["enum"]))
        known = self._seen.get(name.lower()) or self._seen.get(name.lower().rstrip("s"))
        if known and self._rng.random() < 0.75:
            return self._rng.choice(known)
        if self._rng.random() < 0.4:
            return "".join(self._rng.choices(string.ascii_lowercase, k=8))
        return self._rng.choice(STRINGS)
