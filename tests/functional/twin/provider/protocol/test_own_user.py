"""Calls of a provider by another user's program."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from twin.provider.protocol.own_user import OwnUserOnly, parse_peer
from twin.runtime.own_user import FindRefusal, refuse_other_users
from twin.runtime.socket_owner import SocketOwner

STATUS_WITHOUT_SERVICER = grpc.StatusCode.UNIMPLEMENTED


def refuse(owner: SocketOwner | None) -> str | None:
    assert owner is not None
    assert owner.inode
    return f"it comes from user {owner.uid + 1}"


def call(find_refusal: FindRefusal) -> grpc.RpcError:
    """The error of a call of a provider that implements nothing."""
    own_user_only = OwnUserOnly(find_refusal)
    server = grpc.server(ThreadPoolExecutor(1), interceptors=[own_user_only])
    servicer = provider_pb2_grpc.ResourceProviderServicer()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    own_user_only.address = ("127.0.0.1", port)
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            with pytest.raises(grpc.RpcError) as caught:
                stub.Cancel(empty_pb2.Empty(), timeout=10)
    finally:
        server.stop(0)
    return caught.value


def test_another_users_call_is_refused() -> None:
    error = call(refuse)

    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "it comes from user" in (error.details() or "")


def test_an_own_call_reaches_the_provider() -> None:
    assert call(refuse_other_users).code() is STATUS_WITHOUT_SERVICER


def test_the_peer_of_a_call_is_read() -> None:
    assert parse_peer("ipv4:127.0.0.1:40000") == ("127.0.0.1", 40000)
