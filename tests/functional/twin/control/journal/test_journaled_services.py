"""What control restores from its journal, with superseded calls and on a full disk."""

import base64
import hashlib
import io
import json
import os
import resource
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import FRANKFURT, HOME_REGION, ControlProcess
from tests.functional.twin.control.resources import create_function, create_service
from twin.control.journal.call_journal import MIN_COMPACTED_ENTRIES


def test_a_start_leaves_out_superseded_calls_and_changes_no_state(control: ControlProcess) -> None:
    for region in (FRANKFURT, HOME_REGION):
        create_service(control, region)
    functions = control.client("lambda", FRANKFURT)
    for number in range(MIN_COMPACTED_ENTRIES):
        functions.put_function_concurrency(
            FunctionName="app", ReservedConcurrentExecutions=number % 3
        )
        functions.delete_function_concurrency(FunctionName="app")
    functions.put_function_concurrency(FunctionName="app", ReservedConcurrentExecutions=0)
    before, length = control.topology(), journaled_calls(control)

    for _ in range(2):  # a compacted journal is read like any other
        control.kill()
        control.start()

        assert journaled_calls(control) == length - 2 * MIN_COMPACTED_ENTRIES
        assert control.topology().regions == before.regions
        assert reserved_concurrency(control) == 0
    assert "answered differently" not in control.log()
    assert f"{2 * MIN_COMPACTED_ENTRIES} calls that later ones supersede" in control.log()
    functions.put_function_concurrency(FunctionName="app", ReservedConcurrentExecutions=7)
    control.kill()
    control.start()
    assert reserved_concurrency(control) == 7


def journaled_calls(control: ControlProcess) -> int:
    count: int = json.loads(control.get("/_twin/status")[1])["journal_entries"]
    return count


def reserved_concurrency(control: ControlProcess) -> int:
    functions = control.client("lambda", FRANKFURT)
    answer = functions.get_function_concurrency(FunctionName="app")
    count: int = answer["ReservedConcurrentExecutions"]
    return count


def test_a_change_that_can_not_be_written_is_undone(control: ControlProcess) -> None:
    """Control goes on: on a full disk its calls that change nothing are answered."""
    ec2, iam = control.client("ec2"), control.client("iam")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    before = ec2.describe_vpcs()["Vpcs"]
    pid, unlimited = control.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    with pytest.raises(ClientError, match="can't write its state"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    with pytest.raises(ClientError, match="can't write its state"):
        iam.create_user(UserName="lost")

    assert ec2.describe_vpcs()["Vpcs"] == before
    assert iam.list_users()["Users"] == []
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    iam.create_user(UserName="kept")
    control.kill()
    control.start()
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["kept"]
    assert ec2.describe_vpcs()["Vpcs"] == before
    assert "answered differently" not in control.log()


def test_a_long_zip_is_published_whole_and_survives_a_restart(
    control: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html."""
    create_function(control, FRANKFURT, "long")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.bin", os.urandom(400_000))
    functions = control.client("lambda", FRANKFURT)

    updated = functions.update_function_code(FunctionName="long", ZipFile=file.getvalue())

    digest = hashlib.sha256(file.getvalue())
    assert updated["CodeSha256"] == base64.b64encode(digest.digest()).decode()
    assert updated["CodeSize"] == len(file.getvalue())
    assert control.instance.code_path(digest.hexdigest()).read_bytes() == file.getvalue()
    control.kill()
    control.start()
    kept = control.client("lambda", FRANKFURT).get_function_configuration(FunctionName="long")
    assert kept["CodeSha256"] == updated["CodeSha256"]
    assert "answered differently" not in control.log()
