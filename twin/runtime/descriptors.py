"""File descriptors of a daemon: their limit, and the part that connections of strangers leave free.

Every program of the machine, and every web page, may connect to a load balancer or an accelerator,
as many times as it likes. Without a descriptor a process can neither read a file nor accept its own
user's calls. So a port that is open to everybody closes new connections while few are left.

The kernel gives each socket the lowest free number: a high number means that few are free.
"""

import resource

RESERVED_PART = 8
"""One of so many descriptors is kept for the process's own files and connections."""


def raise_descriptor_limit() -> None:
    """Raise the limit of file descriptors to the most that this user may have."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def most_connections(wanted: int) -> int:
    """How many connections one server may have: `wanted`, or half of the process's descriptors."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if limit == resource.RLIM_INFINITY else min(wanted, limit // 2)


def is_reserved(descriptor: int) -> bool:
    """Whether a stranger's connection with this descriptor has to be closed."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limit != resource.RLIM_INFINITY and descriptor >= limit - limit // RESERVED_PART
