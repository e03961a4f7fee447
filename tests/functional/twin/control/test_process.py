"""Control as a process: it restores its state, however it ended."""

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess, FakeEdge
from tests.functional.twin.control.deployment import deploy_two_regions, read_everything
from tests.waiting import eventually


def test_everything_is_the_same_after_kill_9(control: ControlProcess) -> None:
    edge = FakeEdge(control)
    services = deploy_two_regions(control)
    client = control.client("globalaccelerator", HOME_REGION)
    eventually(lambda: client.list_accelerators()["Accelerators"][0]["Status"] == "DEPLOYED")
    before, topology = read_everything(control, services), control.topology()

    control.kill()
    control.start()

    assert read_everything(control, services) == before
    assert control.topology() == topology
    assert "answered differently" not in control.log()
    edge.close()


def test_new_resources_get_new_ids_after_a_restart(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    first = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    control.kill()
    control.start()

    second = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    assert second != first
    assert {first, second} <= {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}


def test_a_list_goes_on_after_a_restart(control: ControlProcess) -> None:
    logs = control.client("logs")
    for name in ("one", "three", "two"):
        logs.create_log_group(logGroupName=name)
    token = logs.describe_log_groups(limit=1)["nextToken"]

    control.kill()
    control.start()
    rest = logs.describe_log_groups(nextToken=token)["logGroups"]

    assert [group["logGroupName"] for group in rest] == ["three", "two"]


def test_sigterm_ends_it_at_once_and_cleanly_while_somebody_polls(
    control: ControlProcess,
) -> None:
    edge = FakeEdge(control)
    eventually(lambda: edge.versions)

    assert control.stop() == 0
    edge.close()
    assert "Traceback" not in control.log()


def test_no_topology_is_published_before_everything_is_restored(control: ControlProcess) -> None:
    services = deploy_two_regions(control)
    control.kill()
    published = control.topology()
    control.instance.topology_path.unlink()  # so that a premature one would be seen
    edge = FakeEdge(control)

    process = control.launch()
    eventually(lambda: edge.versions, within_s=60)

    first = edge.topology
    assert process.poll() is None
    assert first.regions == published.regions
    assert first.accelerators == published.accelerators
    assert {one.region for one in services} == set(first.regions)
    edge.close()


def test_alarms_are_kept_and_metrics_and_states_are_not(control: ControlProcess) -> None:
    """Metrics and states are data: they live as long as control does."""
    client = control.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="kept",
        Namespace="Own",
        MetricName="kept",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    client.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="a test")
    client.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "kept", "Value": 1.0}])
    _, status = control.get("/_twin/status")
    control.kill()

    control.start()

    again = control.client("cloudwatch")
    (alarm,) = again.describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert again.list_metrics(Namespace="Own")["Metrics"] == []
    assert b'"journal_entries":1' in status
