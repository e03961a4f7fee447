"""What is answered has the members of AWS's model, and nothing else."""

from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

from tests.unit.twin.control.apigateway.calls import CERTIFICATE, LOG_GROUP, Gateway

MODEL: ServiceModel = botocore.session.get_session().get_service_model("apigateway")


def made_by_all(gateway: Gateway) -> dict[str, dict[str, Any]]:
    """Operation -> its answer."""
    api, root = gateway.deployed_rest_api()
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    same = {"restApiId": api}
    gateway.patch("UpdateAccount", "/cloudwatchRoleArn", "arn:aws:iam::123456789012:role/r")
    gateway.patch(
        "UpdateStage", "/accessLogSettings/destinationArn", LOG_GROUP, **same, stageName="live"
    )
    ok = {**where, "statusCode": "200"}
    response = gateway.rest("PutMethodResponse", **ok, responseModels={"a/b": "Empty"})
    domain = gateway.rest(
        "CreateDomainName", domainName="api.muster.test", regionalCertificateArn=CERTIFICATE
    )
    return {
        "PutMethodResponse": response,
        "PutIntegrationResponse": gateway.rest("PutIntegrationResponse", **ok, selectionPattern=""),
        "GetMethod": gateway.rest("GetMethod", **where),
        "GetIntegration": gateway.rest("GetIntegration", **where),
        "GetResource": gateway.rest("GetResource", **same, resourceId=root, embed=["methods"]),
        "GetRestApi": gateway.rest("GetRestApi", **same),
        "GetStage": gateway.patch(
            "UpdateStage", "/*/*/metrics/enabled", "true", **same, stageName="live"
        ),
        "CreateDeployment": gateway.rest("CreateDeployment", **same),
        "GetGatewayResponse": gateway.rest("GetGatewayResponse", **same, responseType="THROTTLED"),
        "GetAccount": gateway.rest("GetAccount"),
        "CreateDomainName": domain,
        "CreateBasePathMapping": gateway.rest(
            "CreateBasePathMapping", domainName="api.muster.test", restApiId=api
        ),
    }


def check(shape: Any, value: Any) -> None:  # noqa: ANN401 - botocore's
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members)
        for name, member in value.items():
            check(shape.members[name], member)
    elif shape.type_name == "map":
        for member in value.values():
            check(shape.value, member)


@pytest.mark.parametrize("operation", sorted(made_by_all(Gateway())))
def test_every_member_is_one_of_the_model(gateway: Gateway, operation: str) -> None:
    check(MODEL.operation_model(operation).output_shape, made_by_all(gateway)[operation])
