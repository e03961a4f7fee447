"""Where a stack is deployed, and whose credentials act on it.

Refuses a twin's outputs with AWS's endpoints, AWS's outputs with a twin's endpoint, and credentials
of another account than the stack's, before anything is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from common.network.loopback import is_loopback
from muster.aws.clients import AwsClients
from muster.config import MusterSettings
from muster.errors import AccountError, CallFailed, Unreachable
from muster.model import Stack

LocationKind = Literal["aws", "twin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLocation:
    """Where the stack is deployed, by settings and outputs alone."""

    kind: LocationKind
    endpoint_url: str | None
    account: str
    """Account id in the stack's outputs; empty if they have none."""

    @property
    def description(self) -> str:
        """`AWS, account 123456789012`, or the same of a twin."""
        return f"{self.address}, account {self.account}" if self.account else self.address

    @property
    def address(self) -> str:
        """`AWS`, or `the twin at http://127.0.0.1:4566`: what is known before anybody answers."""
        if self.kind == "aws":
            return f"AWS at {self.endpoint_url}" if self.endpoint_url else "AWS"
        return f"the twin at {self.endpoint_url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCaller:
    """The identity of the credentials, from STS."""

    account: str
    arn: str


def locate_stack(settings: MusterSettings, stack: Stack) -> StackLocation:
    """Where the stack is. Raises AccountError when endpoint and outputs disagree."""
    kind: LocationKind = "twin" if is_loopback(settings.endpoint_url) else "aws"
    if not stack.static_ips:  # without an accelerator only the endpoint tells
        return StackLocation(kind=kind, endpoint_url=settings.endpoint_url, account=stack.account)
    is_twin = all(ip_address(ip).is_loopback for ip in stack.static_ips)
    outputs = f"{stack.source or 'the outputs'} (static address {stack.static_ips[0]})"
    if is_twin and kind == "aws":
        raise AccountError(
            f"{outputs} is of a twin, but no endpoint of a twin is set; `source .twin/env`, or name"
            " the outputs of the stack on AWS (--outputs, --stack)"
        )
    if kind == "twin" and not is_twin:
        raise AccountError(
            f"{outputs} is not of a twin, but {settings.origin('endpoint_url').name} is"
            f" {settings.endpoint_url}; unset it to act on AWS"
        )
    return StackLocation(kind=kind, endpoint_url=settings.endpoint_url, account=stack.account)


async def identify_caller(
    clients: AwsClients, stack: Stack, regions: Sequence[str] = ()
) -> AwsCaller:
    """The identity of the credentials, from the first Region whose STS answers.

    Raises AccountError for another account than the stack's, Unreachable if no Region answers.
    """
    order = regions or (stack.home_region, *(r for r in stack.regions if r != stack.home_region))
    failed: CallFailed | None = None
    for region in order:
        try:
            answer = await clients.read("sts", region, "get_caller_identity")
        except Unreachable as exc:
            failed = failed or exc
            continue
        except CallFailed as exc:
            raise AccountError(f"the AWS credentials are refused: {exc}{_clock_hint(exc)}") from exc
        return _check_account(AwsCaller(account=answer["Account"], arn=answer["Arn"]), stack)
    assert failed is not None  # noqa: S101 - a stack has Regions
    raise failed


def _clock_hint(error: CallFailed) -> str:
    """A signature is valid for minutes: https://repost.aws/knowledge-center/lambda-sdk-signature"""
    clock_errors = ("Signature expired", "Signature not yet current")
    is_off = any(text in error.why for text in clock_errors)
    return "; is this machine's clock right?" if is_off else ""


def _check_account(identity: AwsCaller, stack: Stack) -> AwsCaller:
    if stack.account and identity.account != stack.account:
        raise AccountError(
            f"the AWS credentials are of account {identity.account} ({identity.arn}), but the stack"
            f" of {stack.source or 'the outputs'} is in account {stack.account};"
            " take credentials of that account (--profile), or name another stack (--stack)"
        )
    return identity
