"""Drives the provider over gRPC as the Pulumi engine does, one resource at a time."""

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from twin.provider.protocol import wire
from twin.provider.values import Properties

CONFIGURATION = {"accessKey": "test", "secretKey": "test", "region": "eu-central-1"}


class Failed(AssertionError):
    """The provider answered with failures or an error."""


@dataclass
class Resource:
    """What the engine's state has of one resource."""

    token: str
    name: str
    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class Driver:
    """An engine of one provider instance."""

    port: int
    configuration: Properties = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Connect and configure."""
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        args = wire.to_struct({**CONFIGURATION, **self.configuration})
        self.stub.Configure(provider_pb2.ConfigureRequest(args=args))

    def urn(self, token: str, name: str) -> str:
        return f"urn:pulumi:test::test::test:part:Part${token}::{name}"

    def check(
        self, token: str, name: str, args: Properties, olds: Properties | None = None
    ) -> Properties:
        """The complete inputs; raises Failed with every reason."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=self.urn(token, name),
                news=wire.to_struct(args),
                olds=wire.to_struct(olds or {}),
                randomSeed=f"{token}{name}".encode(),
            )
        )
        if answer.failures:
            raise Failed("; ".join(f"{f.property}: {f.reason}" for f in answer.failures))
        return wire.from_struct(answer.inputs)

    def create(self, token: str, name: str, args: Properties, timeout: float = 0) -> Resource:
        """Check and create."""
        inputs = self.check(token, name, args)
        request = provider_pb2.CreateRequest(
            urn=self.urn(token, name), properties=wire.to_struct(inputs), timeout=timeout
        )
        made = self.stub.Create(request)
        outputs = wire.from_struct(made.properties)
        return Resource(token, name, made.id, inputs, outputs)

    def preview(self, token: str, name: str, args: Properties) -> Properties:
        """What a creation will record."""
        request = provider_pb2.CreateRequest(
            urn=self.urn(token, name),
            properties=wire.to_struct(self.check(token, name, args)),
            preview=True,
        )
        return wire.from_struct(self.stub.Create(request).properties)

    def diff(
        self, resource: Resource, args: Properties, ignore: tuple[str, ...] = ()
    ) -> tuple[list[str], list[str]]:
        """Paths that differ, paths that replace."""
        answer = self._diff(resource, self._check_again(resource, args), ignore)
        return sorted(answer.detailedDiff), sorted(answer.replaces)

    def update(self, resource: Resource, args: Properties) -> Resource:
        """Check, diff and update; raises Failed when that would replace it."""
        inputs = self._check_again(resource, args)
        answer = self._diff(resource, inputs, ())
        if answer.replaces:
            raise Failed(f"{resource.token} would be replaced because of {list(answer.replaces)}")
        if answer.changes == provider_pb2.DiffResponse.DIFF_NONE:
            return resource
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=self.urn(resource.token, resource.name),
            olds=wire.to_struct(resource.outputs),
            old_inputs=wire.to_struct(resource.inputs),
            news=wire.to_struct(inputs),
        )
        outputs = wire.from_struct(self.stub.Update(request).properties)
        return Resource(resource.token, resource.name, resource.id, inputs, outputs)

    def refresh(self, resource: Resource) -> Resource | None:
        """Read; None when it is gone."""
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                id=resource.id,
                urn=self.urn(resource.token, resource.name),
                properties=wire.to_struct(resource.outputs),
                inputs=wire.to_struct(resource.inputs),
            )
        )
        if not answer.id:
            return None
        inputs, outputs = wire.from_struct(answer.inputs), wire.from_struct(answer.properties)
        return Resource(resource.token, resource.name, answer.id, inputs, outputs)

    def delete(self, resource: Resource) -> None:
        """Remove it."""
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=resource.id,
                urn=self.urn(resource.token, resource.name),
                properties=wire.to_struct(resource.outputs),
            )
        )

    def invoke(self, token: str, args: Properties) -> Properties:
        """A data source; raises Failed."""
        request = provider_pb2.InvokeRequest(tok=token, args=wire.to_struct(args))
        answer = self.stub.Invoke(request)
        if answer.failures:
            raise Failed("; ".join(f.reason for f in answer.failures))
        return wire.from_struct(getattr(answer, "return"))

    def _check_again(self, resource: Resource, args: Properties) -> Properties:
        return self.check(resource.token, resource.name, args, resource.inputs)

    def _diff(self, resource: Resource, inputs: Properties, ignore: tuple[str, ...]) -> Any:  # noqa: ANN401
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=resource.id,
                urn=self.urn(resource.token, resource.name),
                olds=wire.to_struct(resource.outputs),
                old_inputs=wire.to_struct(resource.inputs),
                news=wire.to_struct(inputs),
                ignoreChanges=ignore,
            )
        )


def unpack_partial_failure(error: grpc.RpcError) -> Any:  # noqa: ANN401 - a generated message
    """Unpack the ErrorResourceInitFailed in an error's details."""
    trailing: Any = error
    metadata = dict(trailing.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail: any_pb2.Any = status.details[0]
    failed = provider_pb2.ErrorResourceInitFailed()
    assert detail.Unpack(failed)
    return failed
