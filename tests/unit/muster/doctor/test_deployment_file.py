"""The configuration of a first deployment."""

from pathlib import Path

import pytest

from muster.doctor.deployment_file import read_planned_stack
from muster.errors import InvalidSetting

ROOT = Path(__file__).resolve().parents[4]


def test_the_shipped_configuration_can_be_read() -> None:
    planned = read_planned_stack(ROOT / "Pulumi.prod.yaml")

    assert planned.prefix == "muster-prod"
    assert planned.needs.regions == ("eu-central-1", "us-west-2")
    assert planned.needs.has_accelerator
    assert planned.needs.tables == 2
    assert planned.parts == {
        "accelerator",
        "concurrency",
        "firewall",
        "logs",
        "alarms",
        "dashboard",
    }
    assert planned.reserved_concurrency == 200
    assert not planned.needs.deployed


def test_parts_are_those_that_are_switched_on(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(
        "config: {'muster:regions': [a], 'muster:front_doors': [dns], 'muster:alarms': false,"
        " 'muster:reserved_concurrency': '0', 'muster:fault_injection': true,"
        " 'muster:budget_usd': 20}"
    )

    planned = read_planned_stack(path)

    assert planned.parts == {"dns", "experiments", "budget"}
    assert planned.reserved_concurrency == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "readable stack file"),
        ("a: 1", "with `config`"),
        ("config: {}", "a list of Regions"),
        ("config: {'muster:regions': 7}", "muster:regions is a list of texts"),
        (
            "config: {'muster:regions': [a], 'muster:reserved_concurrency': many}",
            "muster:reserved_concurrency is a number",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)

    with pytest.raises(InvalidSetting, match=words):
        read_planned_stack(path)
    with pytest.raises(InvalidSetting, match="No such file"):
        read_planned_stack(tmp_path / "missing.yaml")
