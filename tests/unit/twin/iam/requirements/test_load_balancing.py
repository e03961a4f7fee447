"""Permissions of Elastic Load Balancing and Global Accelerator.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglobalaccelerator.html
"""

from tests.unit.twin.iam.requirements.requirement_lists import (
    ACCOUNT,
    REGION,
    find,
    keys_of,
    needs,
)

ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
BALANCER = f"{ELB}:loadbalancer/app/web/0123456789abcdef"
LISTENER = f"{ELB}:listener/app/web/0123456789abcdef/fedcba9876543210"
TAGS = [{"Key": "a", "Value": "b"}]
ACCELERATOR = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/1"
GROUP = f"{ACCELERATOR}/listener/2/endpoint-group/3"


def test_descriptions_are_about_everything() -> None:
    assert needs("elasticloadbalancing", "DescribeTargetHealth", TargetGroupArn="x") == [
        ("elasticloadbalancing:DescribeTargetHealth", "*")
    ]


def test_a_new_resource_has_its_name_and_any_id() -> None:
    group = needs("elasticloadbalancing", "CreateTargetGroup", Name="web")
    balancer = needs("elasticloadbalancing", "CreateLoadBalancer", Name="web")

    assert group == [("elasticloadbalancing:CreateTargetGroup", f"{ELB}:targetgroup/web/*")]
    assert balancer[0] == (
        "elasticloadbalancing:CreateLoadBalancer",
        f"{ELB}:loadbalancer/app/web/*",
    )


def test_the_first_load_balancer_makes_the_services_role() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html"""
    found = needs("elasticloadbalancing", "CreateLoadBalancer", Name="web")

    assert found[1][0] == "iam:CreateServiceLinkedRole"
    assert found[1][1].endswith("/AWSServiceRoleForElasticLoadBalancing")


def test_tags_on_creation_need_the_permission_to_tag() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html"""
    created = {
        "CreateLoadBalancer": ({"Name": "web"}, f"{ELB}:loadbalancer/app/web/*"),
        "CreateTargetGroup": ({"Name": "web"}, f"{ELB}:targetgroup/web/*"),
        "CreateListener": ({"LoadBalancerArn": BALANCER}, f"{LISTENER.rpartition('/')[0]}/*"),
        "CreateRule": (
            {"ListenerArn": LISTENER},
            LISTENER.replace(":listener/", ":listener-rule/") + "/*",
        ),
    }
    for operation, (parameters, resource) in created.items():
        found = find("elasticloadbalancing", operation, **parameters, Tags=TAGS)
        assert found[1].action == "elasticloadbalancing:AddTags"
        assert found[1].resource == resource
        assert found[1].keys == {"elasticloadbalancing:createaction": (operation,)}


def test_settings_of_a_listener_are_condition_keys() -> None:
    keys = keys_of(
        "elasticloadbalancing",
        "CreateListener",
        LoadBalancerArn=BALANCER,
        Protocol="HTTPS",
        SslPolicy="P",
    )

    assert keys == {
        "elasticloadbalancing:listenerprotocol": ("HTTPS",),
        "elasticloadbalancing:securitypolicy": ("P",),
    }


def test_an_accelerators_operations_are_about_its_parts() -> None:
    assert needs("globalaccelerator", "UpdateEndpointGroup", EndpointGroupArn=GROUP) == [
        ("globalaccelerator:UpdateEndpointGroup", GROUP)
    ]
    assert needs("globalaccelerator", "CreateListener", AcceleratorArn=ACCELERATOR) == [
        ("globalaccelerator:CreateListener", ACCELERATOR)
    ]


def test_endpoints_are_added_by_an_update_of_their_group() -> None:
    assert needs("globalaccelerator", "AddEndpoints", EndpointGroupArn=GROUP) == [
        ("globalaccelerator:AddEndpoints", GROUP),
        ("globalaccelerator:UpdateEndpointGroup", GROUP),
    ]


def test_the_first_accelerator_makes_the_services_role() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/using-service-linked-roles.html"""
    found = needs("globalaccelerator", "CreateAccelerator", Name="a")

    assert found[0] == ("globalaccelerator:CreateAccelerator", "*")
    assert found[1][1].endswith("/AWSServiceRoleForGlobalAccelerator")
