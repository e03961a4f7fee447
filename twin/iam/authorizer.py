"""Judges a call: its signature, its caller, and each permission that it needs.

The parts are pure; this module puts them together with what a process knows of its own resources:
control of moto's, a Region of its tables.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from common.aws import control_plane_region
from twin.iam.caller import (
    AccountCredentials,
    Caller,
    CredentialProblem,
    CredentialsRejected,
    find_caller,
)
from twin.iam.conditions import RequestContext
from twin.iam.directory import IdentityDirectory
from twin.iam.evaluation import (
    AccessQuestion,
    PrincipalKind,
    decide_access,
    describe_refusal,
)
from twin.iam.refusals import (
    OF_CREDENTIALS,
    OF_SIGNATURES,
    Refusal,
    RefusalKind,
    respond_refusal,
)
from twin.iam.requirements.lookup import find_requirements
from twin.iam.requirements.model import CallScope, Parameters, Requirement, tag_keys
from twin.iam.session_token import TokenIssuer
from twin.iam.signature import (
    ReceivedRequest,
    RequestSignature,
    SignatureProblem,
    parse_signature,
    verify_signature,
)
from twin.internal_api.schemas import SOURCE_IP_HEADER
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response

log = logging.getLogger(__name__)

DOCS = "docs/services.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCall:
    """What a call will be taken for by the process that answers it."""

    service: str
    """The signing name."""
    operation: str
    parameters: Parameters
    table: str = ""
    """The key of its permissions (twin.iam.requirements); empty for the signing name."""
    region: str | None = None
    """The Region that will answer; None for the one that the call is signed for."""


def read_json_parameters(call: AwsCall) -> dict[str, Any] | None:
    """The parameters of a JSON protocol; None for a body that is no JSON object."""
    try:
        parameters = json.loads(call.body or b"{}")
    except (ValueError, RecursionError):
        return None
    return parameters if isinstance(parameters, dict) else None


class ResourceFacts(Protocol):
    """What a process knows of the calls that it answers, and of their resources."""

    def read_operation(self, call: AwsCall) -> OperationCall | None:
        """The operation; None for a call that the process will refuse as unreadable."""

    def resource_policy(self, arn: str) -> str | None: ...

    def resource_tags(self, arn: str) -> Mapping[str, str]: ...

    def partition_key(self, table: str, index: str) -> str | None: ...


class AccessRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Authorizer:
    """Enforces IAM in one process."""

    def __init__(
        self,
        *,
        account: str,
        root_key: str,
        read_directory: Callable[[], IdentityDirectory],
        issuer: TokenIssuer,
        now: Callable[[], float],
        facts: ResourceFacts,
    ) -> None:
        """`now` gives seconds since 1970; `root_key` is the twin's own access key."""
        self._account = account
        self._root_key = root_key
        self._read_directory = read_directory
        self._issuer = issuer
        self._now = now
        self._facts = facts

    def check(self, call: AwsCall, signed: AwsCall, source_ip: str = "") -> AwsResponse | None:
        """The error response to a call that must not be answered; None for the others.

        `signed` is the call as it was received, where it was translated. The gateway tells the
        caller's address; `source_ip` is that of a call that did not come through it.
        """
        operation = self._facts.read_operation(call)
        service = operation.service if operation else call.service or ""
        try:
            caller, signature = self.authenticate(signed)
            if operation is None:
                return None
            log.debug("%s calls %s in %s", caller.principal.arn, operation, signature.region)
            _check_scope(caller, signature, operation)
            region = control_plane_region(service=service, region=signature.region)
            scope = CallScope(
                region=region,
                account=self._account,
                caller_arn=caller.principal.arn,
                directory=self._read_directory(),
                partition_key=self._facts.partition_key,
            )
            table = operation.table or service
            needed = find_requirements(table, operation.operation, operation.parameters, scope)
            if needed is None:
                message = f"The twin does not serve {call.label}; {DOCS} lists what it serves."
                return aws_error_response(call, 501, "NotImplemented", message)
            source_ip = call.headers.get(SOURCE_IP_HEADER, source_ip)
            context = describe_call(call, caller, region, source_ip, self._now())
            context.update(tag_keys(operation.parameters))
            for requirement in needed:
                self._judge(requirement, caller, scope, context)
        except AccessRefused as exc:
            log.info("refused: %s", exc)
            return respond_refusal(call, service, exc.refusal)
        return None

    def authenticate(self, call: AwsCall) -> tuple[Caller, RequestSignature]:
        """Check the signature; who has signed. Raises AccessRefused."""
        request = received_request(call)
        now = self._now()
        try:
            signature = parse_signature(request)
            known = AccountCredentials(
                account=self._account,
                root_key=self._root_key,
                directory=self._read_directory(),
                issuer=self._issuer,
            )
            caller = find_caller(signature.access_key, signature.session_token, known, now)
            verify_signature(request, signature, caller.secret, now)
        except SignatureProblem as exc:
            raise AccessRefused(Refusal(OF_SIGNATURES[exc.kind], str(exc))) from exc
        except CredentialsRejected as exc:
            raise AccessRefused(OF_CREDENTIALS[exc.problem]) from exc
        return caller, signature

    def _judge(
        self,
        requirement: Requirement,
        caller: Caller,
        scope: CallScope,
        context: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Raises AccessRefused."""
        principal = caller.principal
        if requirement.is_trust and principal.kind is PrincipalKind.ROOT:
            # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
            raise _denied("Roles may not be assumed by root accounts.")
        arn = requirement.resource
        question = AccessQuestion(
            action=requirement.action,
            resource=arn,
            context=RequestContext(
                values={**context, **requirement.keys},
                read_resource_tags=lambda: self._tags(arn, scope.directory),
            ),
            resource_policy=self._policy(requirement, scope.directory),
            must_be_trusted=requirement.is_trust,
        )
        decision = decide_access(principal, caller.policies, question)
        if not decision.allowed:
            raise _denied(describe_refusal(principal, question, decision))

    def _policy(self, requirement: Requirement, directory: IdentityDirectory) -> str | None:
        if requirement.is_trust:
            role = directory.find_role(requirement.resource)
            return None if role is None else role.trust
        if requirement.resource.startswith("arn:aws:lambda:"):
            return directory.function_policies.get(requirement.resource)
        return self._facts.resource_policy(requirement.resource)

    def _tags(self, arn: str, directory: IdentityDirectory) -> Mapping[str, str]:
        known = {user.arn: user.tags for user in directory.users}
        known |= {role.arn: role.tags for role in directory.roles}
        return known[arn] if arn in known else self._facts.resource_tags(arn)


def _check_scope(caller: Caller, signature: RequestSignature, operation: OperationCall) -> None:
    """Raises AccessRefused for a call of another service or in another Region than it is signed
    for, and for one that credentials of GetSessionToken can't make.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    service = operation.service
    if signature.service != service:
        text = f"Credential should be scoped to correct service: '{service}'."
        raise AccessRefused(Refusal(RefusalKind.MISMATCH, text))
    if operation.region not in (None, signature.region):
        text = f"Credential should be scoped to a valid region, not '{signature.region}'."
        raise AccessRefused(Refusal(RefusalKind.MISMATCH, text))
    if caller.session is None or caller.principal.kind is PrincipalKind.SESSION:
        return
    if service == "iam":
        raise AccessRefused(OF_CREDENTIALS[CredentialProblem.UNKNOWN])
    if service == "sts" and operation.operation not in ("AssumeRole", "GetCallerIdentity"):
        raise _denied(f"Cannot call {operation.operation} with session credentials")


def _denied(message: str) -> AccessRefused:
    return AccessRefused(Refusal(RefusalKind.DENIED, message))


def received_request(call: AwsCall) -> ReceivedRequest:
    path, _, query = call.url.partition("?")
    return ReceivedRequest(
        method=call.method, path=path, query=query, headers=call.headers, body=call.body
    )


def describe_call(
    call: AwsCall, caller: Caller, region: str, source_ip: str, now: float
) -> dict[str, tuple[str, ...]]:
    """The global condition keys of a call.

    aws:SecureTransport is true: the twin's endpoint stands for AWS's, which policies know by HTTPS.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    principal, session = caller.principal, caller.session
    keys: dict[str, Any] = {
        "aws:currenttime": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "aws:epochtime": str(int(now)),
        "aws:principalaccount": principal.account,
        "aws:principalarn": principal.role_arn or principal.arn,
        "aws:principalisawsservice": "false",
        "aws:principaltype": principal.kind.value,
        "aws:referer": call.headers.get("referer", ""),
        "aws:requestedregion": region,
        "aws:resourceaccount": principal.account,
        "aws:securetransport": "true",
        "aws:sourceip": source_ip,
        "aws:useragent": call.headers.get("user-agent", ""),
        "aws:userid": caller.user_id,
        "aws:username": caller.user_name,
        "aws:viaawsservice": "false",
    }
    keys |= {f"aws:principaltag/{name.lower()}": value for name, value in caller.tags.items()}
    if session is not None:
        issued = datetime.fromtimestamp(session.issued_at, UTC)
        keys["aws:tokenissuetime"] = f"{issued:%Y-%m-%dT%H:%M:%SZ}"
        keys["aws:multifactorauthpresent"] = "false"
        keys["aws:sourceidentity"] = session.source_identity
    return {key: (value,) for key, value in keys.items() if value}
