"""The procedures of four articles about multi-Region serverless APIs, with the names changed.

All go from Route 53 over API Gateway and Lambda to DynamoDB. The articles' own functions are
replaced by the deployed service, and by one for `/health`.
"""

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from tests.e2e.both_doors.article_system import REGIONS, STAGE, ArticleSystem, RegionalApi
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import deployed_dns_system
from tests.e2e.checkout import Checkout
from tests.e2e.clients import HttpAnswer, RequestStream
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.waiting import eventually

MOVED_WITHIN_S = 60.0


@pytest.fixture(scope="module")
def articles(own_checkout: Checkout) -> ArticleSystem:
    made = ArticleSystem(deployed_dns_system(own_checkout))
    for region in REGIONS:
        made.make_health_function(region)
    return made


def make_apis(articles: ArticleSystem, name: str) -> dict[str, RegionalApi]:
    """By Region."""
    return {region: articles.make_api(region, name) for region in REGIONS}


def make_names(
    articles: ArticleSystem, apis: dict[str, RegionalApi], zone_id: str, name: str
) -> dict[str, dict[str, str]]:
    """Region -> the custom domain name's target there."""
    return {
        region: articles.make_domain(api, name, articles.make_certificate(region, name, zone_id))
        for region, api in apis.items()
    }


def get(articles: ArticleSystem, name: str, path: str, city: str = FRANKFURT) -> HttpAnswer:
    return articles.system.get(path, city, name)


def wait_until_served_by(articles: ArticleSystem, name: str, region: str, city: str) -> None:
    eventually(lambda: get(articles, name, "/", city).region == region, MOVED_WITHIN_S, pause_s=0.2)


def test_a_custom_domain_with_latency_records(articles: ArticleSystem) -> None:
    """Key/value store: certificates, custom domains, two latency CNAMEs, then write and read."""
    name = "keyvalue.serverless-team.test"
    zone_id = articles.make_zone("serverless-team.test")
    apis = make_apis(articles, name.partition(".")[0])
    targets = make_names(articles, apis, zone_id, name)
    listed = articles.checkout.run_in_shell(
        "aws route53 list-hosted-zones --output text --query "
        "\"HostedZones[?Name=='serverless-team.test.'].Id\""
    ).ok()
    assert listed.output.strip() == f"/hostedzone/{zone_id}"

    batch = {
        "Changes": [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": name,
                    "Type": "CNAME",
                    "TTL": 300,
                    "SetIdentifier": region,
                    "Region": region,
                    "ResourceRecords": [{"Value": targets[region]["TargetDomain"]}],
                },
            }
            for region in REGIONS
        ]
    }
    file = articles.checkout.path / "latency-records.json"
    file.write_text(json.dumps(batch))
    change = articles.checkout.run_in_shell(
        f"aws route53 change-resource-record-sets --hosted-zone-id {zone_id}"
        f" --change-batch file://{file} --query ChangeInfo.Id --output text"
    ).ok()
    articles.wait_until_in_sync(change.output.strip())

    wait_until_served_by(articles, name, OREGON_REGION, PORTLAND)
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
    value = {"value": "It worked"}
    written = articles.system.ask("POST", "/kv/testing", PORTLAND, host=name, body=value)
    assert (written.status, written.data["region"]) == (200, OREGON_REGION)
    eventually(lambda: get(articles, name, "/kv/testing").status == 200)
    for city, region in ((PORTLAND, OREGON_REGION), (FRANKFURT, FRANKFURT_REGION)):
        assert get(articles, name, "/kv/testing", city).data == {
            "key": "testing",
            **value,
            "writeRegion": OREGON_REGION,
            "readRegion": region,
        }
    cname = articles.system.resolve(name, PORTLAND, "CNAME")
    assert targets[OREGON_REGION]["TargetDomain"] in {text.rstrip(".") for text in cname}


def test_a_traffic_policy_with_health_checks_on_the_default_names(articles: ArticleSystem) -> None:
    """HTTPS checks of `/dev/health`; a policy and its record; the variable `status` set to 404."""
    name = "multiregion.authenticated.test"
    zone_id = articles.make_zone("authenticated.test")
    apis = make_apis(articles, name.partition(".")[0])
    targets = make_names(articles, apis, zone_id, name)
    checks = {
        region: articles.make_health_check(
            f"article-1-{region}",
            api.default_name,
            f"/{STAGE}/health",
            interval_s=30,
            threshold=3,
        )
        for region, api in apis.items()
    }
    make_policy_record(
        articles,
        zone_id,
        name,
        {
            "RuleType": "latency",
            "Regions": [
                {
                    "Region": region,
                    "EndpointReference": region,
                    "HealthCheck": checks[region],
                }
                for region in REGIONS
            ],
        },
        targets,
    )
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)

    articles.set_health(FRANKFURT_REGION, 404)
    try:
        wait_until_served_by(articles, name, OREGON_REGION, FRANKFURT)
        assert any("404" in text for text in articles.observations(checks[FRANKFURT_REGION]))
        item = {"id": 7, "name": "postman7"}
        assert articles.system.ask("POST", "/item", FRANKFURT, host=name, body=item).status == 200
        found = get(articles, name, "/item/7").data
        assert found == {**item, "region": OREGON_REGION, "readRegion": OREGON_REGION}

        articles.set_health(OREGON_REGION, 404)  # all unhealthy: all count as healthy
        wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
        assert get(articles, name, "/item/7").data["region"] == OREGON_REGION
    finally:
        for region in REGIONS:
            articles.set_health(region, 200)
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)


def test_a_policy_record_goes_to_a_new_version_without_a_gap(articles: ArticleSystem) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/traffic-policies.html"""
    name, old, new = "demo.versions.test", "192.0.2.1", "192.0.2.2"
    zone_id, route53 = articles.make_zone("versions.test"), articles.route53

    def document(address: str) -> str:
        return json.dumps(
            {
                "AWSPolicyFormatVersion": "2015-10-01",
                "RecordType": "A",
                "StartEndpoint": "only",
                "Endpoints": {"only": {"Type": "value", "Value": address}},
            }
        )

    policy = route53.create_traffic_policy(Name=name, Document=document(old))["TrafficPolicy"]["Id"]
    instance = apply_policy(articles, zone_id, name, policy)
    assert find_answer(articles, zone_id, name) == old

    with RequestStream(lambda _number: find_answer(articles, zone_id, name)) as stream:
        route53.create_traffic_policy_version(Id=policy, Document=document(new))
        route53.update_traffic_policy_instance(
            Id=instance, TTL=60, TrafficPolicyId=policy, TrafficPolicyVersion=2
        )
        eventually(lambda: new in stream.counts, 60)

    assert set(stream.counts) == {old, new}
    with pytest.raises(ClientError, match="TrafficPolicyInUse"):
        route53.delete_traffic_policy(Id=policy, Version=2)


def find_answer(articles: ArticleSystem, zone_id: str, name: str) -> str:
    """The one address that the zone's name servers answer."""
    answer = articles.route53.test_dns_answer(HostedZoneId=zone_id, RecordName=name, RecordType="A")
    (address,) = answer["RecordData"]
    return str(address)


def test_an_inverted_check_fails_over_and_back(articles: ArticleSystem) -> None:
    """Latency aliases with checks; "up means down"; the data is there in the other Region."""
    name = "hits.hello-sam.test"
    zone_id = articles.make_zone("hello-sam.test")
    apis = make_apis(articles, name.partition(".")[0])
    targets = make_names(articles, apis, zone_id, name)
    for region, api in apis.items():
        check = articles.make_health_check(
            f"article-2-{region}",
            api.default_name,
            f"/{STAGE}/health",
            interval_s=30,
            threshold=3,
        )
        alias = {
            "Name": name,
            "Type": "A",
            "SetIdentifier": region,
            "Region": region,
            "HealthCheckId": check,
            "AliasTarget": {
                "DNSName": targets[region]["TargetDomain"],
                "HostedZoneId": targets[region]["HostedZoneId"],
                "EvaluateTargetHealth": False,
            },
        }
        articles.change_records(zone_id, [alias])
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
    check = articles.find_health_check(apis[FRANKFURT_REGION].default_name)
    update = "aws route53 update-health-check --health-check-id"
    assert hits(articles, name, 2) == [(1, FRANKFURT_REGION), (2, FRANKFURT_REGION)]

    articles.checkout.run_in_shell(f"{update} {check} --inverted").ok()

    wait_until_served_by(articles, name, OREGON_REGION, FRANKFURT)
    assert hits(articles, name, 3) == [(number, OREGON_REGION) for number in (3, 4, 5)]

    other = articles.find_health_check(apis[OREGON_REGION].default_name)
    articles.checkout.run_in_shell(f"{update} {other} --inverted").ok()
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)  # none healthy, so all

    articles.checkout.run_in_shell(f"{update} {other} --no-inverted").ok()
    wait_until_served_by(articles, name, OREGON_REGION, FRANKFURT)
    articles.checkout.run_in_shell(f"{update} {check} --no-inverted").ok()

    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
    eventually(lambda: get(articles, name, "/hits/total").data["hits"] == 5)
    assert hits(articles, name, 1) == [(6, FRANKFURT_REGION)]


def hits(articles: ArticleSystem, name: str, count: int) -> list[tuple[int, str]]:
    """Send hits from Frankfurt; the total and the Region of each answer."""
    answers = [get(articles, name, "/hits/hello").data for _ in range(count)]
    return [(answer["hits"], answer["region"]) for answer in answers]


def test_equal_weights_share_and_a_failed_region_gets_nothing(articles: ArticleSystem) -> None:
    """Fast checks, and a policy in which all weights are 0."""
    name = "demo.global-serverless.test"
    zone_id = articles.make_zone("global-serverless.test")
    apis = make_apis(articles, name.partition(".")[0])
    targets = make_names(articles, apis, zone_id, name)
    checks = {
        region: articles.make_health_check(
            f"global_{region}", api.default_name, f"/{STAGE}/health", interval_s=10, threshold=1
        )
        for region, api in apis.items()
    }
    make_policy_record(
        articles,
        zone_id,
        name,
        {
            "RuleType": "weighted",
            "Items": [
                {
                    "Weight": "0",
                    "EndpointReference": region,
                    "HealthCheck": checks[region],
                }
                for region in REGIONS
            ],
        },
        targets,
    )

    def answers(count: int) -> Counter[str]:
        found: Counter[str] = Counter()
        for _ in range(count):
            response = articles.route53.test_dns_answer(
                HostedZoneId=zone_id, RecordName=name, RecordType="CNAME"
            )
            found.update(text.rstrip(".") for text in response["RecordData"])
        return found

    shares = answers(60)
    names = {region: target["TargetDomain"] for region, target in targets.items()}
    # 60 draws of 0.5: standard deviation 3.9, so 5 of them on each side.
    assert all(10 <= shares[names[region]] <= 50 for region in REGIONS), shares

    articles.set_health(OREGON_REGION, 404)
    try:
        eventually(lambda: set(answers(20)) == {names[FRANKFURT_REGION]}, MOVED_WITHIN_S)
        wait_until_served_by(articles, name, FRANKFURT_REGION, PORTLAND)
    finally:
        articles.set_health(OREGON_REGION, 200)
    eventually(lambda: len(answers(20)) == 2, MOVED_WITHIN_S)


def make_policy_record(
    articles: ArticleSystem,
    zone_id: str,
    name: str,
    rule: dict[str, object],
    targets: dict[str, dict[str, str]],
) -> None:
    """A traffic policy, and its record with the name."""
    document = {
        "AWSPolicyFormatVersion": "2015-10-01",
        "RecordType": "CNAME",
        "StartRule": "start",
        "Endpoints": {
            region: {"Type": "value", "Value": target["TargetDomain"]}
            for region, target in targets.items()
        },
        "Rules": {"start": rule},
    }
    policy = articles.route53.create_traffic_policy(Name=name, Document=json.dumps(document))
    apply_policy(articles, zone_id, name, policy["TrafficPolicy"]["Id"])


def apply_policy(articles: ArticleSystem, zone_id: str, name: str, policy: str) -> str:
    """A record by the first version of a policy; the instance's id."""
    instance: str = articles.route53.create_traffic_policy_instance(
        HostedZoneId=zone_id,
        Name=name,
        TTL=60,
        TrafficPolicyId=policy,
        TrafficPolicyVersion=1,
    )["TrafficPolicyInstance"]["Id"]

    def state() -> str:
        found = articles.route53.get_traffic_policy_instance(Id=instance)
        text: str = found["TrafficPolicyInstance"]["State"]
        return text

    eventually(lambda: state() == "Applied", 60)
    return instance
