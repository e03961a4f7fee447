"""Where one twin lives: its number, its addresses, its files.

Instance N has gateway port 4566+N and second octets of its own, so that several twins run side by
side (N from 0 to 19):

    127.0.0.1:4566+N        gateway, the one AWS endpoint
    127.(75+N).x.y          static addresses of accelerators, network zone A
    127.(99+N).x.y          the same, zone B
    127.(120+N).R.k         load balancer number k of Region number R
    127.(140+N).0.1-3       inner addresses of control and edge
    127.(140+N).R.1, .2     inner address of Region R; its Lambda Runtime API

Everything lies in one folder, `.twin` of the checkout unless TWIN_HOME says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twin.errors import SettingsError
from twin.geography import region_number

MAX_INSTANCE = 19
INNER_PORT = 7000
RUNTIME_API_PORT = 9001
FIRST_GATEWAY_PORT = 4566
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Instance:
    """Addresses and paths of one twin."""

    home: Path
    number: int

    def __post_init__(self) -> None:
        """Refuse a number that has no addresses."""
        if not 0 <= self.number <= MAX_INSTANCE:
            raise SettingsError(f"instance {self.number}: must be 0 to {MAX_INSTANCE}")

    # -- addresses

    @property
    def gateway_address(self) -> tuple[str, int]:
        """Host and port of the one AWS endpoint."""
        return "127.0.0.1", FIRST_GATEWAY_PORT + self.number

    @property
    def endpoint_url(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        host, port = self.gateway_address
        return f"http://{host}:{port}"

    @property
    def control_address(self) -> tuple[str, int]:
        """Inner address of control."""
        return f"127.{140 + self.number}.0.2", INNER_PORT

    @property
    def edge_address(self) -> tuple[str, int]:
        """Inner address of the edge."""
        return f"127.{140 + self.number}.0.3", INNER_PORT

    def region_address(self, region: str) -> tuple[str, int]:
        """Inner address of a Region's process: DynamoDB, Invoke, /_twin. Raises RegionUnknown."""
        return f"127.{140 + self.number}.{region_number(region)}.1", INNER_PORT

    def runtime_api_address(self, region: str) -> tuple[str, int]:
        """Where a Region's Lambda Runtime API listens. Raises RegionUnknown."""
        return f"127.{140 + self.number}.{region_number(region)}.2", RUNTIME_API_PORT

    def load_balancer_address(self, region: str, index: int) -> str:
        """Address of a Region's load balancer number `index` (1 to 254). Raises RegionUnknown."""
        if not 1 <= index <= 254:
            raise SettingsError(f"load balancer number {index} of {region}: must be 1 to 254")
        return f"127.{120 + self.number}.{region_number(region)}.{index}"

    def static_ips(self, ordinal: int) -> tuple[str, str]:
        """The two static addresses of the accelerator number `ordinal` (0 and up) of this twin."""
        return (
            _zone_address(75 + self.number, 2, 106, ordinal),
            _zone_address(99 + self.number, 19, 244, ordinal),
        )

    # -- files

    @property
    def state_dir(self) -> Path:
        """What has to survive a restart."""
        return self.home / "state"

    @property
    def run_dir(self) -> Path:
        """One JSON file a process: who it is."""
        return self.home / "run"

    @property
    def logs_dir(self) -> Path:
        """One log file a process."""
        return self.home / "logs"

    @property
    def settings_path(self) -> Path:
        """The twin's settings (twin.settings)."""
        return self.state_dir / "settings.json"

    @property
    def topology_path(self) -> Path:
        """The last published Topology; written by control, atomically."""
        return self.state_dir / "topology.json"

    @property
    def faults_path(self) -> Path:
        """What is broken on purpose (twin.faults.watch)."""
        return self.state_dir / "faults.json"

    def code_path(self, sha256_hex: str) -> Path:
        """A function's code, by content."""
        return self.state_dir / "code" / f"{sha256_hex}.zip"

    def region_state(self, region: str) -> Path:
        """A Region's own folder; it exists from the Region's first start on."""
        return self.state_dir / "regions" / region


def _zone_address(second: int, third: int, fourth: int, ordinal: int) -> str:
    """Walk a zone's addresses from its first, in steps that look unordered."""
    offset = (third * 254 + fourth - 1 + ordinal * 9973) % (254 * 254)
    return f"127.{second}.{offset // 254}.{offset % 254 + 1}"


def internal_url(address: tuple[str, int], path: str = "") -> str:
    """http URL of an inner address."""
    return f"http://{address[0]}:{address[1]}{path}"


def find_instance(environ: Mapping[str, str], cwd: Path) -> Instance:
    """The twin meant by TWIN_HOME and TWIN_INSTANCE, else `.twin` of the folder and instance 0.

    A home that has been up once knows its number (home/instance); a shell that means another one
    is left over from an earlier twin. Raises SettingsError.
    """
    home = Path(environ.get("TWIN_HOME") or cwd / ".twin").absolute()
    path = home / "instance"
    asked = environ.get("TWIN_INSTANCE", "")
    recorded = path.read_text().strip() if path.exists() else ""
    if asked and recorded and asked != recorded:
        raise SettingsError(
            f"TWIN_INSTANCE is {asked}, but the twin in {home} is instance {recorded}: this shell "
            f"is set up for an earlier one; source {home / 'env'} again, or unset TWIN_INSTANCE"
        )
    number = asked or recorded
    try:
        return Instance(home, int(number or "0"))
    except ValueError:
        raise SettingsError(
            f"instance '{number}' (TWIN_INSTANCE or {path}): not a number"
        ) from None
