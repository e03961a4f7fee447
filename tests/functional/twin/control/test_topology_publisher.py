"""Versions of the Topology over a restart of control."""

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess, FakeEdge
from tests.waiting import eventually


def test_versions_rise_over_a_restart_even_when_the_file_is_lost(control: ControlProcess) -> None:
    edge = FakeEdge(control)
    client = control.client("globalaccelerator", HOME_REGION)
    for name in ("a", "b", "c"):
        client.create_accelerator(Name=name)
    version = control.topology().version
    eventually(lambda: edge.versions and edge.versions[-1] == version)
    control.kill()
    control.instance.topology_path.unlink()

    control.start()

    eventually(lambda: edge.versions[-1] > version, within_s=20)
    assert [a.name for a in edge.topology.accelerators] == ["a", "b", "c"]
    edge.close()
