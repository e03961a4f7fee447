"""How one twin behaves."""

from pathlib import Path

import pytest

from twin import codec, settings
from twin.errors import CodecError, SettingsError
from twin.instance import Instance
from twin.settings import Settings


def test_speed_divides_the_durations_of_the_services() -> None:
    assert Settings(speed=20).scaled(30) == 1.5
    assert Settings().scaled(30) == 30


def test_a_twin_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert settings.load(Instance(tmp_path, 0)) == Settings()


def test_settings_come_back_from_the_disk(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    chosen = Settings(speed=20, home_city="Portland", fsync=True)
    instance.state.mkdir()
    instance.settings_path.write_text(codec.dumps(chosen))

    assert settings.load(instance) == chosen


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Settings(speed=0), "speed: 0 is not above 0"),
        (Settings(speed=1001), "at most 1000"),
        (Settings(propagation_s=-1), "propagation_s: -1 is below 0"),
        (Settings(endpoint_recover_s=-1), "endpoint_recover_s"),
        (Settings(idle_timeout_s=0), "idle_timeout_s"),
        (Settings(replication_spread=-0.1), "replication_spread"),
        (Settings(lambda_environments=0), "lambda_environments: 0 is below 1"),
        (Settings(home_city="Atlantis"), "no city 'Atlantis'"),
    ],
)
def test_a_wrong_setting_is_named(wrong: Settings, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        settings.check(wrong)


def test_a_broken_settings_file_is_refused(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    instance.state.mkdir()
    instance.settings_path.write_text("{")

    with pytest.raises(CodecError, match="not JSON"):
        settings.load(instance)
