"""HTTP APIs, integrations and routes: an update sends the changed settings alone.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.values import Properties

PREFIX = "aws:apigatewayv2/"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:web"


class FakeKept(FakeAws):
    """One object of API Gateway, which keeps what it is told."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.kept: Properties = {}
        self.handlers = {
            f"Create{kind}": self._put,
            f"Update{kind}": self._put,
            f"Get{kind}": lambda *_: self.kept,
            "GetCallerIdentity": lambda *_: {"Account": "123456789012"},
            "GetTags": lambda *_: {"Tags": {}},
        }

    def updates(self) -> list[Properties]:
        return self.calls_of(f"Update{self.kind}")

    def _put(self, _: str, params: Properties) -> Properties:
        self.kept |= {f"{self.kind}Id": "1", **params}
        return self.kept


def test_an_api_s_setting_made_by_hand_stays_while_another_one_changes() -> None:
    aws = FakeKept("Api")
    program = Program(aws, f"{PREFIX}api:Api")
    program.up({"name": "a", "protocolType": "HTTP", "description": "mine"})
    aws.kept["Description"] = "by hand"

    program.up({"name": "b", "protocolType": "HTTP", "description": "mine"})

    assert aws.updates() == [{"ApiId": "1", "Name": "b"}]
    assert aws.kept["Description"] == "by hand"


def test_removed_settings_of_an_api_are_reset() -> None:
    aws = FakeKept("Api")
    program = Program(aws, f"{PREFIX}api:Api")
    plain = {"name": "a", "protocolType": "HTTP"}
    program.up({**plain, "version": "2", "disableExecuteApiEndpoint": True})

    program.up(plain)

    assert aws.updates() == [{"ApiId": "1", "Version": "", "DisableExecuteApiEndpoint": False}]
    assert program.refresh()
    assert program.up(plain) == []


def test_an_endpoint_that_is_disabled_by_hand_is_enabled_after_a_refresh() -> None:
    aws = FakeKept("Api")
    program = Program(aws, f"{PREFIX}api:Api")
    plain = {"name": "a", "protocolType": "HTTP"}
    program.up(plain)
    aws.kept["DisableExecuteApiEndpoint"] = True

    assert program.refresh()

    assert program.up(plain) == ["disableExecuteApiEndpoint"]
    assert aws.kept["DisableExecuteApiEndpoint"] is False


def test_an_update_of_an_integration_names_its_kind_and_what_changed() -> None:
    aws = FakeKept("Integration")
    program = Program(aws, f"{PREFIX}integration:Integration")
    kind = {"integrationType": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage"}
    made = {"apiId": "a", "integrationUri": FUNCTION, **kind}
    program.up(made)

    program.up({**made, "timeoutMilliseconds": 500})

    assert aws.updates() == [
        {
            "ApiId": "a",
            "IntegrationId": "1",
            "IntegrationType": "AWS_PROXY",
            "IntegrationSubtype": "SQS-SendMessage",
            "TimeoutInMillis": 500,
        }
    ]


def test_an_update_of_a_route_sends_what_changed() -> None:
    aws = FakeKept("Route")
    program = Program(aws, f"{PREFIX}route:Route")
    made = {"apiId": "a", "routeKey": "GET /a", "target": "integrations/1"}
    program.up(made)

    program.up({**made, "routeKey": "GET /b"})

    assert aws.updates() == [{"ApiId": "a", "RouteId": "1", "RouteKey": "GET /b"}]
