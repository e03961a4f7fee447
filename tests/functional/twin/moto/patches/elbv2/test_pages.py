"""Pages of load balancers, listeners, rules and target groups over boto3."""

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import NetworkIds, create_load_balancer

FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]


def test_a_caller_that_deletes_what_a_page_of_rules_shows_sees_every_rule(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html"""
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "rules")["LoadBalancerArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=FIXED
    )["Listeners"][0]["ListenerArn"]
    for priority in range(1, 6):
        elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            Actions=FIXED,
        )

    seen = list[str]()
    pages = elb.get_paginator("describe_rules").paginate(
        ListenerArn=listener, PaginationConfig={"PageSize": 2}
    )
    for page in pages:
        for rule in page["Rules"]:
            seen.append(rule["Priority"])
            if not rule["IsDefault"]:
                elb.delete_rule(RuleArn=rule["RuleArn"])

    assert sorted(seen) == ["1", "2", "3", "4", "5", "default"]
    elb.delete_load_balancer(LoadBalancerArn=balancer)


def test_a_caller_that_deletes_what_a_page_of_load_balancers_shows_sees_every_one(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html"""
    elb = shared.client("elbv2", PARIS)
    names = ["paged1", "paged2", "paged3"]
    arns = [create_load_balancer(shared, PARIS, paris, name)["LoadBalancerArn"] for name in names]

    seen = list[str]()
    pages = elb.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 1})
    for page in pages:
        for balancer in page["LoadBalancers"]:
            seen.append(balancer["LoadBalancerName"])
            if balancer["LoadBalancerArn"] in arns:
                elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])

    assert [name for name in seen if name in names] == names


def test_listeners_and_target_groups_come_in_pages(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html
    """
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "listeners")["LoadBalancerArn"]
    ports, names = [81, 82, 83], ["paged1", "paged2", "paged3"]
    for port in ports:
        elb.create_listener(
            LoadBalancerArn=balancer, Port=port, Protocol="HTTP", DefaultActions=FIXED
        )
    groups = [
        elb.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
        for name in names
    ]

    listener_pages = list(
        elb.get_paginator("describe_listeners").paginate(
            LoadBalancerArn=balancer, PaginationConfig={"PageSize": 2}
        )
    )
    group_pages = list(
        elb.get_paginator("describe_target_groups").paginate(
            Names=names, PaginationConfig={"PageSize": 2}
        )
    )

    shown = [[listener["Port"] for listener in page["Listeners"]] for page in listener_pages]
    assert shown == [[81, 82], [83]]
    assert [len(page["TargetGroups"]) for page in group_pages] == [2, 1]
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    for arn in groups:
        elb.delete_target_group(TargetGroupArn=arn)


def test_a_marker_that_no_page_has_given_is_refused(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html"""
    elb = shared.client("elbv2", PARIS)

    for marker in ("x", "eA==", "é"):
        expect_aws_error("ValidationError", elb.describe_load_balancers, Marker=marker)
