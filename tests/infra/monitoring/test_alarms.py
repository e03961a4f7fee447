"""The alarms as resources, and in the outputs."""

from tests.infra.graph import ACCOUNT, BOTH_DOORS, TWO_REGIONS, build_graph

TOPIC = f"arn:aws:sns:us-west-2:{ACCOUNT}:pager"


def test_every_alarm_is_in_the_outputs_by_its_region() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    alarms = graph.of(":MetricAlarm")
    named = {(node.region, node.inputs["name"]) for node in alarms}
    outputs = graph.outputs["alarms"]
    assert {(region, name) for region, own in outputs.items() for name in own} == named
    assert set(outputs) == {*TWO_REGIONS, "us-east-1"}
    for own in outputs.values():
        assert all(alarm["shows"] in ("health", "replication") for alarm in own.values())
        assert all(set(alarm["regions"]) <= set(TWO_REGIONS) for alarm in own.values())


def test_an_alarm_has_all_of_its_rule() -> None:
    graph = build_graph("prod")

    (alarm,) = [
        node
        for node in graph.of(":MetricAlarm")
        if node.inputs["name"] == "muster-prod-endpoint-eu-central-1"
    ]
    assert alarm.region == "us-west-2"
    assert alarm.inputs["dimensions"]["EndpointGroup"] == "eu-central-1"
    assert alarm.inputs["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (alarm.inputs["evaluationPeriods"], alarm.inputs["datapointsToAlarm"]) == (2, 2)
    assert (alarm.inputs["period"], alarm.inputs["treatMissingData"]) == (60, "notBreaching")
    assert alarm.inputs["tags"]["project"] == "muster"


def test_alarms_notify_the_topic_of_their_own_region() -> None:
    graph = build_graph("prod", alarm_topic_arns={"us-west-2": TOPIC})

    for alarm in graph.of(":MetricAlarm"):
        topics = [TOPIC] if alarm.region == "us-west-2" else []
        always_measured = alarm.inputs["treatMissingData"] == "missing"
        assert alarm.inputs.get("alarmActions", []) == topics
        assert alarm.inputs.get("okActions", []) == topics
        silent = alarm.inputs.get("insufficientDataActions", [])
        assert silent == (topics if always_measured else [])


def test_a_stack_without_alarms_has_no_output_of_them() -> None:
    graph = build_graph("prod", alarms=False)

    assert graph.of(":MetricAlarm") == []
    assert "alarms" not in graph.outputs
