"""The plugin's process: its first line, and what ends it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from tests.functional.twin.provider.plugin_process import ROOT, plugin
from tests.waiting import eventually


def test_the_plugin_prints_its_port_first(tmp_path: Path) -> None:
    with plugin(tmp_path) as (_, port):
        assert port > 1024


def test_the_plugin_lives_through_a_cancel_and_ends_by_a_signal(tmp_path: Path) -> None:
    with plugin(tmp_path) as (process, port):
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Cancel(empty_pb2.Empty())
            stub.GetPluginInfo(empty_pb2.Empty())

        process.terminate()

        assert process.wait(5.0) == 0


def test_the_plugin_ends_without_python_cleaning_up() -> None:
    """So a program with many providers ends within the 5 s that Pulumi's engine has for all:
    https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/host/host.go (ReleaseContext)
    """
    script = (
        "import atexit, runpy; atexit.register(print, 'cleaned up'); "
        "runpy.run_module('twin.provider', run_name='__main__')"
    )
    process = subprocess.Popen(
        (sys.executable, "-c", script, "127.0.0.1:1"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process as plugin_process:
        assert plugin_process.stdout is not None
        assert plugin_process.stdout.readline().strip().isdigit()
        plugin_process.terminate()
        assert plugin_process.stdout.read() == ""
    assert process.returncode == 0


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
