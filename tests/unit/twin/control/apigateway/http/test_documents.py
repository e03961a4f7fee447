"""What is answered has the members of AWS's model, and nothing else."""

from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

from tests.unit.twin.control.apigateway.calls import CERTIFICATE, FUNCTION, LOG_GROUP, Gateway

MODEL: ServiceModel = botocore.session.get_session().get_service_model("apigatewayv2")
CORS = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 0, "ExposeHeaders": ["a"]}
LOGS = {"DestinationArn": LOG_GROUP, "Format": "$context.requestId"}


def made_by_all(gateway: Gateway) -> dict[str, dict[str, object]]:
    """Operation -> its answer."""
    quick = gateway.api(Target=FUNCTION)
    api = gateway.http(
        "CreateApi",
        Name="kv",
        ProtocolType="HTTP",
        Description="d",
        Version="1",
        CorsConfiguration=CORS,
    )
    same = {"ApiId": api["ApiId"]}
    integration = gateway.http(
        "GetIntegration", **same, IntegrationId=gateway.integration(api["ApiId"], Description="d")
    )
    route = gateway.http("GetRoute", **same, RouteId=gateway.route(api["ApiId"]))
    stage = gateway.stage(
        api["ApiId"],
        Description="d",
        AccessLogSettings=LOGS,
        RouteSettings={"GET /a": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1.0}},
    )
    mapping = {"DomainName": "api.muster.test", "ApiId": quick, "Stage": "$default"}
    return {
        "CreateApi": api,
        "CreateIntegration": integration,
        "CreateRoute": route,
        "CreateStage": stage,
        "CreateDeployment": gateway.http("CreateDeployment", **same, Description="d"),
        "CreateDomainName": gateway.domain(),
        "CreateApiMapping": gateway.http("CreateApiMapping", **mapping),
    }


@pytest.mark.parametrize("operation", sorted(made_by_all(Gateway())))
def test_every_member_is_one_of_the_model(gateway: Gateway, operation: str) -> None:
    shape: Any = MODEL.operation_model(operation).output_shape

    found = made_by_all(gateway)[operation]

    assert set(found) <= set(shape.members)
    for name, value in found.items():
        if isinstance(value, dict) and shape.members[name].type_name == "structure":
            assert set(value) <= set(shape.members[name].members)


def test_a_domain_shows_where_its_record_leads(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/apigateway.html"""
    (shown,) = gateway.domain()["DomainNameConfigurations"]

    assert shown["HostedZoneId"] == "Z1U9ULNL0V5AJ3"
    assert shown["DomainNameStatus"] == "AVAILABLE"
    assert shown["CertificateArn"] == CERTIFICATE
