"""Health checks as resources."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, record

CONFIG = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.muster.test", "ResourcePath": "/health"}


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


def test_a_check_is_shown_with_its_defaults(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html"""
    made = service.call("CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG)

    check = made["HealthCheck"]
    assert check == {
        "Id": check["Id"],
        "CallerReference": "r",
        "HealthCheckVersion": 1,
        "HealthCheckConfig": {
            **CONFIG,
            "Port": 443,
            "RequestInterval": 30,
            "FailureThreshold": 3,
            "MeasureLatency": False,
            "EnableSNI": True,
            "Inverted": False,
            "Disabled": False,
        },
    }
    assert made["Location"].endswith(f"/healthcheck/{check['Id']}")
    found = service.call("GetHealthCheck", HealthCheckId=check["Id"])
    assert found == {"HealthCheck": check}


def test_a_calculated_check_is_shown_with_its_children(service: FakeRoute53) -> None:
    child = service.create_check()

    parent = service.create_check(Type="CALCULATED", HealthThreshold=0, ChildHealthChecks=[child])

    shown = service.call("GetHealthCheck", HealthCheckId=parent)["HealthCheck"]
    assert shown["HealthCheckConfig"] == {
        "Type": "CALCULATED",
        "ChildHealthChecks": [child],
        "HealthThreshold": 0,
        "Inverted": False,
        "Disabled": False,
    }


def test_the_same_request_makes_one_check(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html"""
    made = service.call("CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG)
    service.call("UpdateHealthCheck", HealthCheckId=made["HealthCheck"]["Id"], Inverted=True)

    again = service.call("CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG)

    assert again["HealthCheck"]["Id"] == made["HealthCheck"]["Id"]
    assert again["HealthCheck"]["HealthCheckVersion"] == 2
    assert service.call("GetHealthCheckCount")["HealthCheckCount"] == 1


def test_a_caller_reference_is_used_once(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html"""
    made = service.call("CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG)
    other = {**CONFIG, "ResourcePath": "/other"}
    code, operation = "HealthCheckAlreadyExists", "CreateHealthCheck"

    service.refuse(code, operation, CallerReference="r", HealthCheckConfig=other)
    service.call("DeleteHealthCheck", HealthCheckId=made["HealthCheck"]["Id"])
    service.refuse(code, operation, CallerReference="r", HealthCheckConfig=CONFIG)


def test_an_update_changes_what_is_given(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
    check = service.create_check(**CONFIG)

    service.call("UpdateHealthCheck", HealthCheckId=check, Inverted=True)
    changed = service.call("UpdateHealthCheck", HealthCheckId=check, Port=8443)["HealthCheck"]

    assert changed["HealthCheckVersion"] == 3
    shown = changed["HealthCheckConfig"]
    assert (shown["Inverted"], shown["Port"], shown["ResourcePath"]) == (True, 8443, "/health")


def test_an_update_of_another_version_is_refused(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
    check = service.create_check()

    service.call("UpdateHealthCheck", HealthCheckId=check, HealthCheckVersion=1, Port=81)

    service.refuse(
        "HealthCheckVersionMismatch",
        "UpdateHealthCheck",
        HealthCheckId=check,
        HealthCheckVersion=1,
        Port=82,
    )


def test_elements_are_reset_by_name(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
    check = service.create_check(**CONFIG, IPAddress="8.8.8.8")
    reset = ["FullyQualifiedDomainName", "ResourcePath", "Regions", "ChildHealthChecks"]

    shown = service.call("UpdateHealthCheck", HealthCheckId=check, ResetElements=reset)

    config = shown["HealthCheck"]["HealthCheckConfig"]
    assert "FullyQualifiedDomainName" not in config
    assert "ResourcePath" not in config
    service.refuse(
        "InvalidInput",
        "UpdateHealthCheck",
        HealthCheckId=check,
        ResourcePath="/x",
        ResetElements=["ResourcePath"],
    )


def test_an_update_keeps_to_the_rules_of_the_type(service: FakeRoute53) -> None:
    check = service.create_check(**CONFIG)

    told = service.refuse(
        "InvalidInput", "UpdateHealthCheck", HealthCheckId=check, SearchString="x"
    )

    assert (
        told == "Invalid parameter : HTTPS health checks must not have a search string specified."
    )


def test_children_exist_and_are_not_calculated(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html"""
    parent = service.create_check(Type="CALCULATED", HealthThreshold=1)
    for child in (parent, "none"):
        config = {"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": [child]}
        service.refuse(
            "InvalidInput", "CreateHealthCheck", CallerReference="r", HealthCheckConfig=config
        )


def test_a_check_that_records_use_may_be_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html"""
    zone, check = service.create_zone(), service.create_check()
    service.change(zone, ("CREATE", record("a", HealthCheckId=check)))

    service.call("DeleteHealthCheck", HealthCheckId=check)

    service.refuse("NoSuchHealthCheck", "GetHealthCheck", HealthCheckId=check)
    assert service.names(zone) == [("a.muster.test.", "A")]


def test_checks_are_listed_in_pages(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHealthChecks.html"""
    checks = sorted(service.create_check() for _ in range(3))

    first = service.call("ListHealthChecks", MaxItems="2")
    second = service.call("ListHealthChecks", Marker=first["NextMarker"])

    listed = [*first["HealthChecks"], *second["HealthChecks"]]
    assert [check["Id"] for check in listed] == checks
    assert second["IsTruncated"] is False


def test_a_list_goes_on_where_its_next_check_was_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHealthChecks.html"""
    checks = sorted(service.create_check() for _ in range(4))
    first = service.call("ListHealthChecks", MaxItems="1")

    service.call("DeleteHealthCheck", HealthCheckId=checks[1])
    second = service.call("ListHealthChecks", Marker=first["NextMarker"])

    assert [check["Id"] for check in second["HealthChecks"]] == checks[2:]


def test_an_account_has_at_most_200_checks(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    for _ in range(200):
        service.create_check()

    service.refuse(
        "TooManyHealthChecks", "CreateHealthCheck", CallerReference="r", HealthCheckConfig=CONFIG
    )
