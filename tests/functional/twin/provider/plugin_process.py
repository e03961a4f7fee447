"""The plugin as a process, started as the Pulumi engine starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.provider.install import install_plugin

ROOT = Path(__file__).resolve().parents[4]
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
