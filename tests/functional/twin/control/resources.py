"""Creates the resources of a deployment with boto3, as the Pulumi program creates them."""

from dataclasses import dataclass
from typing import Any

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess
from tests.lambda_function import TRUST, make_zip
from tests.x509_factory import make_certificate

POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:GetItem",'
    '"Resource":"arn:aws:dynamodb:eu-central-1:123456789012:table/items"}]}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIds:
    """Network of a load balancer."""

    vpc: str
    subnets: tuple[str, ...]
    security_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIds:
    """Load balancer and function of one Region."""

    region: str
    network: NetworkIds
    load_balancer: str
    address: str
    target_group: str
    listener: str
    function: str
    alias: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorIds:
    """An accelerator with one listener and a group for each Region."""

    arn: str
    listener: str
    groups: dict[str, str]
    """Region -> ARN."""


def create_network(control: ControlProcess, region: str) -> NetworkIds:
    """VPC, two subnets, internet gateway, routes, security group."""
    ec2: Any = control.client("ec2", region)
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = []
    for number, zone in enumerate(zones[:2]):
        cidr = f"10.0.{number}.0/24"
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
        subnets.append(subnet["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
    group = ec2.create_security_group(GroupName="alb", Description="alb", VpcId=vpc)["GroupId"]
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    ec2.create_tags(Resources=[vpc, *subnets, group], Tags=[{"Key": "project", "Value": "muster"}])
    return NetworkIds(vpc=vpc, subnets=tuple(subnets), security_group=group)


def import_certificate(control: ControlProcess, region: str, *names: str) -> str:
    """A certificate that signs itself; its ARN."""
    made = make_certificate(*names)
    acm: Any = control.client("acm", region)
    return str(
        acm.import_certificate(Certificate=made.pem, PrivateKey=made.key_pem)["CertificateArn"]
    )


def create_load_balancer(
    control: ControlProcess,
    region: str,
    at: NetworkIds,
    name: str = "alb",
    scheme: str = "internal",
) -> dict[str, Any]:
    """An Application Load Balancer."""
    elb: Any = control.client("elbv2", region)
    created: dict[str, Any] = elb.create_load_balancer(
        Name=name,
        Subnets=list(at.subnets),
        SecurityGroups=[at.security_group],
        Scheme=scheme,
        Tags=[{"Key": "project", "Value": "muster"}],
    )["LoadBalancers"][0]
    return created


def create_function(
    control: ControlProcess, region: str, name: str = "app"
) -> tuple[str, str, str]:
    """Role, function with version 1, alias `live`; the ARNs of the three."""
    iam: Any = control.client("iam", "us-east-1")
    role = iam.create_role(
        RoleName=f"{name}-{region}",
        AssumeRolePolicyDocument=TRUST,
        Tags=[{"Key": "project", "Value": "muster"}],
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=f"{name}-{region}", PolicyName="table", PolicyDocument=POLICY)
    control.client("logs", region).create_log_group(
        logGroupName=f"/aws/lambda/{name}", tags={"project": "muster"}
    )
    functions: Any = control.client("lambda", region)
    created = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": make_zip()},
        Timeout=4,
        MemorySize=256,
        Architectures=["arm64"],
        Environment={"Variables": {"TABLE": "items"}},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{name}"},
        Tags={"project": "muster"},
        Publish=True,
    )
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return role, created["FunctionArn"], alias["AliasArn"]


def create_service(control: ControlProcess, region: str) -> ServiceIds:
    """All resources of one Region."""
    at = create_network(control, region)
    balancer = create_load_balancer(control, region, at)
    role, function_arn, alias = create_function(control, region)
    elb: Any = control.client("elbv2", region)
    target_group = elb.create_target_group(
        Name="app",
        TargetType="lambda",
        HealthCheckEnabled=True,
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
        Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]
    control.client("lambda", region).add_permission(
        FunctionName="app",
        Qualifier="live",
        StatementId="alb",
        Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com",
        SourceArn=target_group,
    )
    elb.register_targets(TargetGroupArn=target_group, Targets=[{"Id": alias}])
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )["Listeners"][0]["ListenerArn"]
    return ServiceIds(
        region=region,
        network=at,
        load_balancer=balancer["LoadBalancerArn"],
        address=balancer["DNSName"],
        target_group=target_group,
        listener=listener,
        function=function_arn,
        alias=alias,
        role=role,
    )


def create_accelerator(control: ControlProcess, services: tuple[ServiceIds, ...]) -> AcceleratorIds:
    """Accelerator, listener on port 80, a group for each service."""
    client: Any = control.client("globalaccelerator", HOME_REGION)
    arn = client.create_accelerator(Name="muster", Tags=[{"Key": "project", "Value": "muster"}])[
        "Accelerator"
    ]["AcceleratorArn"]
    listener = client.create_listener(
        AcceleratorArn=arn, Protocol="TCP", PortRanges=[{"FromPort": 80, "ToPort": 80}]
    )["Listener"]["ListenerArn"]
    groups = {
        one.region: client.create_endpoint_group(
            ListenerArn=listener,
            EndpointGroupRegion=one.region,
            TrafficDialPercentage=100,
            EndpointConfigurations=[{"EndpointId": one.load_balancer, "Weight": 100}],
        )["EndpointGroup"]["EndpointGroupArn"]
        for one in services
    }
    return AcceleratorIds(arn=arn, listener=listener, groups=groups)
