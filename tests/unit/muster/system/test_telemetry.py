"""The view of the system, from many calls."""

import pytest

from muster.errors import AccountError
from muster.levers.aws_faults import ReplicationPause, Throttle
from muster.levers.health_switch import HealthSwitch, switch_to_item
from muster.model import Stack, SwitchSetting, SystemView
from muster.system.active_faults import ActiveFaultReader
from muster.system.dns_reader import DnsReader
from muster.system.telemetry import StackTelemetry, StateReaders
from tests.unit.muster.fake_aws import FakeAws, Item
from tests.unit.muster.levers.builders import make_retry_policy
from tests.unit.muster.sample_stack import (
    ACCOUNT,
    CONTROL_TABLE,
    FRANKFURT,
    OREGON,
    alb_arn,
    group_arn,
    make_dns_outputs,
    make_region_outputs,
    make_stack,
    make_two_door_stack,
)


def make_telemetry(
    aws: FakeAws, *alarms: str, stack: Stack | None = None, reads_versions: bool = False
) -> StackTelemetry:
    clients, policy = aws.clients(), make_retry_policy(aws)
    stack = stack or make_stack()
    return StackTelemetry(
        clients,
        stack,
        readers=StateReaders(
            switch=HealthSwitch(clients, stack, policy),
            faults=ActiveFaultReader(
                stack=stack,
                throttle=Throttle(clients, stack, policy.notify),
                replication_pause=ReplicationPause(
                    clients, {}, policy, control_table=CONTROL_TABLE
                ),
                twin=None,
            ),
            dns=DnsReader(clients, stack.dns, aws.clock) if stack.dns else None,
        ),
        clock=aws.clock,
        alarms=alarms,
        reads_versions=reads_versions,
    )


async def read_view(aws: FakeAws, *alarms: str) -> SystemView:
    return await make_telemetry(aws, *alarms).view()


async def test_everything_is_in_one_view() -> None:
    aws = FakeAws(
        dials={FRANKFURT: 100.0, OREGON: 25.0},
        metrics={
            ("NewFlowCount", OREGON): 120.0,
            ("RequestCount", OREGON): 600.0,
            ("ConcurrentExecutions", OREGON): 3.0,
            ("ReplicationLatency", OREGON): 850.0,
        },
    )

    view = await read_view(aws)

    oregon = view.regions[OREGON]
    assert (view.account, view.accelerator_status, view.accelerator_enabled) == (
        ACCOUNT,
        "DEPLOYED",
        True,
    )
    assert (oregon.dial, oregon.declared_dial, oregon.endpoint) == (25, 100, "HEALTHY")
    assert (oregon.target, oregon.switch) == ("healthy", SwitchSetting())
    assert (oregon.new_connections_per_s, oregon.requests_per_s) == (2, 10)
    assert (oregon.concurrency_used, oregon.concurrency_limit) == (3, 900)
    assert oregon.replication_lag_s == 0.85
    assert view.regions[FRANKFURT].replication_lag_s is None
    assert view.faults == ()
    assert view.problems == ()


async def test_reserved_concurrency_is_the_limit_where_there_is_some() -> None:
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: 50})

    view = await read_view(aws)

    assert view.regions[OREGON].concurrency_limit == 50


async def test_an_ended_switch_counts_as_auto() -> None:
    aws = FakeAws()
    for region, until in ((FRANKFURT, aws.clock.now() + 60), (OREGON, aws.clock.now() - 1)):
        item = switch_to_item(region, SwitchSetting(status="fail", by="me", until_epoch_s=until))
        aws.tables[region][f"health#{region}"] = item

    view = await read_view(aws)

    statuses = {
        name: region.switch and region.switch.status for name, region in view.regions.items()
    }
    assert statuses == {FRANKFURT: "fail", OREGON: "auto"}


async def test_an_unreachable_region_is_unknown_and_reported_once() -> None:
    view = await read_view(FakeAws(down={FRANKFURT}))

    down, up = view.regions[FRANKFURT], view.regions[OREGON]
    assert (down.target, down.switch, down.requests_per_s, down.concurrency_limit) == (None,) * 4
    assert down.dial == 100
    assert up.target == "healthy"
    problems = [problem for problem in view.problems if problem.startswith(FRANKFURT)]
    assert sum("health switch" in problem for problem in problems) == 1


async def test_without_the_accelerators_api_dials_and_endpoints_are_unknown() -> None:
    view = await read_view(FakeAws(down={"globalaccelerator"}))

    assert view.accelerator_status is None
    assert {(r.dial, r.endpoint) for r in view.regions.values()} == {(None, None)}
    (problem,) = view.problems
    assert "accelerator" in problem
    assert "dials, endpoint health" in problem


async def test_no_control_plane_at_all_leaves_the_switches() -> None:
    aws = FakeAws(down={"globalaccelerator", "elbv2", "cloudwatch", "lambda", "sts"})

    view = await read_view(aws)

    assert view.account is None
    assert all(region.switch == SwitchSetting() for region in view.regions.values())


async def test_a_malformed_switch_is_a_problem() -> None:
    aws = FakeAws()
    aws.tables[OREGON]["health#us-west-2"] = {"status": {"S": "off"}}

    view = await read_view(aws)

    assert view.regions[OREGON].switch is None
    assert any("the service takes it as auto" in problem for problem in view.problems)


async def test_alarms_are_read_in_their_regions() -> None:
    aws = FakeAws(alarms={"errors": "ALARM"})

    view = await read_view(aws, "us-west-2:errors", "eu-central-1:lost")

    assert view.alarms == {"us-west-2:errors": "ALARM", "eu-central-1:lost": None}
    assert any("alarm lost" in problem and "no such" in problem for problem in view.problems)


async def test_more_alarms_than_one_call_takes_are_read_in_several() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
    names = [f"a{i}" for i in range(101)]
    aws = FakeAws(alarms=dict.fromkeys(names, "OK"))

    view = await read_view(aws, *(f"us-west-2:{name}" for name in names))

    assert set(view.alarms.values()) == {"OK"}
    asked = [len(call.given["AlarmNames"]) for call in aws.calls if "AlarmNames" in call.given]
    assert sorted(asked) == [1, 100]


async def test_alarms_that_can_not_be_read_are_unknown() -> None:
    view = await read_view(FakeAws(down={"cloudwatch"}), "us-west-2:errors")

    assert view.alarms == {"us-west-2:errors": None}


async def test_the_caller_is_identified_once() -> None:
    aws = FakeAws()
    reader = make_telemetry(aws)

    await reader.view()
    await reader.view()

    assert len(aws.made("GetCallerIdentity")) == 1


async def test_nothing_is_read_that_the_outputs_have() -> None:
    aws = FakeAws()

    await read_view(aws)

    known = {"DescribeLoadBalancers", "ListListeners", "ListAccelerators", "DescribeTable"}
    assert known.isdisjoint(call.operation for call in aws.calls)
    assert len(aws.calls) == 4 + 6 * 2


async def test_the_version_of_the_function_that_answers_is_read() -> None:
    aws = FakeAws(function_version="7")

    view = await make_telemetry(aws, reads_versions=True).view()

    assert {region.function_version for region in view.regions.values()} == {"7"}
    assert len(aws.made("GetAlias")) == 2


async def test_credentials_of_another_account_are_an_error() -> None:
    with pytest.raises(AccountError):
        await read_view(FakeAws(account="999"))


async def test_a_function_with_no_concurrency_is_idle() -> None:
    aws = FakeAws()
    aws.reserved[OREGON] = 0

    view = await make_telemetry(aws).view()

    assert view.regions[OREGON].concurrency_used == 0.0
    assert view.regions[FRANKFURT].concurrency_used is None


async def test_many_alarms_come_in_one_answer() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
    names = [f"errors-{n}" for n in range(100)]

    view = await read_view(
        FakeAws(alarms=dict.fromkeys(names, "OK")), *(f"{OREGON}:{n}" for n in names)
    )

    assert set(view.alarms.values()) == {"OK"}


async def test_a_view_has_the_records_of_the_dns_door() -> None:
    aws = FakeAws(weights={FRANKFURT: 1, OREGON: 2})

    view = await make_telemetry(aws, stack=make_two_door_stack()).view()

    assert view.doors == ("accelerator", "dns")
    assert view.dns is not None
    assert (view.dns[OREGON].weight, view.dns[OREGON].healthy) == (2, True)
    assert view.problems == ()


async def test_a_door_that_the_stack_has_not_is_not_asked_for() -> None:
    aws = FakeAws()
    only_dns = make_stack(accelerator_arn=None, static_ips=None, dns=make_dns_outputs())

    without_dns = await make_telemetry(aws).view()
    assert {call.service for call in aws.calls} & {"route53"} == set()
    aws.calls.clear()
    view = await make_telemetry(aws, stack=only_dns).view()

    assert without_dns.dns is None
    assert view.doors == ("dns",)
    assert {call.service for call in aws.calls} & {"globalaccelerator"} == set()
    assert view.problems == ()


async def test_the_outputs_are_compared_with_the_accelerators_own_groups() -> None:
    assert (await read_view(FakeAws())).outdated == ()

    added = {"us-east-1": 100.0, FRANKFURT: 100.0}
    tables: dict[str, dict[str, Item]] = {r: {} for r in (*added, OREGON)}
    aws = FakeAws(dials=added, tables=tables, targets=dict.fromkeys(tables, "healthy"))
    view = await read_view(aws)

    assert view.outdated == (
        "us-east-1 is a Region of the accelerator, and not in the outputs",
        "us-west-2 is in the outputs, and no Region of the accelerator any more",
    )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("alb_arn", alb_arn("eu-west-1"), "us-west-2 has another load balancer"),
        ("endpoint_group_arn", group_arn("eu-west-1"), "us-west-2 has another endpoint group"),
    ],
)
async def test_a_part_that_was_replaced_is_noticed(field: str, value: str, words: str) -> None:
    regions = {region: make_region_outputs(region) for region in (FRANKFURT, OREGON)}
    regions[OREGON][field] = value

    view = await make_telemetry(FakeAws(), stack=make_stack(regions=regions)).view()

    assert len(view.outdated) == 1
    assert view.outdated[0].startswith(words)


async def test_without_an_accelerator_the_outputs_are_compared_with_the_records() -> None:
    aws = FakeAws(weights={FRANKFURT: 1})
    only_dns = make_stack(accelerator_arn=None, static_ips=None, dns=make_dns_outputs())

    view = await make_telemetry(aws, stack=only_dns).view()

    (line,) = view.outdated
    assert line.startswith("us-west-2 is in the outputs, and has no record of ")


async def test_outputs_are_not_called_old_while_the_accelerator_does_not_answer() -> None:
    aws = FakeAws(dials={FRANKFURT: 100.0}, down={"globalaccelerator"})

    assert (await read_view(aws)).outdated == ()
