"""The port of HTTPS servers: 443, or 8443 where the system keeps low ports for root."""

import socket

HTTPS_PORT = 443
UNPRIVILEGED_HTTPS_PORT = 8443


def find_https_port(host: str) -> int:
    """The port that this user can bind on a loopback address; one that is in use counts."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, HTTPS_PORT))
        except PermissionError:
            return UNPRIVILEGED_HTTPS_PORT
        except OSError:
            pass
    return HTTPS_PORT
