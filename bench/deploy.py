"""Duration of `pulumi up` and `destroy` on the twin, with two Regions and with eight."""

import re
import time
from dataclasses import dataclass

from tests.e2e.checkout import Checkout

OTHER_REGIONS = (
    "us-west-2",
    "us-east-1",
    "eu-west-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
)
"""The eight Regions without eu-central-1, the home Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployTiming:
    """Durations for one number of Regions, in seconds."""

    regions: int
    resources: int
    up_s: float
    unchanged_s: float
    destroy_s: float


def measure_deploy(copy: Checkout, regions: tuple[str, ...]) -> DeployTiming:
    """Destroy, then up from nothing, up without a change, and destroy again."""
    listed = "".join(rf"\1- {region}\n" for region in regions)
    copy.edit("Pulumi.local.yaml", r"^(\s*)- us-west-2\n", listed)
    _pulumi(copy, "destroy")
    up_s, created = _pulumi(copy, "up")
    unchanged_s, _ = _pulumi(copy, "up")
    destroy_s, _ = _pulumi(copy, "destroy")
    return DeployTiming(
        regions=len(regions) + 1,
        resources=created,
        up_s=up_s,
        unchanged_s=unchanged_s,
        destroy_s=destroy_s,
    )


def _pulumi(copy: Checkout, command: str) -> tuple[float, int]:
    """Duration in seconds, and number of created resources."""
    started = time.perf_counter()
    done = copy.run_in_shell(
        f"pulumi {command} --yes --stack local --non-interactive --color never"
    )
    duration_s = time.perf_counter() - started
    created = re.search(r"\+ (\d+) created", done.ok().output)
    return duration_s, int(created[1]) if created else 0


def format_deploy_table(rows: list[DeployTiming]) -> str:
    """A Markdown table; the ratio is to the first row."""
    lines = [
        "| Regions | resources | up s | ms a resource | up, no change s | destroy s | up ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.regions} | {row.resources} | {row.up_s:.1f} "
            f"| {1000 * row.up_s / max(row.resources, 1):.0f} | {row.unchanged_s:.1f} "
            f"| {row.destroy_s:.1f} | {row.up_s / rows[0].up_s:.2f} |"
        )
    return "\n".join(lines)
