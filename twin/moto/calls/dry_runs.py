"""EC2's dry runs: "Request would have succeeded, but DryRun flag is set."

EC2 judges a dry run as the call itself, with what it finds in the account, and changes nothing: a
RunInstances fails where the account has no default VPC, for example.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
https://github.com/aws/karpenter-provider-aws/pull/7844
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.calls.request_parser import parse_call

FLAG = "DryRun"


def read_dry_run(call: AwsCall) -> AwsCall | None:
    """The call that a dry run stands for, without the flag; None for any other call.

    The call has been checked. Lambda's dry runs are judged by Lambda.
    """
    if call.service != "ec2" or (FLAG not in call.query and FLAG.encode() not in call.body):
        return None
    if parse_call(call).parameters.get(FLAG) is not True:
        return None
    query = _without_flag(call.query)
    return replace(
        call,
        url=f"{call.path}?{query}" if query else call.path,
        body=_without_flag(call.body.decode()).encode() if call.is_form else call.body,
    )


def _without_flag(form: str) -> str:
    fields = parse_qsl(form, keep_blank_values=True)
    return urlencode([(name, value) for name, value in fields if name != FLAG])


def answer_dry_run(call: AwsCall) -> AwsResponse:
    """The answer where the call itself would have succeeded."""
    message = "Request would have succeeded, but DryRun flag is set."
    return aws_error_response(call, 412, "DryRunOperation", message)
