"""What bounds the use of the service, in the stack as a whole."""

import pulumi
import pytest

from tests.infra.graph import TWO_REGIONS, build_graph, https_settings


def test_prod_is_refused_without_a_name_and_takes_one() -> None:
    with pytest.raises(pulumi.RunError, match="muster:domain: must be set"):
        build_graph("prod", insecure_http=None)

    graph = build_graph("prod", insecure_http=None, **https_settings(*TWO_REGIONS))

    assert {n.inputs["protocol"] for n in graph.of("lb/listener:Listener")} == {"HTTP", "HTTPS"}
    for function in graph.of(":Function"):
        assert function.inputs["environment"]["variables"]["HSTS_MAX_AGE_S"] == "2592000"


def test_each_function_of_prod_has_a_reservation_that_a_drill_may_change() -> None:
    """An update must not end a throttling that it finds after a refresh.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    for function in build_graph("prod").of(":Function"):
        assert function.inputs["reservedConcurrentExecutions"] == 200
        assert function.ignored == ("reservedConcurrentExecutions",)


def test_a_reservation_is_changed_by_an_update_that_says_so() -> None:
    graph = build_graph("prod", keep_reserved_concurrency=False, reserved_concurrency=300)

    for function in graph.of(":Function"):
        assert function.inputs["reservedConcurrentExecutions"] == 300
        assert function.ignored == ()


def test_a_throttled_function_without_a_reservation_stays_throttled_too() -> None:
    for function in build_graph("local").of(":Function"):
        assert "reservedConcurrentExecutions" not in function.inputs
        assert function.ignored == ("reservedConcurrentExecutions",)


def test_each_table_of_prod_has_a_maximum() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html"""
    for table in build_graph("prod").of(":Table"):
        assert table.inputs["onDemandThroughput"] == {
            "maxReadRequestUnits": 4000,
            "maxWriteRequestUnits": 1000,
        }


def test_a_single_maximum_leaves_the_other_open() -> None:
    for table in build_graph("prod", max_read_units=0).of(":Table"):
        assert table.inputs["onDemandThroughput"] == {
            "maxReadRequestUnits": -1,
            "maxWriteRequestUnits": 1000,
        }
    for table in build_graph("local").of(":Table"):
        assert "onDemandThroughput" not in table.inputs
