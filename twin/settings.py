"""Settings of one twin: chosen at `twin up`, stored in its state, read by each of its processes.

The durations are those of the real services. `scaled` divides them by `speed`, which shortens the
intervals, delays and lags of the emulated services, and no limit on real work.
"""

import math
from dataclasses import dataclass

from common.files.atomic_file import write_atomically
from common.files.regular_file import read_regular_file
from twin import codec
from twin.errors import CodecError, SettingsError, StateCorrupt
from twin.geography import find_city
from twin.runtime.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """Durations in seconds of the emulated services, before `speed` divides them."""

    speed: float = 1.0
    home_city: str = "Frankfurt"
    """City of clients whose source address is no city's, such as 127.0.0.1."""
    propagation_s: float = 0.3
    """Time that an accelerator stays IN_PROGRESS after the edge has applied a change."""
    route53_propagation_s: float = 0.5
    """Time in which a change of hosted zones reaches Route 53's name servers; then it is INSYNC."""
    endpoint_fail_s: float = 1.0
    """Time from a load balancer's failure until the accelerator takes it as unhealthy."""
    endpoint_recover_s: float = 30.0
    """Time from its recovery until the accelerator takes it as healthy (about 30 s on AWS)."""
    checker_report_s: float = 1.0
    """Time from a Route 53 health checker's new verdict until the name servers follow it."""
    replication_lag_s: float = 0.5
    """Median time from a write to its arrival in another Region."""
    replication_spread: float = 0.3
    """Standard deviation of the logarithm of the lags; 0 makes all the same."""
    idle_timeout_s: float = 340.0
    """The accelerator's idle time-out of a TCP connection; real time, never scaled."""
    client_subnet: bool = True
    """Whether the cities' resolvers tell name servers their clients' network."""
    resolver_city: str = ""
    """City where all resolvers stand; empty: each in its own."""
    lambda_environments: int = 10
    """Most execution environments of one version of a function."""
    fsync: bool = False
    """Whether a Region writes to the disk (fsync) before it acknowledges a write."""
    enforce_iam: bool = False
    """Whether signatures and permissions of AWS calls are checked."""
    share: bool = False
    """Whether other users of the machine may call the gateway."""

    def scaled(self, seconds: float) -> float:
        """Duration of an emulated service at this twin's speed, in seconds."""
        return seconds / self.speed


_NOT_NEGATIVE = (
    "propagation_s",
    "route53_propagation_s",
    "endpoint_fail_s",
    "endpoint_recover_s",
    "checker_report_s",
    "replication_lag_s",
)


def check_settings(settings: TwinSettings) -> TwinSettings:
    """Return the same settings. Raises SettingsError for a value out of range."""
    if not 0 < settings.speed <= 1000:
        raise SettingsError(f"speed: {settings.speed} is not above 0 and at most 1000")
    for name in _NOT_NEGATIVE:
        _check_is_finite(settings, name)
        if getattr(settings, name) < 0:
            raise SettingsError(f"{name}: {getattr(settings, name)} is below 0")
    if not 0 <= settings.replication_spread <= 3:
        raise SettingsError(f"replication_spread: {settings.replication_spread} is not 0 to 3")
    if settings.lambda_environments < 1:
        raise SettingsError(f"lambda_environments: {settings.lambda_environments} is below 1")
    _check_is_finite(settings, "idle_timeout_s")
    if settings.idle_timeout_s <= 0:
        raise SettingsError(f"idle_timeout_s: {settings.idle_timeout_s} is not above 0")
    find_city(settings.home_city)
    if settings.resolver_city:
        find_city(settings.resolver_city)
    return settings


def _check_is_finite(settings: TwinSettings, name: str) -> None:
    """Raises SettingsError for `nan` and `inf`, which Python reads as numbers."""
    value = getattr(settings, name)
    if not math.isfinite(value):
        raise SettingsError(f"{name}: {value} is no length of time")


def load_settings(instance: Instance) -> TwinSettings:
    """Read the stored settings, else the defaults. Raises StateCorrupt."""
    path = instance.settings_path
    if not path.exists():
        return TwinSettings()
    try:
        return check_settings(codec.loads(TwinSettings, read_regular_file(path)))
    except (CodecError, SettingsError) as exc:
        raise StateCorrupt(f"{path}: {exc}; delete it to start with the default settings") from exc


def save_settings(instance: Instance, settings: TwinSettings) -> None:
    """Store the settings; running processes keep the ones they started with."""
    instance.state_dir.mkdir(parents=True, exist_ok=True)
    write_atomically(instance.settings_path, codec.dumps(settings))
