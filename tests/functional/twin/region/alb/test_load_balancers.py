"""Listeners that are added, removed, or can't be opened."""

import asyncio
import socket
from dataclasses import replace

import pytest

from tests.functional.twin.region.alb.answers import FORWARD, status_of
from tests.functional.twin.region.lambdas.invocations import SLOW
from tests.functional.twin.region.region_process import (
    BALANCER_ARN,
    CONSTANT,
    GROUP_ARN,
    PORT,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually
from twin.topology.model import (
    ListenerAction,
    LoadBalancerListener,
    RegionTopology,
    WeightedTargetGroup,
)


async def test_removing_a_listener_does_not_disturb_another(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html"""
    first = LoadBalancerListener(arn="a", port=PORT, protocol="HTTP", default_action=FORWARD)
    second = replace(first, arn="b", port=PORT + 1)
    deployed = RegionDeployment(code=region.zip(CONSTANT), listeners=(first, second))
    await region.deploy(deployed)
    reader, writer = await asyncio.open_connection(region.address, PORT)
    other, other_writer = await asyncio.open_connection(region.address, PORT + 1)

    await region.deploy(replace(deployed, listeners=(first,)))
    closed = await asyncio.wait_for(other.read(), 5)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    kept = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    other_writer.close()

    assert closed == b""
    assert status_of(kept) == 200
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(region.address, PORT + 1)


async def test_a_listener_that_drains_does_not_disturb_one_whose_target_group_is_replaced(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html"""
    first = LoadBalancerListener(arn="a", port=PORT, protocol="HTTP", default_action=FORWARD)
    second = replace(first, arn="b", port=PORT + 1)
    deployed = RegionDeployment(code=region.zip(SLOW), listeners=(first, second))
    await region.deploy(deployed)
    other, other_writer = await asyncio.open_connection(region.address, PORT + 1)
    other_writer.write(b"GET /?s=1 HTTP/1.1\r\nHost: x\r\n\r\n")

    async def is_busy() -> bool:
        return (await region.status()).functions[0].busy == 1

    async def is_closed() -> bool:
        try:
            _, writer = await asyncio.open_connection(region.address, PORT + 1)
        except ConnectionRefusedError:
            return True
        writer.close()
        return False

    await async_eventually(is_busy)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(region.publish(with_other_group(deployed, first, region.address)))
        await async_eventually(is_closed)
        status, _ = await region.get()
        drained = await asyncio.wait_for(other.readuntil(b"\r\n\r\n"), 5)
    other_writer.close()

    assert status == 200
    assert drained.startswith(b"HTTP/1.1 200 ")


def with_other_group(
    deployed: RegionDeployment, listener: LoadBalancerListener, address: str
) -> RegionTopology:
    """The deployment with this listener only, and another target group in place of its own."""
    arn = f"{GROUP_ARN}0"
    forward = ListenerAction(type="forward", target_groups=(WeightedTargetGroup(arn=arn),))
    before = replace(deployed, listeners=(replace(listener, default_action=forward),))
    topology = before.topology(address)
    (function,), (group,) = topology.functions, topology.target_groups
    permissions = tuple(replace(one, source_arn=arn) for one in function.permissions)
    return replace(
        topology,
        functions=(replace(function, permissions=permissions),),
        target_groups=(replace(group, arn=arn),),
    )


async def test_a_taken_port_is_a_problem_and_is_retried(region: RegionProcess) -> None:
    taken = socket.create_server((region.address, PORT))
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))
    (balancer,) = (await region.status()).load_balancers

    taken.close()

    async def answers() -> bool:
        return (await region.get())[0] == 200

    assert balancer.arn == BALANCER_ARN
    assert "port 8080 can't be opened" in balancer.problem
    assert balancer.ports == ()
    assert await async_eventually(answers)
    assert (await region.status()).load_balancers[0].problem == ""


async def test_a_number_that_is_no_port_is_a_problem_and_the_rest_serves(
    region: RegionProcess,
) -> None:
    """As in a Topology that an older twin has published."""
    wrong = LoadBalancerListener(arn="a", port=70000, protocol="HTTP", default_action=FORWARD)
    http = LoadBalancerListener(arn="b", port=PORT, protocol="HTTP", default_action=FORWARD)

    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), listeners=(wrong, http)))

    (balancer,) = (await region.status()).load_balancers
    assert "port 70000 can't be opened" in balancer.problem
    assert balancer.ports == (PORT,)
    assert (await region.get())[0] == 200
