"""IAM enforced by control, over boto3 and over plain HTTP.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import contextlib
import gzip
import http.client
import json
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
)
from tests.functional.twin.control.resources import create_function
from tests.lambda_function import TRUST
from twin import codec
from twin.iam.directory import IdentityDirectory, directory_path
from twin.runtime.instance import ACCOUNT, internal_url
from twin.settings import TwinSettings

NO_RETRIES = Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process that enforces IAM."""
    settings = TwinSettings(speed=100, enforce_iam=True)
    process = ControlProcess(tmp_path_factory.mktemp("enforcing"), settings)
    process.start()
    yield process
    process.kill()


class Account:
    """A user of the account, whose permissions a test sets."""

    def __init__(self, control: ControlProcess, name: str) -> None:
        self.control = control
        self.name = name
        self.iam = control.client("iam", "us-east-1")
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        self.key = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def allow(self, *actions: str, resource: str = "*", **members: object) -> None:
        """Replace the user's permissions."""
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource, **members}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.iam.put_user_policy(
            UserName=self.name, PolicyName="p", PolicyDocument=json.dumps(document)
        )

    def client(self, service: str, region: str = FRANKFURT) -> Any:  # noqa: ANN401 - boto3's own
        return boto3.client(  # type: ignore[call-overload]  # the service is chosen at run time
            service,
            region_name=region,
            endpoint_url=internal_url(self.control.instance.control_address),
            aws_access_key_id=self.key.access_key,
            aws_secret_access_key=self.key.secret_key,
            aws_session_token=self.key.token,
            config=NO_RETRIES,
        )


def error_of(call: Any, **parameters: object) -> tuple[str, str]:  # noqa: ANN401 - boto3's method
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_nothing_is_allowed_before_a_policy_allows_it(enforcing: ControlProcess) -> None:
    user = Account(enforcing, "nobody")
    denied = {
        ("acm", "list_certificates"): "AccessDeniedException",
        ("apigateway", "get_rest_apis"): "AccessDeniedException",
        ("apigatewayv2", "get_apis"): "AccessDeniedException",
        ("cloudwatch", "list_metrics"): "AccessDeniedException",
        ("ec2", "describe_vpcs"): "UnauthorizedOperation",
        ("elbv2", "describe_load_balancers"): "AccessDenied",
        ("iam", "list_roles"): "AccessDenied",
        ("lambda", "list_functions"): "AccessDeniedException",
        ("logs", "describe_log_groups"): "AccessDeniedException",
        ("resourcegroupstaggingapi", "get_resources"): "AccessDeniedException",
        ("route53", "list_hosted_zones"): "AccessDenied",
    }
    for (service, operation), code in denied.items():
        found, message = error_of(getattr(user.client(service), operation))
        assert (service, found) == (service, code)
        assert f"User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform:" in message
        assert "because no identity-based policy allows the" in message
    accelerators = user.client("globalaccelerator", HOME_REGION)
    assert error_of(accelerators.list_accelerators)[0] == "AccessDeniedException"
    assert user.client("sts").get_caller_identity()["Arn"].endswith(":user/nobody")


def test_a_permission_works_at_once_and_so_does_its_end(enforcing: ControlProcess) -> None:
    user = Account(enforcing, "quick")
    client = user.client("ec2")
    for _ in range(3):
        user.allow("ec2:DescribeVpcs")
        client.describe_vpcs()
        user.allow("ec2:DescribeSubnets")
        assert error_of(client.describe_vpcs)[0] == "UnauthorizedOperation"
    user.iam.update_access_key(UserName="quick", AccessKeyId=user.key.access_key, Status="Inactive")
    assert error_of(client.describe_subnets)[0] == "AuthFailure"


def test_a_boundary_limits_what_a_user_may_do(enforcing: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    user = Account(enforcing, "bounded")
    user.allow("ec2:*")
    client = user.client("ec2")

    user.iam.put_user_permissions_boundary(
        UserName="bounded", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    )

    client.describe_vpcs()
    code, message = error_of(client.create_vpc, CidrBlock="10.0.0.0/16")
    assert code == "UnauthorizedOperation"
    assert "because no permissions boundary allows the ec2:CreateVpc action" in message


def test_both_apis_of_api_gateway_are_allowed_by_verb_and_path(enforcing: ControlProcess) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html"""
    user = Account(enforcing, "reader")
    http_apis, rest_apis = user.client("apigatewayv2"), user.client("apigateway")

    user.allow("apigateway:GET", resource=f"arn:aws:apigateway:{FRANKFURT}::/apis")
    assert http_apis.get_apis()["Items"] == []
    code, message = error_of(http_apis.create_api, Name="a", ProtocolType="HTTP")
    assert code == "AccessDeniedException"
    assert f"apigateway:POST on resource: arn:aws:apigateway:{FRANKFURT}::/apis" in message
    assert error_of(rest_apis.get_rest_apis)[0] == "AccessDeniedException"

    user.allow("apigateway:GET", resource=f"arn:aws:apigateway:{FRANKFURT}::/restapis")
    assert rest_apis.get_rest_apis()["items"] == []


def test_a_function_needs_a_role_that_may_be_passed(enforcing: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    user = Account(enforcing, "deployer")
    role = user.iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    user.allow("lambda:*")

    with pytest.raises(ClientError, match="iam:PassRole on resource: " + role):
        user.client("lambda").create_function(
            FunctionName="f",
            Role=role,
            Code={"ZipFile": b"zip"},
            Handler="a.b",
            Runtime="python3.13",
        )


def test_tags_bound_what_may_be_changed(enforcing: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""
    user = Account(enforcing, "tagger")
    root = enforcing.client("ec2")
    mine, others = (root.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    root.create_tags(Resources=[mine], Tags=[{"Key": "owner", "Value": "tagger"}])
    condition = {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}
    user.allow("ec2:DeleteVpc", Condition=condition)

    assert error_of(user.client("ec2").delete_vpc, VpcId=others)[0] == "UnauthorizedOperation"
    user.client("ec2").delete_vpc(VpcId=mine)


def test_tags_of_an_accelerator_bound_it_too(enforcing: ControlProcess) -> None:
    user = Account(enforcing, "accelerator")
    root = enforcing.client("globalaccelerator", HOME_REGION)
    made = root.create_accelerator(Name="a", Tags=[{"Key": "stage", "Value": "test"}])
    arn = made["Accelerator"]["AcceleratorArn"]
    client = user.client("globalaccelerator", HOME_REGION)

    user.allow("globalaccelerator:*", Condition={"StringEquals": {"aws:ResourceTag/stage": "test"}})
    client.describe_accelerator(AcceleratorArn=arn)
    user.allow("globalaccelerator:*", Condition={"StringEquals": {"aws:ResourceTag/stage": "x"}})
    assert error_of(client.describe_accelerator, AcceleratorArn=arn)[0] == "AccessDeniedException"


def test_the_directory_has_the_functions_policies(enforcing: ControlProcess) -> None:
    create_function(enforcing, FRANKFURT, "invoked")
    enforcing.client("lambda").add_permission(
        FunctionName="invoked",
        StatementId="alice",
        Action="lambda:InvokeFunction",
        Principal=f"arn:aws:iam::{ACCOUNT}:user/alice",
    )

    directory = codec.loads(IdentityDirectory, directory_path(enforcing.instance).read_bytes())

    arn = f"arn:aws:lambda:{FRANKFURT}:{ACCOUNT}:function:invoked"
    (statement,) = json.loads(directory.function_policies[arn])["Statement"]
    assert statement["Sid"] == "alice"
    assert statement["Effect"] == "Allow"


def send(control: ControlProcess, request: AWSRequest) -> tuple[int, bytes]:
    address = control.instance.control_address
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
        connection.request(
            str(request.method), str(request.url), request.data, dict(request.headers)
        )
        response = connection.getresponse()
        return response.status, response.read()


def sign(user: Account, service: str, request: AWSRequest) -> AWSRequest:
    botocore.auth.SigV4Auth(user.key, service, FRANKFURT).add_auth(request)
    request.url = "/" + str(request.url).split("/", 3)[3]
    return request


HOST = {"Host": "127.0.0.1:4566"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("service", "method", "url", "headers", "body"),
    [
        ("iam", "POST", "/", {"X-Amz-Target": "X.ListUsers"}, "Action=DeleteUser&UserName=judged"),
        ("iam", "POST", "/?Action=ListUsers", {}, "Action=DeleteUser&UserName=judged"),
        ("lambda", "DELETE", "/2015-03-31/functions/f?Action=ListFunctions", {}, ""),
        ("iam", "POST", "/", {"X-Amz-Target": "GlobalAccelerator_V20180706.ListUsers"}, "{}"),
    ],
)
def test_what_is_judged_is_what_is_done(
    enforcing: ControlProcess,
    service: str,
    method: str,
    url: str,
    headers: dict[str, str],
    body: str,
) -> None:
    """A request that names a harmless operation in one way and another in a second way."""
    user = Account(enforcing, f"judge-{abs(hash((service, method, url, body)))}")
    user.allow("iam:ListUsers", "lambda:ListFunctions")
    request = AWSRequest(
        method=method, url=f"http://h{url}", data=body.encode(), headers={**HOST, **FORM, **headers}
    )

    status, answer = send(enforcing, sign(user, service, request))

    assert status in (400, 403, 501), answer


def test_a_compressed_call_is_judged_by_its_compressed_signature(
    enforcing: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html"""
    user = Account(enforcing, "packer")
    user.allow("cloudwatch:PutMetricData")
    data = {"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 1.0}]}
    request = AWSRequest(
        method="POST",
        url="http://h/",
        data=gzip.compress(json.dumps(data).encode()),
        headers={
            **HOST,
            "Content-Encoding": "gzip",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
        },
    )

    status, answer = send(enforcing, sign(user, "monitoring", request))

    assert status == 200, answer


def test_an_unsigned_call_is_refused(enforcing: ControlProcess) -> None:
    request = AWSRequest(method="POST", url="/", data=b"Action=ListUsers", headers=FORM)

    status, _ = send(enforcing, request)

    assert status >= 400


def test_roles_are_assumed_and_bounded_by_session_policies(enforcing: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session"""
    user = Account(enforcing, "assumer")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trusted = {**trust, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/assumer"}}
    role = user.iam.create_role(
        RoleName="operator",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    user.iam.put_role_policy(
        RoleName="operator",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everything}),
    )
    bound = json.dumps(
        {"Version": "2012-10-17", "Statement": {**everything, "Action": "ec2:Describe*"}}
    )
    sts = user.client("sts")
    made = sts.assume_role(RoleArn=role, RoleSessionName="drill", Policy=bound)["Credentials"]
    user.key = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    user.client("ec2").describe_vpcs()
    code, message = error_of(user.client("iam").list_roles)

    assert code == "AccessDenied"
    assert "assumed-role/operator/drill" in message
    assert "no session policy allows" in message
    assert error_of(enforcing.client("sts").assume_role, RoleArn=role, RoleSessionName="drill") == (
        "AccessDenied",
        "Roles may not be assumed by root accounts.",
    )
