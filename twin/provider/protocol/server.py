"""The Pulumi provider protocol over gRPC: converts requests and responses of the Provider.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
Handshake declines secrets: so the Pulumi engine removes them from requests, and marks them again in
the responses.
"""

import functools
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from twin.provider.created_log import NO_CREATED_LOG, CreatedLog
from twin.provider.errors import PartialFailure, ProviderError
from twin.provider.operations.check import NamingMode, NamingRequest
from twin.provider.operations.diff import ResourceDiff
from twin.provider.operations.provider import Provider
from twin.provider.protocol import wire
from twin.provider.protocol.own_user import OwnUserOnly
from twin.provider.schema.resource_type import ResourceRef
from twin.provider.values import Properties, has_unknown, unwrap_value

log = logging.getLogger(__name__)

WORKERS = 32
_LARGEST_MESSAGE = 400 << 20
_MODES = {0: NamingMode.PROPOSE, 1: NamingMode.ENFORCE, 2: NamingMode.DISABLE}
_DIFF_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

Message: Any = Any
"""The generated messages have no useful types."""
M = TypeVar("M", bound=Callable[..., Any])


def _with_error_status(method: M) -> M:
    """Turn exceptions into the gRPC status that the Pulumi engine shows."""

    @functools.wraps(method)
    def handle(
        self: "ProviderServicer", request: Message, context: grpc.ServicerContext
    ) -> Message:
        try:
            return method(self, request, context)
        except PartialFailure as exc:
            _abort_partial(context, exc, _subject(request))
        except ProviderError as exc:
            context.abort(grpc.StatusCode.UNKNOWN, f"{_subject(request)}{exc}")
        except Exception as exc:
            log.exception("%s failed", method.__name__)
            reason = f"{_subject(request)}a bug in the stand-in: {type(exc).__name__}: {exc}"
            context.abort(grpc.StatusCode.INTERNAL, reason)
        return None

    return handle  # type: ignore[return-value]  # it has the method's signature


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one provider instance."""

    def __init__(
        self, provider: Provider, version: str, created_log: CreatedLog = NO_CREATED_LOG
    ) -> None:
        """`version` is that of the plugin that this replaces."""
        self._provider = provider
        self._version = version
        self._created_log = created_log

    # -- about the plugin

    def Handshake(self, _: Message, __: grpc.ServicerContext) -> Message:
        """The optional features that this provider accepts."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False,
            accept_resources=False,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def Attach(self, _: Message, __: grpc.ServicerContext) -> Message:
        """Nothing to do: the process already belongs to its engine."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _: Message, __: grpc.ServicerContext) -> Message:
        """The version of the plugin that this replaces."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, _: Message, __: grpc.ServicerContext) -> Message:
        """Name and version only: Python programs have the types in pulumi_aws."""
        schema = {"name": "aws", "version": self._version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, _: Message, __: grpc.ServicerContext) -> Message:
        """End all waits."""
        self._provider.cancelled.set()
        return empty_pb2.Empty()

    # -- configuration

    @_with_error_status
    def CheckConfig(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Reject unknown settings, and endpoints beyond this machine."""
        failures = self._provider.check_config(wire.from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_with_error_status
    def DiffConfig(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Report no replacement ever: since pulumi-aws 7, each resource has its own Region."""
        old, new = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        changes = provider_pb2.DiffResponse
        differ = changes.DIFF_SOME if old != new else changes.DIFF_NONE
        return provider_pb2.DiffResponse(changes=differ)

    @_with_error_status
    def Configure(self, request: Message, _: grpc.ServicerContext) -> Message:
        self._provider.configure(wire.from_struct(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    # -- resources

    @_with_error_status
    def Check(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Validate arguments, and fill in names and defaults."""
        checked = self._provider.check(
            _token(request.urn),
            _decode(request.olds),
            _decode(request.news),
            _naming_request(request),
        )
        return provider_pb2.CheckResponse(
            inputs=wire.to_struct(checked.inputs), failures=_failures(checked.failures)
        )

    @_with_error_status
    def Diff(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Compare a resource's state with its arguments."""
        found = self._provider.diff(
            _token(request.urn),
            _decode(request.olds),
            _decode(request.news),
            tuple(request.ignoreChanges),
        )
        return _diff_response(found)

    @_with_error_status
    def Create(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Create a resource, or predict its properties."""
        token, new = _token(request.urn), _decode(request.properties)
        if request.preview or has_unknown(new):
            values = self._provider.preview(token, {}, new)
            return provider_pb2.CreateResponse(id="", properties=wire.to_struct(values))
        resource_id, values = self._provider.create(token, new, request.timeout)
        self._created_log.record(request.urn, resource_id)
        return provider_pb2.CreateResponse(id=resource_id, properties=wire.to_struct(values))

    @_with_error_status
    def Read(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Read a resource; an empty id when it does not exist."""
        state, inputs = _decode(request.properties), _decode(request.inputs)
        live = self._provider.read(_token(request.urn), request.id, state, inputs)
        if live is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=live.id,
            properties=wire.to_struct(live.state),
            inputs=wire.to_struct(live.inputs),
        )

    @_with_error_status
    def Update(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Update a resource, or predict its properties."""
        token, new = _token(request.urn), _decode(request.news)
        ref = ResourceRef(id=request.id, properties=_decode(request.olds))
        if request.preview or has_unknown(new):
            values = self._provider.preview(token, ref.properties, new)
        else:
            inputs = _decode(request.old_inputs)
            values = self._provider.update(token, ref, new, inputs, request.timeout)
        return provider_pb2.UpdateResponse(properties=wire.to_struct(values))

    @_with_error_status
    def Delete(self, request: Message, _: grpc.ServicerContext) -> Message:
        ref = ResourceRef(id=request.id, properties=_decode(request.properties))
        self._provider.delete(_token(request.urn), ref, request.timeout)
        return empty_pb2.Empty()

    @_with_error_status
    def Invoke(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Read a data source."""
        values, failures = self._provider.invoke(request.tok, _decode(request.args))
        fields = {"return": wire.to_struct(values), "failures": _failures(failures)}
        return provider_pb2.InvokeResponse(**fields)


def start_server(
    servicer: ProviderServicer, workers: ThreadPoolExecutor | None = None
) -> tuple[grpc.Server, int]:
    """Serve on a free port of the loopback address; return the server and the port."""
    own_user_only = OwnUserOnly()
    server = grpc.server(
        workers or ThreadPoolExecutor(WORKERS),
        interceptors=[own_user_only],
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    own_user_only.address = ("127.0.0.1", port)
    server.start()
    return server, port


# -- messages


def _decode(struct: Message) -> Properties:
    values: Properties = unwrap_value(wire.from_struct(struct))
    return values


def _token(urn: str) -> str:
    """The type's token in urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME"""
    return urn.split("::", 3)[2].rpartition("$")[2]


def _subject(request: Message) -> str:
    """The resource's token and name, as the start of an error message."""
    urn = getattr(request, "urn", "")
    return f"{_token(urn)} '{urn.split('::', 3)[3]}': " if urn.count("::") >= 3 else ""


def _naming_request(request: Message) -> NamingRequest:
    mode, proposed = NamingMode.PROVIDER, ""
    if request.HasField("autonaming"):
        mode, proposed = _MODES[request.autonaming.mode], request.autonaming.proposed_name
    return NamingRequest(
        logical_name=request.urn.split("::", 3)[3],
        seed=request.randomSeed,
        mode=mode,
        proposed=proposed,
    )


def _failures(found: Any) -> list[Message]:  # noqa: ANN401 - any iterable of pairs
    return [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in found]


def _diff_response(found: ResourceDiff) -> Message:
    response = provider_pb2.DiffResponse
    differ = response.DIFF_SOME if found.differences else response.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=differ,
        diffs=sorted({str(one.path[0]) for one in found.differences}),
        replaces=found.replacing,
        deleteBeforeReplace=found.delete_first,
        detailedDiff={
            str(one): provider_pb2.PropertyDiff(kind=_DIFF_KINDS[one.kind, one.replaces])
            for one in found.differences
        },
        hasDetailedDiff=True,
    )


def _abort_partial(context: grpc.ServicerContext, exc: PartialFailure, subject: str) -> None:
    """End with a status that lets the engine record the unfinished resource."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=exc.id,
            properties=wire.to_struct(exc.state),
            inputs=wire.to_struct(exc.inputs),
            reasons=exc.reasons,
        )
    )
    code = grpc.StatusCode.UNKNOWN
    message = f"{subject}{exc}"
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)
