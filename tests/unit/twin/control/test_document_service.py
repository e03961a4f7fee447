"""A service with its state in one document, driven by calls in Route 53's protocol."""

import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from twin.control.document_service import (
    MAX_DOCUMENT_BYTES,
    CallContext,
    CallRefused,
    DocumentService,
    Params,
    Result,
    load_state,
)
from twin.moto.calls.aws_call import AwsCall, AwsResponse

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=KEY/20261129/us-east-1/route53/aws4_request, "
    "SignedHeaders=host, Signature=00"
}
COUNT = AwsCall(method="GET", url="/2013-04-01/hostedzonecount", headers=SIGNED)
DELETE = AwsCall(method="DELETE", url="/2013-04-01/hostedzone/Z1", headers=SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    ids: tuple[str, ...] = ()


def create_zone(state: Zones, _: CallContext, params: Params) -> tuple[Zones, Result]:
    zone = {"Id": params["Name"], "Name": params["Name"], "CallerReference": "r"}
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": 0}
    servers = {"NameServers": ["a"]}
    made = {"HostedZone": zone, "ChangeInfo": info, "DelegationSet": servers, "Location": "l"}
    return replace(state, ids=(*state.ids, params["Name"])), made


def fail(_: Zones, __: CallContext, ___: Params) -> tuple[Zones, Result]:
    raise KeyError("defect")


def delete_zone(state: Zones, _: CallContext, params: Params) -> tuple[Zones, Result]:
    if params["Id"] not in state.ids:
        raise CallRefused("NoSuchHostedZone", f"No hosted zone found with ID: {params['Id']}", 404)
    kept = tuple(one for one in state.ids if one != params["Id"])
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": 0}
    return replace(state, ids=kept), {"ChangeInfo": info}


async def count_zones(state: Zones, _: CallContext, __: Params) -> Result:
    return {"HostedZoneCount": len(state.ids)}


class Service:
    """The service under test, and the changes that it has told."""

    def __init__(self, path: Path, empty: Zones, max_bytes: int = MAX_DOCUMENT_BYTES) -> None:
        self.changes: list[tuple[Zones, Zones]] = []
        self.service = DocumentService(
            path,
            empty,
            operations={
                "CreateHostedZone": create_zone,
                "DeleteHostedZone": delete_zone,
                "GetHostedZone": fail,
            },
            queries={"GetHostedZoneCount": count_zones},
            make_context=lambda call: CallContext(
                account="1", region=call.region or "", now=0.0, rng=random.Random(1)
            ),
            on_change=lambda before, after: self.changes.append((before, after)),
            max_bytes=max_bytes,
        )

    async def call(self, call: AwsCall) -> AwsResponse:
        return await self.service.handle(call)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "zones.json"


async def test_a_change_is_saved_and_told(path: Path) -> None:
    service = Service(path, Zones(ids=("Z1", "Z2")))

    response = await service.call(DELETE)

    assert response.status == 200
    assert b"<Status>PENDING</Status>" in response.body
    assert service.changes == [(Zones(ids=("Z1", "Z2")), Zones(ids=("Z2",)))]
    assert load_state(path, Zones()) == Zones(ids=("Z2",))


def create_call(name: str) -> AwsCall:
    body = f"<R><Name>{name}</Name><CallerReference>r</CallerReference></R>".encode()
    return AwsCall(method="POST", url="/2013-04-01/hostedzone", headers=SIGNED, body=body)


async def test_a_defect_is_answered_in_the_protocol_and_changes_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    service = Service(path, Zones(ids=("Z1",)))

    response = await service.call(
        AwsCall(method="GET", url="/2013-04-01/hostedzone/Z1", headers=SIGNED)
    )

    assert response.status == 500
    assert b"<Code>InternalFailure</Code>" in response.body
    assert "KeyError: 'defect'" in caplog.text
    assert service.changes == []


async def test_a_state_that_would_be_too_large_is_refused(path: Path) -> None:
    service = Service(path, Zones(ids=("Z1",)), max_bytes=200)
    assert (await service.call(create_call("a" * 150))).status == 201

    refused = await service.call(create_call("b" * 100))

    assert refused.status == 400
    assert b"<Code>LimitExceededException</Code>" in refused.body
    assert re.search(rb"would take 2\d\d bytes; the twin keeps up to 200", refused.body)
    assert (await service.call(DELETE)).status == 200
    assert load_state(path, Zones()) == Zones(ids=("a" * 150,))


async def test_a_state_that_is_too_large_may_become_smaller(path: Path) -> None:
    Service(path, Zones()).service.replace_state(Zones(ids=("Z1", "a" * 300)))
    service = Service(path, Zones(), max_bytes=200)

    assert (await service.call(DELETE)).status == 200


async def test_a_refused_call_changes_nothing(path: Path) -> None:
    service = Service(path, Zones(ids=("Z2",)))

    response = await service.call(DELETE)

    assert response.status == 404
    assert b"<Code>NoSuchHostedZone</Code>" in response.body
    assert b"No hosted zone found with ID: Z1" in response.body
    assert service.changes == []
    assert load_state(path, Zones()) == Zones()


async def test_a_query_answers_from_the_state(path: Path) -> None:
    response = await Service(path, Zones(ids=("Z1",))).call(COUNT)

    assert b"<HostedZoneCount>1</HostedZoneCount>" in response.body


async def test_another_api_of_a_service_has_the_same_document(path: Path) -> None:
    one = Service(path, Zones(ids=("Z1", "Z2")))
    other = one.service.with_operations({"DeleteHostedZone": delete_zone})

    await other.handle(DELETE)

    assert one.service.state == other.state == Zones(ids=("Z2",))
    assert len(one.changes) == 1


async def test_a_call_that_breaks_the_model_does_not_reach_the_operation(path: Path) -> None:
    wrong = replace(DELETE, url=f"/2013-04-01/hostedzone/{'Z' * 40}")

    response = await Service(path, Zones(ids=("Z1",))).call(wrong)

    assert response.status == 400
    assert b"InvalidInput" in response.body


async def test_an_operation_that_is_not_served_is_refused(path: Path) -> None:
    unserved = replace(DELETE, url="/2013-04-01/keysigningkey/Z1/k", method="DELETE")

    response = await Service(path, Zones()).call(unserved)

    assert response.status == 501


def test_a_damaged_state_is_set_aside(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"ids": 7}')

    assert load_state(path, Zones()) == Zones()
    assert [kept.read_text() for kept in path.parent.iterdir()] == ['{"ids": 7}']
