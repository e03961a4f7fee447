"""What is left of a stack after its end, found by its names in every Region that it was in.

Pulumi deletes what is in its state; this asks AWS itself, so it also finds what Pulumi has lost or
what somebody made beside it, such as the tables of a restore.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from common.clock import WaitingClock
from tools.rehearsal.plan import Subject

PAUSE_S = 5.0

MakeClient = Callable[[str, str], Any]
"""(boto3's name of a service, Region) -> client. Raises BotoCoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How resources of a kind are listed, and which name of each is compared."""

    kind: str
    service: str
    operation: str
    members: str
    """The list in the answer."""
    name: str = ""
    """The member that is the name, with a dot for a member of a member; `Tags.Name` is a tag;
    empty: what is listed are names."""
    region: str = ""
    """Empty: in each Region of the stack."""
    by_domain: bool = False
    """Compared with the stack's domain of the DNS front door."""
    on_twin: bool = True
    """Whether a twin has this service."""
    parameters: tuple[tuple[str, str], ...] = ()


ALARMS = Listing(
    kind="alarm",
    service="cloudwatch",
    operation="describe_alarms",
    members="MetricAlarms",
    name="AlarmName",
)
LISTINGS = (
    Listing(
        kind="accelerator",
        service="globalaccelerator",
        operation="list_accelerators",
        members="Accelerators",
        name="Name",
        region=GLOBAL_ACCELERATOR_REGION,
    ),
    Listing(
        kind="load balancer",
        service="elbv2",
        operation="describe_load_balancers",
        members="LoadBalancers",
        name="LoadBalancerName",
    ),
    Listing(
        kind="target group",
        service="elbv2",
        operation="describe_target_groups",
        members="TargetGroups",
        name="TargetGroupName",
    ),
    Listing(kind="table", service="dynamodb", operation="list_tables", members="TableNames"),
    Listing(
        kind="function",
        service="lambda",
        operation="list_functions",
        members="Functions",
        name="FunctionName",
    ),
    Listing(
        kind="VPC",
        service="ec2",
        operation="describe_vpcs",
        members="Vpcs",
        name="Tags.Name",
    ),
    Listing(
        kind="HTTP API",
        service="apigatewayv2",
        operation="get_apis",
        members="Items",
        name="Name",
    ),
    Listing(
        kind="log group",
        service="logs",
        operation="describe_log_groups",
        members="logGroups",
        name="logGroupName",
    ),
    ALARMS,
    replace(ALARMS, region=US_EAST_1),
    Listing(
        kind="dashboard",
        service="cloudwatch",
        operation="list_dashboards",
        members="DashboardEntries",
        name="DashboardName",
        region=US_EAST_1,
    ),
    Listing(
        kind="role",
        service="iam",
        operation="list_roles",
        members="Roles",
        name="RoleName",
        region=US_EAST_1,
    ),
    Listing(
        kind="health check",
        service="route53",
        operation="list_health_checks",
        members="HealthChecks",
        name="HealthCheckConfig.FullyQualifiedDomainName",
        region=US_EAST_1,
        by_domain=True,
    ),
    Listing(
        kind="certificate",
        service="acm",
        operation="list_certificates",
        members="CertificateSummaryList",
        name="DomainName",
        by_domain=True,
    ),
    Listing(
        kind="web ACL",
        service="wafv2",
        operation="list_web_acls",
        members="WebACLs",
        name="Name",
        on_twin=False,
        parameters=(("Scope", "REGIONAL"),),
    ),
    Listing(
        kind="bucket",
        service="s3",
        operation="list_buckets",
        members="Buckets",
        name="Name",
        region=US_EAST_1,
        on_twin=False,
    ),
    Listing(
        kind="experiment template",
        service="fis",
        operation="list_experiment_templates",
        members="experimentTemplates",
        name="tags.Name",
        on_twin=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverSearch:
    """Lists what has the stack's names, again until there is nothing or the time is over."""

    subject: Subject
    make_client: MakeClient
    clock: WaitingClock

    def run(self, within_s: float) -> tuple[str, ...]:
        """A line for each thing that is left, and for each listing that fails; empty: nothing.

        A deleted thing may still be listed for a moment.
        """
        ends_s = self.clock.monotonic() + within_s
        while (lines := tuple(self._look())) and self.clock.monotonic() < ends_s:
            self.clock.wait(PAUSE_S)
        return lines

    def _look(self) -> Iterator[str]:
        subject = self.subject
        for listing in LISTINGS:
            if subject.is_twin and not listing.on_twin:
                continue
            for region in (listing.region,) if listing.region else subject.all_regions:
                try:
                    found = list_names(self.make_client(listing.service, region), listing)
                except (BotoCoreError, ClientError) as exc:
                    yield f"{region}: {listing.kind}: not known: {exc}"
                    continue
                for name in sorted(found):
                    if is_of_stack(name, subject, by_domain=listing.by_domain):
                        yield f"{region}: {listing.kind} {name}"


def list_names(client: Any, listing: Listing) -> set[str]:  # noqa: ANN401 - boto3's own
    """The names on all pages. Raises BotoCoreError, ClientError."""
    parameters = dict(listing.parameters)
    if client.can_paginate(listing.operation):
        pages = client.get_paginator(listing.operation).paginate(**parameters)
    else:
        pages = [getattr(client, listing.operation)(**parameters)]
    return {
        find_name(one, listing.name) for page in pages for one in page.get(listing.members) or ()
    }


def find_name(one: Any, path: str) -> str:  # noqa: ANN401 - part of an answer
    """Its name; empty if it has none."""
    if not path:
        return str(one)
    found: Any = one
    for key in path.split("."):
        if isinstance(found, list):
            found = {tag["Key"]: tag["Value"] for tag in found}
        found = (found or {}).get(key)
    return str(found or "")


def is_of_stack(name: str, subject: Subject, *, by_domain: bool) -> bool:
    """Whether the stack gives such a name; of a log group the last part counts."""
    if by_domain:
        domain = subject.dns_domain
        return bool(domain) and (name == domain or name.endswith(f".{domain}"))
    # A bucket's name is in lower case.
    last, prefix = name.rpartition("/")[2].lower(), subject.prefix.lower()
    return last == prefix or last.startswith(f"{prefix}-")
