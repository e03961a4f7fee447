"""Which endpoints are on this machine: what keeps a local stack off AWS, and the reverse."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str | None) -> bool:
    """Whether the URL can only mean this machine; False for a URL that can't be read."""
    try:
        host = urlsplit(url or "").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
