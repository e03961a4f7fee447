"""Refuses calls of other users' programs: every user of the machine can reach a provider's port."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from twin.runtime.own_user import FindRefusal, refuse_other_users
from twin.runtime.socket_owner import Address, find_socket_owner

Message: TypeAlias = Any
"""The generated messages have no useful types."""
Handler: TypeAlias = "grpc.RpcMethodHandler[Message, Message] | None"
Call = Callable[[Message, grpc.ServicerContext], Message]


if TYPE_CHECKING:
    ServerInterceptor = grpc.ServerInterceptor[Message, Message]
else:
    ServerInterceptor = grpc.ServerInterceptor  # generic in its stubs only


class OwnUserOnly(ServerInterceptor):
    """Checks the caller of each method."""

    def __init__(self, find_refusal: FindRefusal = refuse_other_users) -> None:
        self._find_refusal = find_refusal
        self.address: Address = ("", 0)
        """Where the server listens; set once it is known."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self._checked(handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _checked(self, call: Call) -> Call:
        def check(request: Message, context: grpc.ServicerContext) -> Message:
            refusal = self._find_refusal(
                find_socket_owner(parse_peer(context.peer()), self.address)
            )
            if refusal is not None:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{refusal}.")
            return call(request, context)

        return check


def parse_peer(peer: str) -> Address:
    """The address in gRPC's `ipv4:127.0.0.1:40000`."""
    _, host, port = peer.split(":")
    return host, int(port)
