"""Who is named in records."""

import re
import socket

from common.command.operator import describe_operator, operator_name


def test_the_operator_is_the_user_on_this_host() -> None:
    assert operator_name({"USER": "ann"}) == f"ann@{socket.gethostname()}"
    assert operator_name({}).endswith(f"@{socket.gethostname()}")


def test_a_change_is_described_by_its_command_and_time_of_day() -> None:
    text = describe_operator({"USER": "ann"}, "twin region start us-west-2", 1_000_000_000.0)

    assert re.fullmatch(r"ann@\S+ \(`twin region start us-west-2` at \d\d:46:40\)", text)
