"""What is said of ports that can't be opened."""

import errno
import os

import pytest

from twin.edge.ports import OpenPort, Ports, explain_open_failure


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "this user may not open port 80; choose a listener port from 1024 up"),
        (errno.EADDRINUSE, "another program has this address open"),
        (errno.EMFILE, "Too many open files"),
    ],
)
def test_the_problem_says_what_to_do(number: int, words: str) -> None:
    assert explain_open_failure(OSError(number, os.strerror(number)), 80) == words


def test_an_address_beyond_loopback_is_never_opened() -> None:
    opened: list[OpenPort] = []
    ports = Ports(on_opened=opened.append, on_closing=opened.remove)

    ports.want({("0.0.0.0", 8080): "l"})  # noqa: S104 - the test is that it is refused

    assert opened == []
    assert ports.problem("l") == "0.0.0.0:8080: the twin opens loopback addresses only"
