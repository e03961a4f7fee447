"""Mappings of a custom domain name: an update sends the changed settings alone."""

from tests.unit.twin.provider.fakes import Program
from tests.unit.twin.provider.resources.apigatewayv2.test_apis import PREFIX, FakeKept


def test_an_update_of_a_mapping_names_its_api_and_what_changed() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/apigatewayv2/api_mapping.go"""
    aws = FakeKept("ApiMapping")
    program = Program(aws, f"{PREFIX}apiMapping:ApiMapping")
    made = {"apiId": "a", "domainName": "a.test", "stage": "one", "apiMappingKey": "v1"}
    program.up(made)
    aws.kept["ApiMappingKey"] = "by-hand"

    program.up({**made, "stage": "two"})

    mapping = {"ApiId": "a", "ApiMappingId": "1", "DomainName": "a.test"}
    assert aws.updates() == [{**mapping, "Stage": "two"}]
