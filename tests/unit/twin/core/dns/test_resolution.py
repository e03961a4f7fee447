"""Aliases: what they answer, and how health decides between their branches."""

import pytest

from tests.unit.twin.core.dns.zone_setup import (
    NAME,
    a_record,
    alias_record,
    answered,
    ask,
    index_of,
    unhealthy,
    values_of,
)
from twin.topology.model import LoadBalancer, RegionTopology
from twin.topology.route53 import ResourceRecordSet

WEST, EAST = "west.muster.test.", "east.muster.test."


def branches(*, evaluate: bool = True) -> list[ResourceRecordSet]:
    """Latency aliases to two weighted pairs; a check's id is its record's value."""
    children = [
        a_record(f"192.0.2.{number}", name, weight=1, health_check_id=f"192.0.2.{number}")
        for number, name in enumerate((WEST, WEST, EAST, EAST), start=1)
    ]
    return [
        alias_record(WEST, region="us-west-2", evaluate_target_health=evaluate),
        alias_record(EAST, region="us-east-1", evaluate_target_health=evaluate),
        *children,
    ]


def test_the_choice_backs_out_of_a_branch_in_which_all_is_unhealthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html"""
    index = index_of(*branches())

    def from_portland(*failed: str) -> set[str]:
        answer = ask(index, client="Portland", is_healthy=unhealthy(*failed))
        return set(values_of(answer))

    assert from_portland() <= {"192.0.2.1", "192.0.2.2"}
    assert from_portland("192.0.2.1") == {"192.0.2.2"}
    assert from_portland("192.0.2.1", "192.0.2.2", "192.0.2.3") == {"192.0.2.4"}


def test_without_evaluation_a_branch_is_used_though_all_in_it_is_unhealthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html"""
    index = index_of(*branches(evaluate=False))

    answer = ask(index, client="Portland", is_healthy=unhealthy("192.0.2.1", "192.0.2.2"))

    assert set(values_of(answer)) <= {"192.0.2.1", "192.0.2.2"}


def test_with_all_branches_unhealthy_the_policy_alone_decides() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    index = index_of(*branches())

    answer = ask(index, client="Portland", is_healthy=lambda _: False)

    assert set(values_of(answer)) <= {"192.0.2.1", "192.0.2.2"}


def test_an_alias_needs_its_own_check_and_its_target_to_be_healthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html"""
    records = [
        alias_record(WEST, failover="PRIMARY", health_check_id="own"),
        a_record("192.0.2.9", failover="SECONDARY"),
        a_record("192.0.2.1", WEST, weight=1, health_check_id="target"),
    ]

    assert answered(records) == ["192.0.2.1"]
    assert answered(records, is_healthy=unhealthy("own")) == ["192.0.2.9"]
    assert answered(records, is_healthy=unhealthy("target")) == ["192.0.2.9"]


def test_an_alias_has_the_name_asked_for_and_the_ttl_of_its_target() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    index = index_of(alias_record(WEST), a_record("192.0.2.1", WEST, ttl_s=17))

    (records,) = ask(index).answer

    assert (records.name, records.type, records.ttl_s) == ((b"api", b"muster", b"test"), "A", 17)


def test_an_alias_leads_through_several_aliases() -> None:
    records = [alias_record("a.muster.test.")]
    records += [alias_record(f"{b}.muster.test.", f"{a}.muster.test.") for a, b in ("ab", "bc")]

    assert answered([*records, a_record("192.0.2.1", "c.muster.test.")]) == ["192.0.2.1"]


@pytest.mark.parametrize("evaluate", [True, False])
def test_aliases_in_a_loop_answer_nothing(evaluate: bool) -> None:
    records = [
        alias_record(WEST, evaluate_target_health=evaluate),
        alias_record(NAME, WEST, evaluate_target_health=evaluate),
    ]

    answer = ask(index_of(*records))

    assert (answer.code, answer.answer) == ("NOERROR", ())


def test_a_branch_that_leads_back_is_no_healthy_one() -> None:
    records = [
        alias_record(WEST, failover="PRIMARY"),
        a_record("192.0.2.9", failover="SECONDARY", health_check_id="bad"),
        alias_record(NAME, WEST, failover="PRIMARY"),
    ]
    refuge = a_record("192.0.2.1", WEST, failover="SECONDARY")

    assert answered(records, is_healthy=unhealthy("bad")) == []
    assert answered([*records, refuge], is_healthy=unhealthy("bad")) == ["192.0.2.1"]


def test_a_target_of_two_aliases_is_as_healthy_for_the_second() -> None:
    records = [
        alias_record(EAST, weight=1),
        alias_record(WEST, weight=1),
        alias_record(EAST, WEST, failover="PRIMARY"),
        a_record("192.0.2.9", WEST, failover="SECONDARY"),
        a_record("192.0.2.1", EAST),
    ]

    assert answered(records, draw=lambda: 0.1) == ["192.0.2.1"]
    assert answered(records, draw=lambda: 0.9) == ["192.0.2.1"]


def test_wide_and_deep_trees_ask_for_the_health_of_each_group_once() -> None:
    names = [f"n{depth}.muster.test." for depth in range(12)]
    asked: list[str] = []
    records = [
        alias_record(child, parent, weight=1, set_identifier=str(number))
        for parent, child in zip((NAME, *names), names, strict=False)
        for number in range(10)
    ]
    leaf = a_record("192.0.2.1", names[-1], weight=1, health_check_id="leaf")

    def is_healthy(check: str) -> bool:
        asked.append(check)
        return False

    assert answered([*records, leaf], is_healthy=is_healthy) == ["192.0.2.1"]
    assert len(asked) < 30


def test_an_alias_to_a_load_balancer_answers_its_address_while_it_is_healthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    balancer = LoadBalancer(arn="arn:lb", name="lb", address="127.120.9.1", scheme="internal")
    index = index_of(
        alias_record("dualstack.127.120.9.1.", zone_id="ZELB", failover="PRIMARY"),
        a_record("192.0.2.9", failover="SECONDARY"),
        regions={"eu-central-1": RegionTopology(load_balancers=(balancer,))},
    )

    (records,) = ask(index).answer

    assert (records.values, records.ttl_s) == (("127.120.9.1",), 60)
    assert values_of(ask(index, is_healthy=unhealthy("arn:lb"))) == ["192.0.2.9"]


def test_an_alias_to_nothing_is_unhealthy_and_answers_nothing() -> None:
    gone = alias_record("gone.elb.amazonaws.com.", zone_id="ZELB", failover="PRIMARY")

    assert answered([gone]) == []
    assert answered([gone, a_record("192.0.2.9", failover="SECONDARY")]) == ["192.0.2.9"]


def test_the_health_of_a_long_row_of_aliases_is_that_of_a_loop() -> None:
    """Each evaluates the next one's health; one more than can be followed answers nothing."""
    row = [
        alias_record(f"a{number + 1}.muster.test.", f"a{number}.muster.test.")
        for number in range(1000)
    ]
    first = alias_record("a0.muster.test.", weight=1)

    assert answered([first, a_record("192.0.2.1", weight=1), *row]) == ["192.0.2.1"]
    assert answered([first, *row]) == []
