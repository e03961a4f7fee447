"""The procedures of four articles about multi-Region serverless APIs, with the names changed.

All go from Route 53 over API Gateway and Lambda to DynamoDB. The articles' own functions are
replaced by the deployed service, and by one for `/health`.
"""

import json
from collections import Counter

import pytest

from tests.e2e.article_system import REGIONS, STAGE, ArticleSystem, RegionalApi
from tests.e2e.checkout import Checkout
from tests.e2e.clients import HttpAnswer
from tests.e2e.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.dns_system import deployed_dns_system
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
    articles.checkout.run_in_shell(
        f"aws route53 change-resource-record-sets --hosted-zone-id {zone_id}"
        f" --change-batch file://{file}"
    ).ok()

    wait_until_served_by(articles, name, OREGON_REGION, PORTLAND)
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
    client = articles.system.client(PORTLAND)
    body = json.dumps({"item_id": "testing"})
    assert client.request("POST", name, "/create", body, articles.system.port).status == 201
    eventually(lambda: get(articles, name, "/get/testing").status == 200)
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
        client = articles.system.client(FRANKFURT)
        body = json.dumps({"item_id": "postman7"})
        client.request("POST", name, "/create", body, articles.system.port)
        item = get(articles, name, "/get/postman7")
        assert (item.status, item.region) == (200, OREGON_REGION)
    finally:
        articles.set_health(FRANKFURT_REGION, 200)
    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)


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
    client = articles.system.client(FRANKFURT)
    created = client.request(
        "POST", name, "/create", json.dumps({"item_id": "hit"}), articles.system.port
    )
    assert created.region == FRANKFURT_REGION
    check = articles.find_health_check(apis[FRANKFURT_REGION].default_name)
    update = f"aws route53 update-health-check --health-check-id {check}"

    articles.checkout.run_in_shell(f"{update} --inverted").ok()

    wait_until_served_by(articles, name, OREGON_REGION, FRANKFURT)
    assert get(articles, name, "/get/hit").status == 200

    articles.checkout.run_in_shell(f"{update} --no-inverted").ok()

    wait_until_served_by(articles, name, FRANKFURT_REGION, FRANKFURT)
    assert get(articles, name, "/get/hit").region == FRANKFURT_REGION


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
    instance = articles.route53.create_traffic_policy_instance(
        HostedZoneId=zone_id,
        Name=name,
        TTL=60,
        TrafficPolicyId=policy["TrafficPolicy"]["Id"],
        TrafficPolicyVersion=1,
    )["TrafficPolicyInstance"]["Id"]

    def state() -> str:
        found = articles.route53.get_traffic_policy_instance(Id=instance)
        text: str = found["TrafficPolicyInstance"]["State"]
        return text

    eventually(lambda: state() == "Applied", 60)
