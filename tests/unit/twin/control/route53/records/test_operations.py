"""Lists of records, and changes."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, batch, record


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


@pytest.fixture
def zone(service: FakeRoute53) -> str:
    return service.create_zone()


def test_records_are_in_the_order_of_reversed_labels_then_types(
    service: FakeRoute53, zone: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    text = record("b", '"x"', kind="TXT")
    changes = [record("a.b"), text, record("b"), record("*.b"), record("b-c")]
    service.change(zone, *(("CREATE", change) for change in changes))

    assert service.names(zone) == [
        ("b-c.muster.test.", "A"),
        ("b.muster.test.", "A"),
        ("b.muster.test.", "TXT"),
        ("\\052.b.muster.test.", "A"),
        ("a.b.muster.test.", "A"),
    ]


def test_a_page_begins_where_the_last_one_ended(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    members = [record("a", SetIdentifier=name, Weight=1) for name in ("x", "y", "z")]
    service.change(zone, *(("CREATE", member) for member in members))

    seen: list[tuple[str, str | None]] = []
    start: dict[str, str] = {}
    for _ in range(10):
        page = service.call("ListResourceRecordSets", HostedZoneId=zone, MaxItems="1", **start)
        seen += [(r["Type"], r.get("SetIdentifier")) for r in page["ResourceRecordSets"]]
        if not page["IsTruncated"]:
            break
        start = {
            f"StartRecord{part}": page[f"NextRecord{part}"]
            for part in ("Name", "Type", "Identifier")
            if f"NextRecord{part}" in page
        }

    assert seen == [("NS", None), ("SOA", None), ("A", "x"), ("A", "y"), ("A", "z")]


def test_a_list_may_begin_at_a_name_that_is_not_there(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    service.change(zone, ("CREATE", record("a")), ("CREATE", record("c")))

    listed = service.call(
        "ListResourceRecordSets", HostedZoneId=zone, StartRecordName="B.muster.test"
    )

    assert [r["Name"] for r in listed["ResourceRecordSets"]] == ["c.muster.test."]


def test_a_list_has_at_most_300_records(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    service.change(zone, *(("CREATE", record(f"n{n}")) for n in range(400)))

    listed = service.call("ListResourceRecordSets", HostedZoneId=zone, MaxItems="1000")

    assert (len(listed["ResourceRecordSets"]), listed["MaxItems"]) == (300, "300")


@pytest.mark.parametrize(
    "start",
    [
        {"StartRecordType": "A"},
        {"StartRecordName": "a", "StartRecordIdentifier": "x"},
        {"StartRecordName": "a..b"},
        {"MaxItems": "none"},
    ],
)
def test_a_start_that_is_none_is_refused(
    service: FakeRoute53, zone: str, start: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    service.refuse("InvalidInput", "ListResourceRecordSets", HostedZoneId=zone, **start)


def test_a_change_is_pending_at_first(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""
    made = service.change(zone, ("CREATE", record("a")))

    found = service.call("GetChange", Id=made["Id"])["ChangeInfo"]

    assert found == made
    assert (found["Status"], found["SubmittedAt"]) == ("PENDING", service.now)
    assert found["Id"].startswith("/change/C")
    service.refuse("NoSuchChange", "GetChange", Id="C0")


def test_a_comment_of_a_batch_is_its_change_s(service: FakeRoute53, zone: str) -> None:
    params = batch(zone, ("CREATE", record("a")))
    params["ChangeBatch"]["Comment"] = "why"

    made = service.call("ChangeResourceRecordSets", **params)

    assert made["ChangeInfo"]["Comment"] == "why"


def test_a_record_names_a_health_check_that_exists(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    params = batch(zone, ("CREATE", record("a", HealthCheckId="none")))
    service.refuse("NoSuchHealthCheck", "ChangeResourceRecordSets", **params)

    service.change(zone, ("CREATE", record("a", HealthCheckId=service.create_check())))
