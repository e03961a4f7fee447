"""A deployed copy of the system: its addresses, requests, dials and switches."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.checkout import Checkout
from tests.e2e.clients import HttpAnswer, HttpConnection
from tests.waiting import eventually

FRANKFURT_REGION = "eu-central-1"
OREGON_REGION = "us-west-2"


@dataclass(frozen=True, slots=True)
class System:
    checkout: Checkout
    outputs: dict[str, Any]

    @property
    def port(self) -> int:
        """The listener's port."""
        return urlsplit(self.outputs["url"]).port or 80

    @property
    def ips(self) -> tuple[str, str]:
        first, second = self.outputs["static_ips"]
        return first, second

    def connect(
        self, source: str = "", ip: str | None = None, timeout_s: float = 10
    ) -> HttpConnection:
        """A connection from the address `source`, to the first static IP unless `ip` is given."""
        return HttpConnection(ip or self.ips[0], self.port, source, timeout_s)

    def get(self, path: str, source: str = "", ip: str | None = None) -> HttpAnswer:
        """GET on a new connection."""
        with self.connect(source, ip) as connection:
            return connection.get(path)

    def answering_regions(self, source: str, count: int = 20) -> set[str]:
        """Regions that answer new connections from this address."""
        return {self.get("/get/foobar", source).region for _ in range(count)}

    def wait_until_moved(self, source: str, region: str, within_s: float = 15) -> None:
        """Wait until this Region answers all new connections from an address."""
        eventually(lambda: self.answering_regions(source) == {region}, within_s)

    def group_arn(self, region: str) -> str:
        arn: str = self.outputs["regions"][region]["endpoint_group_arn"]
        return arn

    def dial(self, region: str) -> float:
        client = self.checkout.client("globalaccelerator", OREGON_REGION)
        group = client.describe_endpoint_group(EndpointGroupArn=self.group_arn(region))
        dial: float = group["EndpointGroup"]["TrafficDialPercentage"]
        return dial

    def set_dial(self, region: str, percent: float) -> None:
        """Set a dial by the API, and wait until it is deployed."""
        client = self.checkout.client("globalaccelerator", OREGON_REGION)
        client.update_endpoint_group(
            EndpointGroupArn=self.group_arn(region), TrafficDialPercentage=percent
        )
        eventually(lambda: self.accelerator_status() == "DEPLOYED")

    def accelerator_status(self) -> str:
        """IN_PROGRESS or DEPLOYED."""
        client = self.checkout.client("globalaccelerator", OREGON_REGION)
        described = client.describe_accelerator(AcceleratorArn=self.outputs["accelerator_arn"])
        status: str = described["Accelerator"]["Status"]
        return status

    def run_twin(self, command: str, within_s: float = 30) -> str:
        """Run `twin COMMAND`, which must succeed; its output."""
        return self.checkout.run_in_shell(f"twin {command}", within_s).ok().output

    def put_switch(self, region: str, status: str, until: int) -> None:
        """Set a Region's health switch in that Region's replica; `until` in epoch seconds."""
        client = self.checkout.client("dynamodb", region)
        client.put_item(
            TableName=self.outputs["control_table"],
            Item={
                "item_id": {"S": f"health#{region}"},
                "status": {"S": status},
                "by": {"S": "test"},
                "why": {"S": "e2e"},
                "until": {"N": str(until)},
            },
        )


def deployed_system(checkout: Checkout) -> System:
    return System(checkout, checkout.outputs())
