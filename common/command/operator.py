"""The name of the person at this terminal, for records of who changed what."""

import getpass
import os
import socket
import time
from collections.abc import Mapping


def operator_name(environ: Mapping[str, str]) -> str:
    """`ann@desk`: the user and the host."""
    try:
        user = environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def describe_operator(environ: Mapping[str, str], command: str, at: float) -> str:
    """``ann@desk (`twin region start us-west-2` at 14:05:10)``. `at`: seconds since 1970."""
    clock = time.strftime("%H:%M:%S", time.localtime(at))
    return f"{operator_name(environ)} (`{command}` at {clock})"
