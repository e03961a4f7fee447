"""Who is acted on: AWS or a twin, which account, by whom.

Decides whether endpoint, credentials and stack belong together, before anything is done: a twin's
outputs with real credentials, or the other way round, are refused. Refuses to know what is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from common.loopback import is_loopback
from muster.aws.clients import AwsClients
from muster.config import MusterSettings
from muster.errors import AccountError, CallFailed, Unreachable
from muster.model import Stack

LocationKind = Literal["aws", "twin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLocation:
    """Where the stack is, as far as it can be known without asking."""

    kind: LocationKind
    endpoint_url: str | None
    account: str
    """As the stack's outputs say."""

    @property
    def description(self) -> str:
        """How it is named to a person."""
        if self.kind == "aws":
            at = f" at {self.endpoint_url}" if self.endpoint_url else ""
            return f"AWS{at}, account {self.account}"
        return f"the twin at {self.endpoint_url}, account {self.account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCaller:
    """Whose credentials act, as STS says."""

    account: str
    arn: str


def locate_stack(settings: MusterSettings, stack: Stack) -> StackLocation:
    """Where the stack is. Raises WrongTarget when endpoint and outputs disagree."""
    kind: LocationKind = "twin" if is_loopback(settings.endpoint_url) else "aws"
    of_twin = all(ip_address(ip).is_loopback for ip in stack.static_ips)
    shown = f"{stack.source or 'the outputs'} (static address {stack.static_ips[0]})"
    if of_twin and kind == "aws":
        raise AccountError(
            f"{shown} is of a twin, but no endpoint of a twin is set; `source .twin/env`, or name"
            " the outputs of the stack on AWS (--outputs, --stack)"
        )
    if kind == "twin" and not of_twin:
        raise AccountError(
            f"{shown} is not of a twin, but {settings.origin('endpoint_url').name} is"
            f" {settings.endpoint_url}; unset it to act on AWS"
        )
    return StackLocation(kind=kind, endpoint_url=settings.endpoint_url, account=stack.account)


async def identify_caller(
    clients: AwsClients, stack: Stack, regions: Sequence[str] = ()
) -> AwsCaller:
    """Whose credentials act. Asks STS in one Region after the other until one answers.

    Raises WrongTarget for another account than the stack's, Unreachable when no Region answers.
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
            raise AccountError(f"the AWS credentials are refused: {exc}{_clock(exc)}") from exc
        return _checked(AwsCaller(account=answer["Account"], arn=answer["Arn"]), stack)
    assert failed is not None  # noqa: S101 - a stack has Regions
    raise failed


def _clock(error: CallFailed) -> str:
    """A signature holds for minutes: https://repost.aws/knowledge-center/lambda-sdk-signature"""
    off = any(told in error.why for told in ("Signature expired", "Signature not yet current"))
    return "; is this machine's clock right?" if off else ""


def _checked(identity: AwsCaller, stack: Stack) -> AwsCaller:
    if identity.account != stack.account:
        raise AccountError(
            f"the AWS credentials are of account {identity.account} ({identity.arn}), but the stack"
            f" of {stack.source or 'the outputs'} is in account {stack.account}"
        )
    return identity
