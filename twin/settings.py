"""How one twin behaves: chosen at `twin up`, written to its state, read by each of its processes.

`speed` divides the intervals, delays and lags of the emulated services, and nothing that bounds
real work. The fields below hold the durations of the real service; read them through `scaled`.
"""

from dataclasses import dataclass

from twin import codec
from twin.errors import SettingsError
from twin.geography import find_city
from twin.runtime.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """Durations in seconds of the emulated services, before `speed` divides them."""

    speed: float = 1.0
    home_city: str = "Frankfurt"
    """Where clients with an address of no city are (127.0.0.1 among them)."""
    propagation_s: float = 0.3
    """How long the accelerator stays IN_PROGRESS after the edge has a change."""
    endpoint_fail_s: float = 1.0
    """How long after a load balancer became unhealthy the accelerator follows."""
    endpoint_recover_s: float = 30.0
    """How long after it became healthy again the accelerator follows (about 30 s on AWS)."""
    replication_lag_s: float = 0.5
    """Median time from a write to its arrival in another Region."""
    replication_spread: float = 0.3
    """How far lags lie apart: the standard deviation of their logarithm; 0 makes all the same."""
    idle_timeout_s: float = 340.0
    """The accelerator's idle time-out of a TCP connection; bounds connections, so never scaled."""
    lambda_environments: int = 10
    """How many execution environments one version of a function may have on this machine."""
    fsync: bool = False
    """Whether a Region waits for the disk before it acknowledges a write."""

    def scaled(self, seconds: float) -> float:
        """A duration of an emulated service, at this twin's speed."""
        return seconds / self.speed


def check_settings(settings: TwinSettings) -> TwinSettings:
    """The same settings, or SettingsError naming the wrong one."""
    if not 0 < settings.speed <= 1000:
        raise SettingsError(f"speed: {settings.speed} is not above 0 and at most 1000")
    for name in ("propagation_s", "endpoint_fail_s", "endpoint_recover_s", "replication_lag_s"):
        if getattr(settings, name) < 0:
            raise SettingsError(f"{name}: {getattr(settings, name)} is below 0")
    if not 0 <= settings.replication_spread <= 3:
        raise SettingsError(f"replication_spread: {settings.replication_spread} is not 0 to 3")
    if settings.lambda_environments < 1:
        raise SettingsError(f"lambda_environments: {settings.lambda_environments} is below 1")
    if settings.idle_timeout_s <= 0:
        raise SettingsError(f"idle_timeout_s: {settings.idle_timeout_s} is not above 0")
    find_city(settings.home_city)
    return settings


def load_settings(instance: Instance) -> TwinSettings:
    """The twin's settings; the defaults where it has none yet. Raises CodecError, SettingsError."""
    path = instance.settings_path
    if not path.exists():
        return TwinSettings()
    return check_settings(codec.loads(TwinSettings, path.read_text()))


def save_settings(instance: Instance, settings: TwinSettings) -> None:
    """Write the twin's settings, for the processes that start from now on."""
    instance.state_dir.mkdir(parents=True, exist_ok=True)
    fresh = instance.settings_path.with_suffix(".new")
    fresh.write_text(codec.dumps(settings))
    fresh.replace(instance.settings_path)
