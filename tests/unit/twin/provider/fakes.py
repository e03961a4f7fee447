"""Stand-ins for AWS and for the clock, and the engine's way of using a type."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from botocore.model import StructureShape

from twin.provider.aws_client import ServiceModels
from twin.provider.errors import AwsCallFailed
from twin.provider.operations.check import check_arguments
from twin.provider.operations.crud import (
    create_resource,
    delete_resource,
    read_resource,
    update_resource,
)
from twin.provider.operations.diff import complete_arguments, compute_diff
from twin.provider.operations.naming import NamingRequest
from twin.provider.registry import find_resource_type
from twin.provider.schema.resource_type import OperationContext, ResourceRef
from twin.provider.values import Properties
from twin.provider.waiting import Waiter

HOME = "eu-central-1"


@cache
def models() -> ServiceModels:
    return ServiceModels()


class FakeClock:
    """Moves ten seconds at each look."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        self.at += 10.0
        return self.at

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


Handler = Callable[[str, Properties], Properties]


@dataclass
class FakeAws:
    """AWS by a function for each operation: handlers take the Region and the parameters."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: list[tuple[str, str, Properties]] = field(default_factory=list)
    """Operation, Region, parameters."""

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        return models().input_shape(service, operation)

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        del service
        self.calls.append((operation, region, params))
        return self.handlers[operation](region, params)

    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.calls]

    def made(self, operation: str) -> list[Properties]:
        return [params for name, _, params in self.calls if name == operation]


def refuse(code: str, message: str = "no") -> Handler:
    """A handler that always fails."""

    def handler(region: str, params: Properties) -> Properties:
        del params
        raise AwsCallFailed(operation="Fake", region=region, code=code, message=message)

    return handler


@dataclass
class Program:
    """One resource in a stack: what the Pulumi engine does with it."""

    aws: FakeAws
    token: str
    within_s: float = 60.0
    default_tags: dict[str, str] = field(default_factory=dict)
    root: Path = Path()
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    state: Properties = field(default_factory=dict)

    @property
    def scope(self) -> OperationContext:
        kind = find_resource_type(self.token)
        region = self.state.get("region") or self.inputs.get("region") or HOME
        return OperationContext(
            aws=self.aws,
            service=kind.service,
            region=kind.global_region or region,
            home_region=HOME,
            default_tags=MappingProxyType(self.default_tags),
            patience=Waiter(clock=FakeClock(), within_s=self.within_s),
            root=self.root,
        )

    def up(self, args: Properties, ignore: tuple[str, ...] = ()) -> list[str]:
        """Create or update; the paths that differed. Ignored ones keep the recorded input."""
        kind = find_resource_type(self.token)
        wanted = dict(args)
        for name in ignore:
            if name in self.inputs:
                wanted[name] = self.inputs[name]
        checked = check_arguments(
            kind, olds=self.inputs, news=wanted, names=NamingRequest(logical_name="x", seed=b"seed")
        )
        assert checked.failures == ()
        if not self.id:
            self.inputs = checked.inputs
            self.id, self.state = create_resource(kind, self.scope, checked.inputs)
            return []
        complete = complete_arguments(
            kind, checked.inputs, region=HOME, default_tags=self.default_tags
        )
        found = compute_diff(kind, state=self.state, news=complete, ignored=ignore)
        assert found.replacing == ()
        if found.differences:
            ref = ResourceRef(id=self.id, properties=self.state)
            self.state = update_resource(kind, self.scope, ref, checked.inputs, self.inputs)
            self.inputs = checked.inputs
        return [str(one) for one in found.differences]

    def refresh(self) -> bool:
        """Read; whether it is still there."""
        kind = find_resource_type(self.token)
        ref = ResourceRef(id=self.id, properties=self.state)
        live = read_resource(kind, self.scope, ref, self.inputs)
        if live is None:
            return False
        self.state, self.inputs = live.state, live.inputs
        return True

    def destroy(self) -> None:
        """Delete it."""
        kind = find_resource_type(self.token)
        delete_resource(kind, self.scope, ResourceRef(id=self.id, properties=self.state))
