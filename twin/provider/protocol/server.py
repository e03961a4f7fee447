"""The Pulumi provider protocol over gRPC: requests to the engine of types, and answers back.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
Secrets are not accepted: the Pulumi engine then takes them off and marks them again by itself.
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
from twin.provider.operations.diff import ResourceDiff
from twin.provider.operations.naming import NamingMode, NamingRequest
from twin.provider.operations.provider import Provider
from twin.provider.protocol import wire
from twin.provider.schema.resource_type import ResourceRef
from twin.provider.values import Properties, has_unknown, unwrap_value

log = logging.getLogger(__name__)

WORKERS = 32
_LARGEST_MESSAGE = 400 << 20
_MODES = {0: NamingMode.PROPOSE, 1: NamingMode.ENFORCE, 2: NamingMode.DISABLE}
_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

Message: Any = Any
"""The generated messages carry no types that would help here."""
M = TypeVar("M", bound=Callable[..., Any])


def _answering(method: M) -> M:
    """Errors to the status that the Pulumi engine shows; a process edge."""

    @functools.wraps(method)
    def answer(
        self: "ProviderServicer", request: Message, context: grpc.ServicerContext
    ) -> Message:
        try:
            return method(self, request, context)
        except PartialFailure as exc:
            _abort_partly(context, exc, _subject(request))
        except ProviderError as exc:
            context.abort(grpc.StatusCode.UNKNOWN, f"{_subject(request)}{exc}")
        except Exception as exc:
            log.exception("%s failed", method.__name__)
            reason = f"{_subject(request)}a fault in the stand-in: {type(exc).__name__}: {exc}"
            context.abort(grpc.StatusCode.INTERNAL, reason)
        return None

    return answer  # type: ignore[return-value]  # it has the method's own signature


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance."""

    def __init__(
        self, engine: Provider, version: str, receipts: CreatedLog = NO_CREATED_LOG
    ) -> None:
        """`version` is the plugin's that this stands in for."""
        self._engine = engine
        self._version = version
        self._receipts = receipts

    # -- about the plugin

    def Handshake(self, _: Message, __: grpc.ServicerContext) -> Message:
        """What we can take."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False,
            accept_resources=False,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def Attach(self, _: Message, __: grpc.ServicerContext) -> Message:
        """Nothing to do: one process serves one engine."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _: Message, __: grpc.ServicerContext) -> Message:
        """The version that this stands in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, _: Message, __: grpc.ServicerContext) -> Message:
        """The name and version only: programs in Python bring their own classes."""
        schema = {"name": "aws", "version": self._version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, _: Message, __: grpc.ServicerContext) -> Message:
        """End what is being waited for."""
        self._engine.cancelled.set()
        return empty_pb2.Empty()

    # -- configuration

    @_answering
    def CheckConfig(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Refuses what is not this machine."""
        failures = self._engine.check_config(wire.from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_answering
    def DiffConfig(self, request: Message, _: grpc.ServicerContext) -> Message:
        """A provider is never replaced: since pulumi-aws 7, resources have Regions of their own."""
        old, new = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        changes = provider_pb2.DiffResponse
        differ = changes.DIFF_SOME if old != new else changes.DIFF_NONE
        return provider_pb2.DiffResponse(changes=differ)

    @_answering
    def Configure(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Takes the configuration."""
        self._engine.configure(wire.from_struct(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    # -- resources

    @_answering
    def Check(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Arguments, complete, or what is wrong with them."""
        checked = self._engine.check(
            _token(request.urn), _plain(request.olds), _plain(request.news), _naming(request)
        )
        return provider_pb2.CheckResponse(
            inputs=wire.to_struct(checked.inputs), failures=_failures(checked.failures)
        )

    @_answering
    def Diff(self, request: Message, _: grpc.ServicerContext) -> Message:
        """What differs."""
        found = self._engine.diff(
            _token(request.urn),
            _plain(request.olds),
            _plain(request.news),
            tuple(request.ignoreChanges),
        )
        return _diff_response(found)

    @_answering
    def Create(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Make a resource, or say what it will be."""
        token, new = _token(request.urn), _plain(request.properties)
        if request.preview or has_unknown(new):
            values = self._engine.preview(token, {}, new)
            return provider_pb2.CreateResponse(id="", properties=wire.to_struct(values))
        made, values = self._engine.create(token, new, request.timeout)
        self._receipts.made(request.urn, made)
        return provider_pb2.CreateResponse(id=made, properties=wire.to_struct(values))

    @_answering
    def Read(self, request: Message, _: grpc.ServicerContext) -> Message:
        """A resource as AWS has it; an empty id when it is gone."""
        state, inputs = _plain(request.properties), _plain(request.inputs)
        live = self._engine.read(_token(request.urn), request.id, state, inputs)
        if live is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=live.id,
            properties=wire.to_struct(live.state),
            inputs=wire.to_struct(live.inputs),
        )

    @_answering
    def Update(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Change a resource, or say what it will be."""
        token, new = _token(request.urn), _plain(request.news)
        ref = ResourceRef(id=request.id, properties=_plain(request.olds))
        if request.preview or has_unknown(new):
            values = self._engine.preview(token, ref.properties, new)
        else:
            inputs = _plain(request.old_inputs)
            values = self._engine.update(token, ref, new, inputs, request.timeout)
        return provider_pb2.UpdateResponse(properties=wire.to_struct(values))

    @_answering
    def Delete(self, request: Message, _: grpc.ServicerContext) -> Message:
        """Remove a resource."""
        ref = ResourceRef(id=request.id, properties=_plain(request.properties))
        self._engine.delete(_token(request.urn), ref, request.timeout)
        return empty_pb2.Empty()

    @_answering
    def Invoke(self, request: Message, _: grpc.ServicerContext) -> Message:
        """A data source."""
        values, failures = self._engine.invoke(request.tok, _plain(request.args))
        fields = {"return": wire.to_struct(values), "failures": _failures(failures)}
        return provider_pb2.InvokeResponse(**fields)


def start_server(servicer: ProviderServicer) -> tuple[grpc.Server, int]:
    """Start serving on a free port of the loopback address; the server and the port."""
    server = grpc.server(
        ThreadPoolExecutor(WORKERS),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


# -- messages


def _plain(struct: Message) -> Properties:
    values: Properties = unwrap_value(wire.from_struct(struct))
    return values


def _token(urn: str) -> str:
    """urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME"""
    return urn.split("::", 3)[2].rpartition("$")[2]


def _subject(request: Message) -> str:
    """The resource that an error is about."""
    urn = getattr(request, "urn", "")
    return f"{_token(urn)} '{urn.split('::', 3)[3]}': " if urn.count("::") >= 3 else ""


def _naming(request: Message) -> NamingRequest:
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
            str(one): provider_pb2.PropertyDiff(kind=_KINDS[one.sort, one.replaces])
            for one in found.differences
        },
        hasDetailedDiff=True,
    )


def _abort_partly(context: grpc.ServicerContext, exc: PartialFailure, subject: str) -> None:
    """The resource is there, but not all that it should be: record it as it is."""
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
