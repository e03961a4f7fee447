"""The port of HTTPS servers."""

import os
from pathlib import Path

from twin.runtime.https_port import HTTPS_PORT, UNPRIVILEGED_HTTPS_PORT, find_https_port

FIRST_FREE = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def test_it_is_one_that_this_user_can_bind() -> None:
    """https://docs.kernel.org/networking/ip-sysctl.html"""
    port = find_https_port("127.0.0.1")

    assert port in (HTTPS_PORT, UNPRIVILEGED_HTTPS_PORT)
    if int(FIRST_FREE.read_text()) <= HTTPS_PORT or os.geteuid() == 0:
        assert port == HTTPS_PORT
