"""What the articles about multi-Region serverless APIs set up by hand, on a deployed twin.

In each Region an HTTP API with a stage `dev`: `/health` is a function whose answer is the number in
its environment, and everything else is the deployed service. A hosted zone, certificates and custom
domain names belong to it. The calls are those of the articles' consoles and tools.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.checkout import Checkout
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.lambda_function import TRUST, make_zip
from tests.waiting import eventually

REGIONS = (FRANKFURT_REGION, OREGON_REGION)
STAGE = "dev"
SERVICE = "muster-local"
HEALTH = "article-health"
CODE = """
import json, os

def handler(event, context):
    return {"statusCode": int(os.environ["status"]), "body": json.dumps("health")}
"""


@dataclass(frozen=True, slots=True)
class RegionalApi:
    """One Region's API."""

    region: str
    api_id: str

    @property
    def default_name(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"


@dataclass(frozen=True)
class ArticleSystem:
    """Calls to the twin as its root user."""

    system: DnsSystem

    @property
    def checkout(self) -> Checkout:
        return self.system.checkout

    @cached_property
    def route53(self) -> Any:  # noqa: ANN401 - boto3's clients
        return self.checkout.client("route53", "us-east-1")

    # -- zones, records and health checks

    def make_zone(self, name: str) -> str:
        """Its id."""
        made = self.route53.create_hosted_zone(Name=name, CallerReference=name)
        zone_id: str = made["HostedZone"]["Id"]
        return zone_id.rpartition("/")[2]

    def change_records(self, zone_id: str, record_sets: Sequence[dict[str, Any]]) -> None:
        """Create the record sets, and wait until all name servers have them."""
        changes = [{"Action": "CREATE", "ResourceRecordSet": one} for one in record_sets]
        made = self.route53.change_resource_record_sets(
            HostedZoneId=zone_id, ChangeBatch={"Changes": changes}
        )
        self.wait_until_in_sync(made["ChangeInfo"]["Id"])

    def wait_until_in_sync(self, change: str) -> None:
        """Wait until all name servers have a change.

        Until then they may say that a name does not exist, which a resolver would keep.
        """
        eventually(
            lambda: self.route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC", 60
        )

    def make_health_check(
        self, name: str, host: str, path: str, *, interval_s: int, threshold: int
    ) -> str:
        """HTTPS with SNI, as all articles have it; its id."""
        made = self.route53.create_health_check(
            CallerReference=name,
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": host,
                "Port": self.system.port,
                "ResourcePath": path,
                "RequestInterval": interval_s,
                "FailureThreshold": threshold,
                "EnableSNI": True,
            },
        )
        check_id: str = made["HealthCheck"]["Id"]
        self.route53.change_tags_for_resource(
            ResourceType="healthcheck",
            ResourceId=check_id,
            AddTags=[{"Key": "Name", "Value": name}],
        )
        return check_id

    def find_health_check(self, host: str) -> str:
        """The id of the check that asks this host, as an operator finds it."""
        listed = self.checkout.run_in_shell(
            "aws route53 list-health-checks --output text --query "
            f"\"HealthChecks[?HealthCheckConfig.FullyQualifiedDomainName=='{host}'].Id\""
        )
        return listed.ok().output.strip()

    def observations(self, check_id: str) -> list[str]:
        """The status of each checker."""
        found = self.route53.get_health_check_status(HealthCheckId=check_id)
        return [
            one["StatusReport"]["Status"]
            for one in found["HealthCheckObservations"]
            if one.get("StatusReport")
        ]

    # -- certificates

    def make_certificate(self, region: str, domain: str, zone_id: str) -> str:
        """Requested, validated by a record, issued; its ARN."""
        acm = self.checkout.client("acm", region)
        arn: str = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")[
            "CertificateArn"
        ]
        record = eventually(lambda: _validation_record(acm, arn))
        change = {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": record["Name"],
                "Type": record["Type"],
                "TTL": 300,
                "ResourceRecords": [{"Value": record["Value"]}],
            },
        }
        self.route53.change_resource_record_sets(
            HostedZoneId=zone_id, ChangeBatch={"Changes": [change]}
        )
        described = acm.describe_certificate
        eventually(lambda: described(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", 60)
        return arn

    # -- functions and APIs

    def make_health_function(self, region: str) -> None:
        """With the number 200 in its environment."""
        iam = self.checkout.client("iam", "us-east-1")
        role = iam.create_role(RoleName=f"{HEALTH}-{region}", AssumeRolePolicyDocument=TRUST)
        self.checkout.client("lambda", region).create_function(
            FunctionName=HEALTH,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": make_zip(CODE)},
            Environment={"Variables": {"status": "200"}},
        )

    def set_health(self, region: str, status: int) -> None:
        """Change the environment variable, as in the console."""
        self.checkout.client("lambda", region).update_function_configuration(
            FunctionName=HEALTH, Environment={"Variables": {"status": str(status)}}
        )

    def make_api(self, region: str, name: str) -> RegionalApi:
        """An API with a stage, and permission to invoke both functions."""
        gateway = self.checkout.client("apigatewayv2", region)
        functions = self.checkout.client("lambda", region)
        api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        source = f"arn:aws:execute-api:{region}:123456789012:{api}/*/*"
        for route_key, function, qualifier in (
            ("GET /health", HEALTH, None),
            ("$default", SERVICE, "live"),
        ):
            qualified = {"Qualifier": qualifier} if qualifier else {}
            functions.add_permission(
                FunctionName=function,
                StatementId=f"{name}-{api}",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
                SourceArn=source,
                **qualified,
            )
            suffix = f":{qualifier}" if qualifier else ""
            integration = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=(
                    f"arn:aws:lambda:{region}:123456789012:function:{function}{suffix}"
                ),
                PayloadFormatVersion="2.0",
            )
            target = f"integrations/{integration['IntegrationId']}"
            gateway.create_route(ApiId=api, RouteKey=route_key, Target=target)
        gateway.create_stage(ApiId=api, StageName=STAGE, AutoDeploy=True)
        return RegionalApi(region=region, api_id=api)

    def make_domain(self, api: RegionalApi, domain: str, certificate_arn: str) -> dict[str, str]:
        """A regional custom domain name with the API at its root; its target, and the zone of that.

        `TargetDomain` is what the articles note down.
        """
        gateway = self.checkout.client("apigatewayv2", api.region)
        made = gateway.create_domain_name(
            DomainName=domain,
            DomainNameConfigurations=[
                {
                    "CertificateArn": certificate_arn,
                    "EndpointType": "REGIONAL",
                    "SecurityPolicy": "TLS_1_2",
                }
            ],
        )
        gateway.create_api_mapping(ApiId=api.api_id, DomainName=domain, Stage=STAGE)
        (configuration,) = made["DomainNameConfigurations"]
        return {
            "TargetDomain": configuration["ApiGatewayDomainName"],
            "HostedZoneId": configuration["HostedZoneId"],
        }


def _validation_record(acm: Any, arn: str) -> dict[str, str]:  # noqa: ANN401 - boto3's clients
    """Empty in the first moments after the request."""
    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"][
        "DomainValidationOptions"
    ]
    found: dict[str, str] = option.get("ResourceRecord") or {}
    return found
