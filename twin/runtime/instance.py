"""An instance: number, addresses and files of one twin.

Instance N has gateway port 4566+N and second octets of its own, so that several twins run side by
side (N from 0 to 19):

    127.0.0.1:4566+N        gateway, the one AWS endpoint
    127.(75+N).x.y          static addresses of accelerators, network zone A
    127.(99+N).x.y          the same, zone B
    127.(120+N).R.k         load balancer number k of Region number R
    127.(140+N).0.2-5       internal addresses of control, edge, Route 53 and the cities
    127.(140+N).0.11-14     Route 53's name servers
    127.(140+N).0.32-47     sources of the health checkers, two of each of their Regions
    127.(140+N).R.1, .2     internal address of Region R; its Lambda Runtime API
    127.(140+N).R.3         API Gateway of Region R
    127.(160+N).C.1         resolver and SOCKS entrance of city number C

All files are in one folder: TWIN_HOME, or `.twin` of the working directory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.files.private_files import UntrustedFolder, check_owner
from common.files.regular_file import read_regular_file
from common.twin_keys import make_access_key
from twin.errors import SettingsError
from twin.geography import region_number

MAX_INSTANCE = 19
INTERNAL_PORT = 7000
RUNTIME_API_PORT = 9001
DNS_PORT = 5300
"""Of name servers and resolvers: an ordinary user can't open port 53."""
SOCKS_PORT = 1080
NAME_SERVER_HOSTS = range(11, 15)
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
FIRST_CHECKER_HOST = 32
API_GATEWAY_HOST = 3
"""Of each Region's addresses."""
FIRST_GATEWAY_PORT = 4566
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Instance:
    """Addresses and paths of one twin."""

    home: Path
    number: int

    def __post_init__(self) -> None:
        if not 0 <= self.number <= MAX_INSTANCE:
            raise SettingsError(f"instance {self.number}: must be 0 to {MAX_INSTANCE}")

    # -- addresses

    @property
    def gateway_address(self) -> tuple[str, int]:
        """The AWS endpoint."""
        return "127.0.0.1", FIRST_GATEWAY_PORT + self.number

    @property
    def endpoint_url(self) -> str:
        """Value of AWS_ENDPOINT_URL."""
        host, port = self.gateway_address
        return f"http://{host}:{port}"

    @property
    def access_key(self) -> str:
        """The access key id that names this twin; others refuse it."""
        return make_access_key(self.home.resolve(), self.number)

    @property
    def control_address(self) -> tuple[str, int]:
        return f"127.{140 + self.number}.0.2", INTERNAL_PORT

    @property
    def edge_address(self) -> tuple[str, int]:
        return f"127.{140 + self.number}.0.3", INTERNAL_PORT

    @property
    def route53_address(self) -> tuple[str, int]:
        """Internal address of Route 53's process."""
        return f"127.{140 + self.number}.0.4", INTERNAL_PORT

    @property
    def cities_address(self) -> tuple[str, int]:
        """Internal address of the process with the cities' resolvers and SOCKS entrances."""
        return f"127.{140 + self.number}.0.5", INTERNAL_PORT

    @property
    def name_server_addresses(self) -> tuple[tuple[str, int], ...]:
        """Route 53's name servers, for UDP and TCP."""
        return tuple((f"127.{140 + self.number}.0.{host}", DNS_PORT) for host in NAME_SERVER_HOSTS)

    def checker_address(self, position: int) -> str:
        """Source address of Route 53's health checker number `position`, 0 to 15."""
        return f"127.{140 + self.number}.0.{FIRST_CHECKER_HOST + position}"

    def resolver_address(self, city_number: int) -> tuple[str, int]:
        """The caching resolver of city number `city_number` (1 and up), for UDP and TCP."""
        return f"127.{160 + self.number}.{city_number}.1", DNS_PORT

    def socks_address(self, city_number: int) -> tuple[str, int]:
        """The SOCKS entrance of a city: a client of it stands in that city."""
        return f"127.{160 + self.number}.{city_number}.1", SOCKS_PORT

    def region_address(self, region: str) -> tuple[str, int]:
        """Internal address of a Region: DynamoDB, Lambda Invoke, /_twin. Raises RegionUnknown."""
        return f"127.{140 + self.number}.{region_number(region)}.1", INTERNAL_PORT

    def runtime_api_address(self, region: str) -> tuple[str, int]:
        """Address of a Region's Lambda Runtime API. Raises RegionUnknown."""
        return f"127.{140 + self.number}.{region_number(region)}.2", RUNTIME_API_PORT

    def api_gateway_address(self, region: str) -> str:
        """Host of a Region's API Gateway. Raises RegionUnknown."""
        return f"127.{140 + self.number}.{region_number(region)}.{API_GATEWAY_HOST}"

    def load_balancer_address(self, region: str, index: int) -> str:
        """Host of a Region's load balancer number `index`.

        Raises RegionUnknown, and SettingsError for an index outside 1 to 254.
        """
        if not 1 <= index <= 254:
            raise SettingsError(f"load balancer number {index} of {region}: must be 1 to 254")
        return f"127.{120 + self.number}.{region_number(region)}.{index}"

    def static_ips(self, ordinal: int) -> tuple[str, str]:
        """The two static addresses of accelerator number `ordinal` (0 and up)."""
        return (
            _zone_address(75 + self.number, 2, 106, ordinal),
            _zone_address(99 + self.number, 19, 244, ordinal),
        )

    def owns_address(self, host: str) -> bool:
        """Whether an IPv4 address is one of this twin's, whatever listens there."""
        first, _, rest = host.partition(".")
        seconds = (base + self.number for base in (75, 99, 120, 140, 160))
        return first == "127" and rest.partition(".")[0] in map(str, seconds)

    # -- files

    @property
    def number_path(self) -> Path:
        """The number of this home's state."""
        return self.home / "instance"

    @property
    def last_number_path(self) -> Path:
        """The number that this home was up with last; it outlives the state."""
        return self.home / "last-instance"

    @property
    def state_dir(self) -> Path:
        """Everything that survives a restart."""
        return self.home / "state"

    @property
    def run_dir(self) -> Path:
        """Run files (twin.runtime.run_files) and start locks."""
        return self.home / "run"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def settings_path(self) -> Path:
        return self.state_dir / "settings.json"

    @property
    def topology_path(self) -> Path:
        """The last published Topology (twin.topology.store)."""
        return self.state_dir / "topology.json"

    @property
    def faults_path(self) -> Path:
        """Stored faults (twin.faults.store)."""
        return self.state_dir / "faults.json"

    def code_path(self, sha256_hex: str) -> Path:
        """Zip file of a function's code."""
        return self.state_dir / "code" / f"{sha256_hex}.zip"

    @property
    def ca_path(self) -> Path:
        """Certificate of the twin's authority (twin.tls.authority), for clients."""
        return self.home / "ca.pem"

    @property
    def ca_bundle_path(self) -> Path:
        """The machine's trusted certificates and the twin's."""
        return self.home / "ca-bundle.pem"

    @property
    def authority_path(self) -> Path:
        """Certificate and private key of the twin's authority, for its user only."""
        return self.state_dir / "certificates" / "authority.pem"

    def certificate_path(self, sha256_hex: str) -> Path:
        """Certificate, chain and private key in one PEM file, for its user only."""
        return self.state_dir / "certificates" / f"{sha256_hex}.pem"

    def region_state(self, region: str) -> Path:
        """Folder of a Region's state; it exists once the Region has been started."""
        return self.state_dir / "regions" / region


def _zone_address(second: int, third: int, fourth: int, ordinal: int) -> str:
    """Address number `ordinal` of a network zone; neighbours differ, as AWS's addresses do."""
    offset = (third * 254 + fourth - 1 + ordinal * 9973) % (254 * 254)
    return f"127.{second}.{offset // 254}.{offset % 254 + 1}"


def internal_url(address: tuple[str, int], path: str = "") -> str:
    return f"http://{address[0]}:{address[1]}{path}"


def find_instance(environ: Mapping[str, str], cwd: Path) -> Instance:
    """Instance of TWIN_HOME (else `.twin` in `cwd`) and TWIN_INSTANCE (else the recorded, else 0).

    A home that has been up records its number in the file `instance`. Raises SettingsError when
    TWIN_INSTANCE differs from it: that shell is left over from an earlier twin. Also for a home of
    another user, who could have this user's processes run, or end, as the files there say.
    """
    home = Path(environ.get("TWIN_HOME") or cwd / ".twin").absolute()
    if home.exists():
        try:
            check_owner(home)
        except UntrustedFolder as exc:
            raise SettingsError(str(exc)) from exc
    path = home / "instance"
    requested = environ.get("TWIN_INSTANCE", "")
    recorded = _read_recorded_number(path)
    if requested and recorded and requested != recorded:
        raise SettingsError(
            f"TWIN_INSTANCE is {requested}, but the twin in {home} is instance {recorded}: this "
            f"shell is set up for an earlier one; source {home / 'env'} again, or unset "
            "TWIN_INSTANCE"
        )
    number = requested or recorded
    try:
        return Instance(home, int(number or "0"))
    except ValueError:
        raise SettingsError(
            f"instance '{number}' (TWIN_INSTANCE or {path}): not a number"
        ) from None


def _read_recorded_number(path: Path) -> str:
    """As it is in the file; empty without one. Raises SettingsError."""
    try:
        return read_regular_file(path).decode(errors="replace").strip()
    except FileNotFoundError:
        return ""
    except OSError as exc:
        raise SettingsError(f"{path} can't be read: {exc.strerror}; move it away") from exc
