"""The journal after control was killed."""

from tests.functional.twin.control.control_process import ControlProcess
from tests.functional.twin.control.deployment import journal_path


def test_the_call_that_died_half_written_is_as_if_never_made(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    kept = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    torn = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    control.kill()
    journal = journal_path(control)
    journal.write_bytes(journal.read_bytes()[:-20])

    control.start()

    ids = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    assert kept in ids
    assert torn not in ids
    assert ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"] not in ids


def test_a_damaged_journal_is_named_with_its_line(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    control.kill()
    journal = journal_path(control)
    journal.write_bytes(journal.read_bytes().replace(b"10.0.0.0", b"10.9.9.9", 1))

    process = control.launch()

    assert process.wait(timeout=30) == 1
    assert f"{journal}, line 2: its checksum is wrong" in control.log()
