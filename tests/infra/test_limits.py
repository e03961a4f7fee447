"""What bounds the use of the service, in the stack as a whole."""

import json

import pulumi
import pytest

from tests.infra.graph import BOTH_DOORS, TWO_REGIONS, build_graph, https_settings


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


def test_a_single_maximum_leaves_the_other_out() -> None:
    """A new table can't have -1: https://github.com/hashicorp/terraform-provider-aws/issues/39760"""
    for table in build_graph("prod", max_read_units=0).of(":Table"):
        assert table.inputs["onDemandThroughput"] == {"maxWriteRequestUnits": 1000}
    for table in build_graph("local").of(":Table"):
        assert "onDemandThroughput" not in table.inputs


def test_minus_one_removes_a_maximum() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html"""
    for table in build_graph("prod", max_read_units=-1).of(":Table"):
        assert table.inputs["onDemandThroughput"]["maxReadRequestUnits"] == -1


KEYS = {region: f"arn:aws:kms:{region}:123456789012:key/1a2b3c4d" for region in TWO_REGIONS}


def test_tables_and_logs_have_the_keys_of_their_regions() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""
    graph = build_graph("prod", **BOTH_DOORS, kms_key_arns=KEYS)

    for table in graph.of(":Table"):
        assert table.inputs["serverSideEncryption"] == {
            "enabled": True,
            "kmsKeyArn": KEYS["eu-central-1"],
        }
        assert [r["kmsKeyArn"] for r in table.inputs["replicas"]] == [KEYS["us-west-2"]]
    for group in graph.of(":LogGroup"):
        assert group.inputs["kmsKeyId"] == KEYS[str(group.region)]


def test_a_function_may_use_its_key_by_its_tables_alone() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    for policy in build_graph("prod", kms_key_arns=KEYS).of(":RolePolicy"):
        (statement,) = [
            s
            for s in json.loads(policy.inputs["policy"])["Statement"]
            if any(action.startswith("kms:") for action in s["Action"])
        ]
        region = statement["Resource"].split(":")[3]
        assert statement["Resource"] == KEYS[region]
        assert policy.name.startswith(region)
        assert statement["Condition"] == {
            "StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}
        }


def test_without_keys_nothing_names_one() -> None:
    graph = build_graph("prod")

    assert all("kms:" not in policy.inputs["policy"] for policy in graph.of(":RolePolicy"))
    assert all("kmsKeyId" not in group.inputs for group in graph.of(":LogGroup"))
    assert all("serverSideEncryption" not in table.inputs for table in graph.of(":Table"))
