"""Random calls to a Region's DynamoDB, for a short time."""

from tests.soak.region_soak import main


def test_no_call_to_dynamodb_is_a_server_error_or_lost_by_a_kill() -> None:
    assert main(["--calls", "250", "--seed", "3"]) == 0
