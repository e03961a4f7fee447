"""What `twin curl` leads to."""

import os
import socket

import pytest

from tests.functional.twin.strangers import listen_as_stranger
from twin.cli.curl_command import require_own_entrance
from twin.errors import NotRunning


def test_the_twins_own_entrance_is_used() -> None:
    with socket.create_server(("127.0.0.121", 0)) as entrance:
        require_own_entrance(entrance.getsockname())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_users_program_at_the_address_of_an_entrance_is_not() -> None:
    with (
        listen_as_stranger(("127.0.0.121", 0)) as entrance,
        pytest.raises(NotRunning, match="user 65534 has taken this address; see twin status"),
    ):
        require_own_entrance(entrance.getsockname())
