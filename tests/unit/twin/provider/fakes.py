"""Fakes of AWS and the clock, and a program that uses a type as the Pulumi engine does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from botocore.model import StructureShape

from twin.provider.aws_client import AwsClient, ServiceModels
from twin.provider.config import ProviderConfiguration
from twin.provider.errors import AwsCallFailed
from twin.provider.operations.check import NamingRequest, check_arguments
from twin.provider.operations.crud import ResourceOperations
from twin.provider.operations.diff import complete_arguments, compute_diff
from twin.provider.resources.registry import find_resource_type
from twin.provider.schema.resource_type import OperationContext, ResourceRef
from twin.provider.values import Properties
from twin.provider.waiting import Waiter

HOME = "eu-central-1"


@cache
def service_models() -> ServiceModels:
    return ServiceModels()


class FakeClock:
    """Advances ten seconds at each reading."""

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


class FakeAws(AwsClient):
    """AWS as one function for each operation: handlers take the Region and the parameters."""

    def __init__(self, handlers: dict[str, Handler] | None = None) -> None:
        super().__init__(ProviderConfiguration(region=HOME))
        self.handlers = handlers or {}
        self.calls: list[tuple[str, str, Properties]] = []
        """Operation, Region, parameters."""

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        return service_models().input_shape(service, operation)

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        del service
        self.calls.append((operation, region, params))
        return self.handlers[operation](region, params)

    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.calls]

    def calls_of(self, operation: str) -> list[Properties]:
        return [params for name, _, params in self.calls if name == operation]


def refuse(code: str, message: str = "no") -> Handler:
    """A handler that always returns this error."""

    def handler(region: str, params: Properties) -> Properties:
        del params
        raise AwsCallFailed(operation="Fake", region=region, code=code, message=message)

    return handler


def make_context(aws: FakeAws, service: str, region: str = HOME, **more: Any) -> OperationContext:  # noqa: ANN401
    """The context of an operation on one resource."""
    fields: dict[str, Any] = {
        "default_tags": MappingProxyType({}),
        "waiter": Waiter(clock=FakeClock(), timeout_s=60.0),
        "root": Path(),
        **more,
    }
    return OperationContext(aws=aws, service=service, region=region, home_region=HOME, **fields)


@dataclass
class Program:
    """One resource in a stack, created, updated and deleted as the Pulumi engine does."""

    aws: FakeAws
    token: str
    timeout_s: float = 60.0
    default_tags: dict[str, str] = field(default_factory=dict)
    root: Path = Path()
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    state: Properties = field(default_factory=dict)

    @property
    def operations(self) -> ResourceOperations:
        resource_type = find_resource_type(self.token)
        region = self.state.get("region") or self.inputs.get("region") or HOME
        context = make_context(
            self.aws,
            resource_type.service,
            resource_type.global_region or region,
            default_tags=MappingProxyType(self.default_tags),
            waiter=Waiter(clock=FakeClock(), timeout_s=self.timeout_s),
            root=self.root,
        )
        return ResourceOperations(resource_type, context)

    def up(self, args: Properties, ignore: tuple[str, ...] = ()) -> list[str]:
        """Create or update; return the changed paths. Ignored ones keep their recorded input."""
        resource_type = find_resource_type(self.token)
        wanted = dict(args)
        for name in ignore:
            if name in self.inputs:
                wanted[name] = self.inputs[name]
        names = NamingRequest(logical_name="x", seed=b"seed")
        checked = check_arguments(resource_type, olds=self.inputs, news=wanted, names=names)
        assert checked.failures == ()
        if not self.id:
            self.inputs = checked.inputs
            self.id, self.state = self.operations.create(checked.inputs)
            return []
        complete = complete_arguments(
            resource_type, checked.inputs, region=HOME, default_tags=self.default_tags
        )
        found = compute_diff(resource_type, state=self.state, news=complete, ignored=ignore)
        assert found.replacing == ()
        if found.differences:
            self.state = self.operations.update(self._ref, checked.inputs, self.inputs)
            self.inputs = checked.inputs
        return [str(difference) for difference in found.differences]

    def refresh(self) -> bool:
        """Read the resource; return whether it exists."""
        live = self.operations.read(self._ref, self.inputs)
        if live is None:
            return False
        self.state, self.inputs = live.state, live.inputs
        return True

    def destroy(self) -> None:
        self.operations.delete(self._ref)

    @property
    def _ref(self) -> ResourceRef:
        return ResourceRef(id=self.id, properties=self.state)
