"""Enforces IAM in control, and publishes the identities to the processes that enforce it.

The calls' parameters are read as moto will read them, so that what is judged is what is done.
"""

from collections.abc import Callable, Mapping

from twin.control.globalaccelerator.model import ServiceState
from twin.control.own_services import OwnServices
from twin.iam.authorizer import Authorizer, OperationCall, read_json_parameters
from twin.iam.directory import DirectoryReader, IdentityDirectory, directory_path, write_directory
from twin.iam.session_token import TokenIssuer
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.moto.calls.request_parser import service_key
from twin.moto.services import MotoServices
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT, Instance

ACCELERATOR_SERVICE = "globalaccelerator"


def is_accelerator_call(call: AwsCall) -> bool:
    """Whether Global Accelerator answers the call, whatever it is signed for."""
    target = call.headers.get("x-amz-target", "")
    return call.service == ACCELERATOR_SERVICE or target.startswith("GlobalAccelerator")


class ControlFacts:
    """What control knows of calls and of resources: twin.iam.authorizer.ResourceFacts."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto
        self.accelerators = ServiceState()
        self.own_services: OwnServices | None = None

    def read_operation(self, call: AwsCall) -> OperationCall | None:
        if is_accelerator_call(call):
            return _read_accelerator_call(call)
        try:
            operation, parameters = self._moto.read_parameters(call)
        except MalformedRequest:
            return None
        return OperationCall(
            service=call.service or "",
            operation=operation,
            parameters=parameters,
            table=service_key(call),
        )

    def resource_policy(self, arn: str) -> str | None:
        """None: the resources of control's services have no policies that the twin serves."""
        return None

    def resource_tags(self, arn: str) -> Mapping[str, str]:
        for accelerator in self.accelerators.accelerators:
            if accelerator.arn == arn:
                return accelerator.tags
        own = self.own_services.resource_tags(arn) if self.own_services is not None else None
        return self._moto.resource_tags(arn) if own is None else own

    def partition_key(self, table: str, index: str) -> str | None:
        """None: control has no tables."""
        return None


def _read_accelerator_call(call: AwsCall) -> OperationCall | None:
    parameters = read_json_parameters(call)
    if parameters is None:
        return None
    return OperationCall(
        service=ACCELERATOR_SERVICE, operation=call.operation or "", parameters=parameters
    )


class IdentityPublisher:
    """Writes the identities for all processes, when they have changed."""

    def __init__(self, instance: Instance, read: Callable[[], IdentityDirectory]) -> None:
        """Go on from the directory on disk: a start on a full disk has nothing to write."""
        self._instance = instance
        self._read = read
        self._published = DirectoryReader(directory_path(instance)).current()

    def publish(self) -> None:
        """Publish before the change is answered. Raises OSError."""
        directory = self._read()
        if directory != self._published:
            write_directory(self._instance, directory)
            self._published = directory


def make_authorizer(context: DaemonContext, facts: ControlFacts, issuer: TokenIssuer) -> Authorizer:
    reader = DirectoryReader(directory_path(context.instance))
    return Authorizer(
        account=ACCOUNT,
        root_key=context.instance.access_key,
        read_directory=reader.current,
        issuer=issuer,
        now=context.clock.now,
        facts=facts,
    )
