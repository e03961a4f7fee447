"""The protocol as the plugin's process speaks it."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.functional.twin.provider.plugin_process import plugin
from twin.provider.protocol import wire


def test_the_plugin_returns_the_version_that_it_stands_in_for(tmp_path: Path) -> None:
    with plugin(tmp_path) as (_, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)

        assert stub.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi_aws")
        assert "aws" in stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
        assert not stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
        stub.Attach(provider_pb2.ProviderHandshakeRequest())


def test_the_plugin_refuses_an_endpoint_beyond_this_machine(tmp_path: Path) -> None:
    far = wire.to_struct({"endpoints": '[{"ec2": "https://ec2.us-west-2.amazonaws.com"}]'})
    with plugin(tmp_path) as (_, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)

        failures = stub.CheckConfig(provider_pb2.CheckRequest(news=far)).failures
        assert "not on this machine" in failures[0].reason
        with pytest.raises(grpc.RpcError, match="not on this machine"):
            stub.Configure(provider_pb2.ConfigureRequest(args=far))
