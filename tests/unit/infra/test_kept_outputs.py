"""Which file a deployment keeps its outputs in."""

from pathlib import Path

import pytest

from infra.kept_outputs import find_outputs_file
from infra.targets import StackTarget


def test_a_stack_on_aws_has_a_file_beside_the_checkout(tmp_path: Path) -> None:
    found = find_outputs_file(tmp_path, "prod", StackTarget.AWS, {"TWIN_HOME": "/nowhere"})

    assert found == tmp_path / ".muster" / "outputs-prod.json"


def test_a_twins_file_is_written_once_its_first_deployment_has_ended(tmp_path: Path) -> None:
    environ = {"TWIN_HOME": str(tmp_path)}
    before = find_outputs_file(tmp_path, "local", StackTarget.TWIN, environ)
    (tmp_path / "outputs.json").write_text("{}")

    assert before is None
    assert find_outputs_file(tmp_path, "local", StackTarget.TWIN, environ) == (
        tmp_path / "outputs.json"
    )
    assert find_outputs_file(tmp_path, "local", StackTarget.TWIN, {}) is None


@pytest.mark.parametrize("target", StackTarget)
def test_keeping_can_be_turned_off(tmp_path: Path, target: StackTarget) -> None:
    assert find_outputs_file(tmp_path, "prod", target, {"MUSTER_KEEP_OUTPUTS": "0"}) is None
