"""The journal after control was killed."""

import os

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess
from tests.functional.twin.control.deployment import journal_path
from twin.runtime.damaged_state import find_damaged, list_state_files


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


def test_control_starts_with_a_damaged_journal(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    kept = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    control.kill()
    journal = journal_path(control)
    journal.write_bytes(journal.read_bytes().replace(b"10.0.0.0", b"10.9.9.9", 1))

    control.start()

    blocks = {vpc["VpcId"]: vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    assert blocks[kept] == "10.1.0.0/16"
    assert not {"10.0.0.0/16", "10.9.9.9/16"} & set(blocks.values())
    (damaged,) = find_damaged(control.instance.state_dir)
    assert f"they are kept in {damaged}" in control.log()
    assert b"10.9.9.9" in damaged.read_bytes()


def test_control_starts_with_damaged_accelerators(control: ControlProcess) -> None:
    control.kill()
    state = journal_path(control).with_name("globalaccelerator.json")
    state.write_text("{")

    control.start()

    assert control.client("globalaccelerator", HOME_REGION).list_accelerators()
    (damaged,) = find_damaged(control.instance.state_dir)
    assert damaged.read_text() == "{"


def test_control_starts_with_fifos_in_place_of_all_its_files(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    control.stop()  # it writes its checkpoint
    files = list(list_state_files(control.instance.state_dir))
    assert journal_path(control) in files
    for path in files:
        path.unlink()
        os.mkfifo(path)

    control.start()

    assert ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"] == []
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert len(find_damaged(control.instance.state_dir)) == len(files)
    assert f"{journal_path(control)} was a FIFO, not a file" in control.log()
