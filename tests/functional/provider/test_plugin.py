"""The plugin's process and its place, as the Pulumi engine finds and starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.waiting import eventually
from twin.provider.install import install_plugin
from twin.provider.protocol import wire

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(sys.executable)


@contextmanager
def plugin(folder: Path, *, through: tuple[str, ...] = ()) -> Iterator[tuple[Any, int]]:
    """The plugin's process and its port."""
    shim = install_plugin(folder / "home", PYTHON, ROOT)
    command = [*through, str(shim), "--logtostderr", "-v=9", "127.0.0.1:1"]
    environment = {**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def test_the_plugin_prints_its_port_first(tmp_path: Path) -> None:
    with plugin(tmp_path) as (_, port):
        assert port > 1024


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


def test_the_plugin_lives_through_a_cancel_and_ends_by_a_signal(tmp_path: Path) -> None:
    with plugin(tmp_path) as (process, port):
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Cancel(empty_pb2.Empty())
            stub.GetPluginInfo(empty_pb2.Empty())

        process.terminate()

        assert process.wait(5.0) == 0


def test_the_plugin_ends_when_its_engine_is_killed(tmp_path: Path) -> None:
    engine = ("sh", "-c", '"$@" & echo "$!" >plugin.pid; wait', "engine")
    with plugin(tmp_path, through=engine) as (process, _):
        child = int((tmp_path / "plugin.pid").read_text())

        process.kill()
        process.wait()

        assert eventually(lambda: not _lives(child))


def _lives(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_an_installation_is_executable_names_the_version_and_is_done_once(tmp_path: Path) -> None:
    first = install_plugin(tmp_path, PYTHON, ROOT)
    written = first.stat().st_mtime_ns

    again = install_plugin(tmp_path, PYTHON, ROOT)

    folder = tmp_path / "plugins" / f"resource-aws-v{version('pulumi_aws')}"
    assert first == again == folder / "pulumi-resource-aws"
    assert os.access(first, os.X_OK)
    assert again.stat().st_mtime_ns == written
    assert [path.name for path in folder.iterdir()] == ["pulumi-resource-aws"]


def test_an_installation_of_another_checkout_is_replaced(tmp_path: Path) -> None:
    install_plugin(tmp_path, PYTHON, Path("/another place"))

    shim = install_plugin(tmp_path, PYTHON, ROOT)

    assert f"PYTHONPATH={ROOT}" in shim.read_text()
