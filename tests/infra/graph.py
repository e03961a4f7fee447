"""Builds the program's whole resource graph, without the engine and without AWS.

`build` runs `__main__.py` against a monitor that records each registration: inputs, parent,
dependencies, ignored changes, and the stack's outputs.
"""

import asyncio
import atexit
import json
import os
import runpy
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack

from infra.kept_outputs import OFF_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "muster"
ACCOUNT = "123456789012"
GIVEN_ZONE = "example.com."
"""Name of every zone that is looked up."""
STATIC_IPS = ["192.0.2.10", "198.51.100.20"]
TWO_REGIONS = ("eu-central-1", "us-west-2")
THREE_REGIONS = ("ap-northeast-1", *TWO_REGIONS)
EIGHT_REGIONS = (
    "ap-northeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)

LOOP = asyncio.new_event_loop()
"""Pulumi uses the thread's event loop, which a test with a loop of its own removes."""
atexit.register(LOOP.close)

PER_REGION = Counter(
    Vpc=1,
    InternetGateway=1,
    Subnet=2,
    SecurityGroup=1,
    DefaultSecurityGroup=1,
    LogGroup=1,
    Role=1,
    RolePolicy=1,
    Function=1,
    Alias=1,
    TargetGroup=1,
    Permission=1,
    TargetGroupAttachment=1,
    LoadBalancer=1,
    Listener=1,
    EndpointGroup=1,
)
"""Number of one Region's resources by kind, behind the accelerator alone."""
HARDENED_REGION = Counter(
    WebAcl=1,
    WebAclAssociation=1,
    Bucket=1,
    BucketPublicAccessBlock=1,
    BucketLifecycleConfiguration=1,
    BucketPolicy=1,
    FlowLog=1,
)
"""What a Region of `prod` has beside them."""
PER_REGION_WITH_DNS = PER_REGION + Counter(
    Certificate=1,
    CertificateValidation=1,
    Record=3,
    HealthCheck=1,
    Api=1,
    Integration=1,
    Route=1,
    Stage=1,
    LogGroup=1,
    DomainName=2,
    ApiMapping=2,
    Permission=1,
)
"""The same behind both doors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceNode:
    """A registered resource."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    secrets: frozenset[str]
    """Names of the inputs that the stack's state has encrypted."""
    dependencies: frozenset[str]
    ignored: tuple[str, ...]
    replaced_in_place: bool
    """Deleted before its replacement is created."""
    protected: bool
    """Pulumi refuses to delete or replace it."""
    before_delete: tuple[str, ...]
    """Names of the hooks that Pulumi calls before it deletes it."""

    @property
    def kind(self) -> str:
        """The last part of the type, such as `Vpc`."""
        return self.type.rpartition(":")[2]

    @property
    def region(self) -> str | None:
        """The region argument; None without one."""
        found: str | None = self.inputs.get("region") or self.inputs.get("endpointGroupRegion")
        return found


@dataclass(frozen=True, slots=True)
class ResourceGraph:
    """The resources that a program registered."""

    nodes: tuple[ResourceNode, ...]
    outputs: dict[str, Any]

    def of(self, type_: str, region: str | None = None) -> list[ResourceNode]:
        """Resources whose type has this ending (`lb/listener:Listener`), in one Region or all."""
        return [
            node
            for node in self.nodes
            if node.type.endswith(type_) and region in (None, node.region)
        ]

    def one(self, type_: str, region: str | None = None) -> ResourceNode:
        """The only resource of its type."""
        (node,) = self.of(type_, region)
        return node

    def dependencies(self, node: ResourceNode) -> set[str]:
        """Kinds of all direct and indirect dependencies."""
        by_urn = {other.urn: other for other in self.nodes}
        pending, seen = [node], set[str]()
        while pending:
            for urn in pending.pop().dependencies - seen:
                seen.add(urn)
                pending.append(by_urn[urn])
        return {by_urn[urn].kind for urn in seen}


class AwsMocks(Mocks):
    """The outputs of AWS that the program uses."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token == "aws:index/getAvailabilityZones:getAvailabilityZones":
            region = args.args["region"]
            names = [f"{region}c", f"{region}-lax-1a", f"{region}a", f"{region}b"]
            return {"names": names, "id": region}, []
        if args.token == "aws:index/getCallerIdentity:getCallerIdentity":
            return {"accountId": ACCOUNT, "id": ACCOUNT}, []
        if args.token == "aws:route53/getZone:getZone":
            return {"zoneId": args.args["zoneId"], "name": GIVEN_ZONE, "nameServers": ["ns-9"]}, []
        raise AssertionError(f"the program calls {args.token}")

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        service, _, kind = args.typ.removeprefix("aws:").partition("/")
        region = args.inputs.get("region", "")
        name = args.inputs.get("name", args.name)
        state: dict[str, Any] = {
            "arn": f"arn:aws:{service}:{region}:{ACCOUNT}:{kind.partition(':')[0]}/{name}",
            "name": name,
            **args.inputs,
        }
        state |= _outputs_of(kind.rpartition(":")[2], args)
        return f"{args.name}-id", state


def _outputs_of(kind: str, args: MockResourceArgs) -> dict[str, Any]:
    """What AWS adds to a resource of this kind."""
    region = args.inputs.get("region", "")
    name = args.inputs.get("name", args.name)
    match kind:
        case "Function":
            return {"version": "1"}
        case "LoadBalancer":
            return {"dnsName": f"{name}.{region}.elb.amazonaws.com"}
        case "Accelerator":
            ips = [{"ipAddresses": STATIC_IPS, "ipFamily": "IPv4"}]
            return {"dnsName": "a1.awsglobalaccelerator.com", "ipSets": ips}
    return _dns_door_outputs(kind, args)


def _dns_door_outputs(kind: str, args: MockResourceArgs) -> dict[str, Any]:
    region = args.inputs.get("region", "")
    match kind:
        case "Zone":
            return {"zoneId": f"{args.name}-id", "nameServers": ["ns-1", "ns-2"]}
        case "Certificate":
            names = [args.inputs["domainName"], *args.inputs["subjectAlternativeNames"]]
            return {"domainValidationOptions": [_validation_option(name) for name in names]}
        case "DomainName":
            target = f"d-{args.name}.execute-api.{region}.amazonaws.com"
            added = {"targetDomainName": target, "hostedZoneId": f"Z{region}"}
            return {"domainNameConfiguration": {**args.inputs["domainNameConfiguration"], **added}}
        case "Api":
            return {"executionArn": f"arn:aws:execute-api:{region}:{ACCOUNT}:{args.name}-id"}
        case "TrafficPolicy":
            return {"version": 1}
    return {}


def _validation_option(name: str) -> dict[str, str]:
    return {
        "domainName": name,
        "resourceRecordName": f"_x.{name}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_y.acm-validations.aws.",
    }


@dataclass
class RecordingMonitor(MockMonitor):
    """Records what Pulumi's mock monitor drops: dependencies, options, outputs."""

    recorded: list[ResourceNode] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(AwsMocks())

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        answer: resource_pb2.RegisterResourceResponse
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi's own
        if request.type != "pulumi:pulumi:Stack":
            inputs: dict[str, Any] = rpc.deserialize_properties(request.object)
            self.recorded.append(
                ResourceNode(
                    urn=answer.urn,
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    custom=request.custom,
                    inputs={name: _unwrap(value) for name, value in inputs.items()},
                    secrets=frozenset(n for n, v in inputs.items() if rpc.is_rpc_secret(v)),
                    dependencies=frozenset(request.dependencies),
                    ignored=tuple(request.ignoreChanges),
                    replaced_in_place=request.deleteBeforeReplace,
                    protected=request.protect,
                    before_delete=tuple(request.hooks.before_delete),
                )
            )
        return answer

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            self.outputs = rpc.deserialize_properties(request.outputs)
        return empty_pb2.Empty()


def _unwrap(value: Any) -> Any:  # noqa: ANN401 - any input
    """The value of a secret."""
    return rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value


def stack_file(stack: str) -> dict[str, Any]:
    """The `config` section of a stack's file."""
    document = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    config: dict[str, Any] = document["config"]
    return config


def stack_configuration(stack: str, **changes: object) -> dict[str, str]:
    """The configuration as Pulumi passes it, as text: defaults, stack file, then changes."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    defaults = {
        f"{PROJECT}:{name}": declared["default"]
        for name, declared in project["config"].items()
        if "default" in declared
    }
    if stack == "prod":  # its user adds a domain, or allows to have none
        defaults[f"{PROJECT}:insecure_http"] = "true"
    changed = {f"{PROJECT}:{name}": value for name, value in changes.items()}
    whole = {**defaults, **stack_file(stack), **changed}
    return {key: _as_text(value) for key, value in whole.items() if value is not None}


def build_graph(stack: str, **changes: object) -> ResourceGraph:
    """The graph of a stack with changes of its configuration (None: the key is not set)."""
    config = stack_configuration(stack, **changes)
    return _build(stack, tuple(sorted(config.items())))


def build_keeping_graph(stack: str, home: Path) -> ResourceGraph:
    """The graph of a stack on the twin in `home`, which keeps its outputs there."""
    config = tuple(sorted(stack_configuration(stack).items()))
    return _run(stack, config, {"TWIN_HOME": str(home)})


@cache
def _build(stack: str, config: tuple[tuple[str, str], ...]) -> ResourceGraph:
    return _run(stack, config, {OFF_VARIABLE: "0"})


def _run(
    stack: str, config: tuple[tuple[str, str], ...], environ: Mapping[str, str]
) -> ResourceGraph:
    asyncio.set_event_loop(LOOP)
    monitor = RecordingMonitor()
    mocks.set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=False, monitor=monitor)
    pulumi.runtime.set_all_config(dict(config))

    with aws_environment_unset(), set_variables(environ):
        mocks.test(_program)()  # type: ignore[no-untyped-call]  # Pulumi's own
    return ResourceGraph(tuple(monitor.recorded), monitor.outputs)


def _program() -> None:
    stack = cast("Stack", get_root_resource())  # Pulumi's mocks make one
    stack.outputs = {}  # the object is the same in all runs
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
    stack.register_outputs(stack.outputs)


@contextmanager
def aws_environment_unset() -> Iterator[None]:
    """Remove the variables that a shell has after `source .twin/env`."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextmanager
def set_variables(environ: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for a while."""
    before = {name: os.environ.get(name) for name in environ}
    os.environ.update(environ)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


BOTH_DOORS: dict[str, Any] = {
    "front_doors": ["accelerator", "dns"],
    "dns_domain": "api.example.com",
    "dns_zone_id": "Z0DNS",
}
FOUR_SERVICES: dict[str, Any] = {
    "services": ["items", "keyvalues", "hits", "bookmarks"],
    "hits_secret": "0123456789abcdef",
}
DNS_ALONE: dict[str, Any] = {**BOTH_DOORS, "front_doors": ["dns"]}


def https_settings(*regions: str) -> dict[str, Any]:
    """Configuration of a domain, with a certificate in each Region."""
    return {
        "domain": "muster.example.com",
        "hosted_zone_id": "Z0123456789ABC",
        "certificate_arns": {
            region: f"arn:aws:acm:{region}:{ACCOUNT}:certificate/0a1b2c3d" for region in regions
        },
    }
