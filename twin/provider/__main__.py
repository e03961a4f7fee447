"""The plugin's process: prints its port as the first line, and ends when its Pulumi engine ends.

https://github.com/pulumi/pulumi/blob/master/developer-docs/providers/implementers-guide.md
"""

import argparse
import importlib.util
import logging
import os
import select
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from common.clock import SystemClock
from twin.provider.config import ProviderConfiguration
from twin.provider.created_log import find_created_log

if TYPE_CHECKING:
    from twin.provider.aws_client import AwsClient

_SHUTDOWN_S = 1.0


def main() -> int:
    """Serve one Pulumi engine until it ends."""
    engine_process = os.getppid()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="pulumi-resource-aws")
    parser.add_argument("engine", nargs="?", help="address of the Pulumi engine")
    parser.add_argument("--stands-in-for", default="", metavar="VERSION")
    known, _ = parser.parse_known_args()  # ignores the engine's logging options
    skip_sdk_imports()

    from twin.provider.operations.provider import Provider  # noqa: PLC0415 - after skip_sdk_imports
    from twin.provider.protocol.server import (  # noqa: PLC0415
        WORKERS,
        ProviderServicer,
        start_server,
    )

    provider = Provider(environ=os.environ, clock=SystemClock(), root=Path.cwd(), connect=connect)
    version = known.stands_in_for or _installed_version()
    servicer = ProviderServicer(provider, version, find_created_log(os.environ))
    with ThreadPoolExecutor(WORKERS) as workers:  # its end waits until calls are recorded
        server, port = start_server(servicer, workers)
        seen = _signal_descriptor()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        _wait_for_engine_end(engine_process, seen)
        server.stop(_SHUTDOWN_S).wait()
    return 0


def _installed_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - slow; install.py passes the version

    return version("pulumi_aws")


def connect(configuration: ProviderConfiguration) -> "AwsClient":
    """Load botocore and make the AWS client."""
    from twin.provider.aws_client import AwsClient  # noqa: PLC0415 - a quarter of a second

    return AwsClient(configuration)


def skip_sdk_imports() -> None:
    """Let the protocol's messages be imported without the Pulumi SDK (a third of a second).

    The generated messages need nothing of the SDK, but their import runs pulumi/__init__.py. Empty
    packages at the same paths replace it, in this process only.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or not found.submodule_search_locations:
        raise ImportError("the package 'pulumi' is not installed here: run `make up`")
    root = Path(next(iter(found.submodule_search_locations)))
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        folder = root.joinpath(*name.split(".")[1:])
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules.setdefault(name, package)


def _signal_descriptor() -> int:
    """Catch the engine's signals; return a descriptor that becomes readable by one."""
    seen, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: os.write(wake, b"!"))
    return seen


def _wait_for_engine_end(parent: int, seen: int) -> None:
    """Wait for a signal or for the end of the engine's process."""
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    select.select([descriptor, seen], [], [])


def end_process(status: int) -> NoReturn:
    """End at once, without Python's own cleaning up, which takes a quarter of a second.

    Pulumi's engine ends a program's providers one after the other, and has 5 s for all of them; it
    blames those that are left for a premature exit, and the update fails.
    https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/host/host.go (ReleaseContext)
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end_process(main())
