"""API Gateway over boto3, with a real control process."""

from typing import Any

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import import_certificate
from twin.runtime.https_port import find_https_port

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:{FRANKFURT}:{ACCOUNT}:function:kv:live"
NAME = "shop.http.test"


def test_an_http_api_behind_a_domain_is_published(shared: ControlProcess) -> None:
    api: Any = shared.client("apigatewayv2", FRANKFURT)
    made = api.create_api(Name="kv", ProtocolType="HTTP", Target=FUNCTION, Tags={"a": "b"})
    arn = import_certificate(shared, FRANKFURT, NAME)
    domain = api.create_domain_name(
        DomainName=NAME, DomainNameConfigurations=[{"CertificateArn": arn}]
    )
    api.create_api_mapping(
        DomainName=NAME, ApiId=made["ApiId"], Stage="$default", ApiMappingKey="a/b"
    )

    region = shared.topology().regions[FRANKFURT]
    assert region.api_gateway.address == shared.instance.api_gateway_address(FRANKFURT)
    assert region.api_gateway.port == find_https_port(region.api_gateway.address)
    assert made["ApiId"] in [one.id for one in region.api_gateway.apis]
    (published,) = [one for one in region.api_gateway.domains if one.name == NAME]
    assert (
        published.regional_name == (domain["DomainNameConfigurations"][0]["ApiGatewayDomainName"])
    )
    assert published.certificate_arn in [one.arn for one in region.certificates]
    assert [mapping.key for mapping in published.mappings] == ["a/b"]


def test_names_with_slashes_and_spaces_are_read_from_the_path(shared: ControlProcess) -> None:
    api: Any = shared.client("apigatewayv2", FRANKFURT)
    made = api.create_api(Name="kv", ProtocolType="HTTP", Target=FUNCTION, RouteKey="GET /a/{b}")
    same = {"ApiId": made["ApiId"], "StageName": "$default"}
    settings = {"GET /a/{b}": {"ThrottlingRateLimit": 1.5}}

    api.update_stage(**same, RouteSettings=settings)
    shown = api.get_stage(**same)
    api.delete_route_settings(**same, RouteKey="GET /a/{b}")

    assert shown["RouteSettings"]["GET /a/{b}"]["ThrottlingRateLimit"] == 1.5
    assert api.get_stage(**same)["RouteSettings"] == {}
    arn = f"arn:aws:apigateway:{FRANKFURT}::/apis/{made['ApiId']}/stages/$default"
    api.tag_resource(ResourceArn=arn, Tags={"k": "v w"})
    assert api.get_tags(ResourceArn=arn)["Tags"] == {"k": "v w"}
    api.untag_resource(ResourceArn=arn, TagKeys=["k"])
    assert api.get_tags(ResourceArn=arn)["Tags"] == {}


def test_a_rest_api_is_published_with_its_deployment(shared: ControlProcess) -> None:
    api: Any = shared.client("apigateway", FRANKFURT)
    made = api.create_rest_api(name="kv", endpointConfiguration={"types": ["REGIONAL"]})
    where = {
        "restApiId": made["id"],
        "resourceId": made["rootResourceId"],
        "httpMethod": "GET",
    }
    path = f"arn:aws:apigateway:{FRANKFURT}:lambda:path/2015-03-31/functions"
    api.put_method(**where, authorizationType="NONE")
    api.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"{path}/{FUNCTION}/invocations",
    )
    api.create_deployment(restApiId=made["id"], stageName="live")
    limit = {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "2.5"}
    stage = api.update_stage(restApiId=made["id"], stageName="live", patchOperations=[limit])
    arn = f"arn:aws:apigateway:{FRANKFURT}::/restapis/{made['id']}/stages/live"
    api.tag_resource(resourceArn=arn, tags={"a": "b"})

    gateway = shared.topology().regions[FRANKFURT].api_gateway
    (published,) = [one for one in gateway.apis if one.id == made["id"]]
    assert published.stages[0].throttle.rate_per_s == 2.5
    assert published.stages[0].routes[0].integration.function_arn == FUNCTION
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 2.5
    assert api.get_tags(resourceArn=arn)["tags"] == {"a": "b"}
    assert [one["path"] for one in api.get_resources(restApiId=made["id"])["items"]] == ["/"]
    expect_aws_error("NotImplemented", api.create_api_key, name="a")


def test_all_are_there_after_a_restart(shared: ControlProcess) -> None:
    api: Any = shared.client("apigatewayv2", FRANKFURT)
    made = api.create_api(Name="kv", ProtocolType="HTTP", Target=FUNCTION)
    before = shared.topology()

    shared.kill()
    shared.start()

    assert api.get_api(ApiId=made["ApiId"])["CreatedDate"] == made["CreatedDate"]
    assert shared.topology().regions == before.regions


def test_errors_are_those_of_aws(shared: ControlProcess) -> None:
    api: Any = shared.client("apigatewayv2", FRANKFURT)

    expect_aws_error("NotFoundException", api.get_api, ApiId="unknown")
    expect_aws_error("BadRequestException", api.create_api, Name="", ProtocolType="HTTP")
    expect_aws_error("NotImplemented", api.create_vpc_link, Name="a", SubnetIds=["subnet-1"])
    expect_aws_error("NotImplemented", api.create_api, Name="a", ProtocolType="WEBSOCKET")
