"""The plugin's process: says its port on the first line of stdout, ends when its engine does.

https://github.com/pulumi/pulumi/blob/master/developer-docs/providers/implementers-guide.md
"""

import argparse
import importlib.util
import logging
import os
import select
import signal
import sys
from pathlib import Path
from types import ModuleType

from common.clock import SystemClock
from twin.provider.aws import Aws
from twin.provider.config import ProviderConfiguration
from twin.provider.created_log import find_created_log

_LAST_WORDS_S = 1.0


def main() -> int:
    """Serve one engine until it is gone."""
    engine_process = os.getppid()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="pulumi-resource-aws")
    parser.add_argument("engine", nargs="?", help="address of the Pulumi engine")
    parser.add_argument("--stands-in-for", default="", metavar="VERSION")
    known, _ = parser.parse_known_args()  # the engine's logging options are not for us
    spare_the_sdk()

    from twin.provider.operations.provider import Provider  # noqa: PLC0415 - after spare_the_sdk
    from twin.provider.protocol.server import ProviderServicer, start_server  # noqa: PLC0415

    engine = Provider(environ=os.environ, clock=SystemClock(), root=Path.cwd(), connect=connect)
    version = known.stands_in_for or _installed_version()
    server, port = start_server(ProviderServicer(engine, version, find_created_log(os.environ)))
    seen = _heed_signals()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    _until_the_engine_ends(engine_process, seen)
    server.stop(_LAST_WORDS_S).wait()
    return 0


def _installed_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - slow, and install.py told us

    return version("pulumi_aws")


def connect(configuration: ProviderConfiguration) -> Aws:
    """AWS by botocore, which is loaded now and not earlier."""
    from twin.provider.aws_client import BotoAwsClient  # noqa: PLC0415 - a quarter of a second

    return BotoAwsClient(configuration)


def spare_the_sdk() -> None:
    """Let the protocol's messages load without the Pulumi SDK around them (a third of a second).

    The messages are generated and stand alone, but importing them the plain way runs
    pulumi/__init__.py. Empty packages at the same place do instead. Only for this process.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or not found.submodule_search_locations:
        raise ImportError("the package 'pulumi' is not installed here: run `make up`")
    where = Path(next(iter(found.submodule_search_locations)))
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        folder = where.joinpath(*name.split(".")[1:])
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules.setdefault(name, package)


def _heed_signals() -> int:
    """Let the engine's signals be seen; the descriptor that becomes readable by one."""
    seen, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: os.write(wake, b"!"))
    return seen


def _until_the_engine_ends(parent: int, seen: int) -> None:
    """Wait for the engine's signal, or for its end by any cause."""
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    select.select([descriptor, seen], [], [])


if __name__ == "__main__":
    sys.exit(main())
