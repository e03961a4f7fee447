"""Settings of one twin."""

import math
from pathlib import Path

import pytest

from twin import codec
from twin.errors import SettingsError, StateCorrupt
from twin.runtime.instance import Instance
from twin.settings import TwinSettings, check_settings, load_settings


def test_speed_divides_the_durations_of_the_services() -> None:
    assert TwinSettings(speed=20).scaled(30) == 1.5
    assert TwinSettings().scaled(30) == 30


def test_a_twin_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert load_settings(Instance(tmp_path, 0)) == TwinSettings()


def test_settings_are_read_from_the_disk(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    settings = TwinSettings(speed=20, home_city="Portland", fsync=True)
    instance.state_dir.mkdir()
    instance.settings_path.write_text(codec.dumps(settings))

    assert load_settings(instance) == settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (TwinSettings(speed=0), "speed: 0 is not above 0"),
        (TwinSettings(speed=1001), "at most 1000"),
        (TwinSettings(propagation_s=-1), "propagation_s: -1 is below 0"),
        (TwinSettings(propagation_s=math.nan), "propagation_s: nan is no length of time"),
        (TwinSettings(endpoint_fail_s=math.inf), "endpoint_fail_s: inf is no length of time"),
        (TwinSettings(idle_timeout_s=math.nan), "idle_timeout_s: nan is no length of time"),
        (TwinSettings(endpoint_recover_s=-1), "endpoint_recover_s"),
        (TwinSettings(checker_report_s=-1), "checker_report_s"),
        (TwinSettings(idle_timeout_s=0), "idle_timeout_s"),
        (TwinSettings(replication_spread=-0.1), "replication_spread"),
        (TwinSettings(lambda_environments=0), "lambda_environments: 0 is below 1"),
        (TwinSettings(home_city="Atlantis"), "no city 'Atlantis'"),
    ],
)
def test_a_wrong_setting_is_named(wrong: TwinSettings, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check_settings(wrong)


@pytest.mark.parametrize(
    "content", [b"{", b"", b"\xa7\xff", b'{"speed": -1.0}', b'{"speed": "fast"}']
)
def test_a_broken_settings_file_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    instance = Instance(tmp_path, 0)
    instance.state_dir.mkdir()
    instance.settings_path.write_bytes(content)

    with pytest.raises(StateCorrupt, match=r"settings\.json: .*; delete it to start"):
        load_settings(instance)
