"""`muster dns`."""

import json

import pytest

from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, make_dns_outputs


def test_weight_prints_the_change_and_when_clients_follow(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}

    code, changed, _ = on_twin.main("dns weight us-west-2 0", capsys)
    _, again, _ = on_twin.main("dns weight us-west-2 0", capsys)
    _, sent, _ = on_twin.main("dns weight us-west-2 10 --no-wait", capsys)

    assert code == 0
    assert sent.startswith("us-west-2: weight 0 -> 10, not waited for\n")
    assert changed.startswith("us-west-2: weight 100 -> 0\n! resolvers that honour the TTL")
    assert again.startswith("us-west-2: the weight is 0 already\n")
    assert on_twin.aws.weights == {FRANKFURT: 100, OREGON: 10}


def test_weight_needs_the_policy_weighted(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.changes = {"dns": make_dns_outputs("latency")}

    code, _, errors = on_twin.main("dns weight us-west-2 0", capsys)

    assert code == 2
    assert "no weights: they follow the policy latency" in errors


def test_a_negative_weight_is_told_the_range(on_twin: CommandLine, capsys: Capture) -> None:
    code, _, errors = on_twin.main("dns weight us-west-2 -1", capsys)

    assert code == 2
    assert "Invalid value for 'WEIGHT': '-1' is not a whole number from 0 to 255" in errors


def test_invert_goes_on_and_off(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.changes = {"dns": make_dns_outputs("latency")}

    _, on, _ = on_twin.main("dns invert us-west-2 on", capsys)
    _, again, _ = on_twin.main("dns invert us-west-2 on", capsys)
    refused, _, errors = on_twin.main("dns invert eu-central-1 on", capsys)
    force = "--force last-healthy-record --force last-healthy-region"
    forced, _, last_line = on_twin.main(f"dns invert eu-central-1 on {force}", capsys)
    _, off, _ = on_twin.main("dns invert us-west-2 off --json", capsys)
    _, off_again, _ = on_twin.main("dns invert us-west-2 off", capsys)

    assert on.startswith("us-west-2: the health check is inverted\n")
    assert again == "us-west-2: the health check is inverted already\n"
    assert off_again == "us-west-2: the health check is not inverted: nothing to change\n"
    assert (refused, forced) == (3, 3)
    assert "guard last-healthy-record refuses: without eu-central-1 no record" in errors
    assert "every other Region's health check is inverted" in last_line
    assert (json.loads(off)["before"], json.loads(off)["after"]) == (True, False)


def test_a_change_on_aws_is_confirmed(on_aws: CommandLine, capsys: Capture) -> None:
    on_aws.changes = {"dns": make_dns_outputs()}

    code, _, _ = on_aws.main("dns invert us-west-2 on", capsys)

    assert code == 2
    assert on_aws.aws.made("UpdateHealthCheck") == []


@pytest.mark.parametrize("line", ["dns invert us-west-1 on", "dns weight us-west-1 0"])
def test_a_region_that_the_stack_lacks_is_refused(
    on_twin: CommandLine, line: str, capsys: Capture
) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}

    code, _, errors = on_twin.main(line, capsys)

    assert code == 2
    assert "us-west-1" in errors


def test_a_stack_without_the_door_says_how_to_get_it(on_twin: CommandLine, capsys: Capture) -> None:
    code, _, errors = on_twin.main("dns invert us-west-2 on", capsys)

    assert code == 2
    assert "muster:front_doors" in errors
