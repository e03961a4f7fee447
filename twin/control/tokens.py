"""AWS STS: who a caller is, and temporary credentials.

Nothing is stored: a session is in its token (twin.iam.session_token). Without `--enforce-iam` every
key is accepted, and one that is unknown is the root user's; any role can be assumed then.
https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from twin.control.document_service import CallRefused
from twin.iam.authorizer import received_request
from twin.iam.caller import AccountCredentials, Caller, CredentialsRejected, find_caller
from twin.iam.directory import IdentityDirectory
from twin.iam.evaluation import PrincipalKind
from twin.iam.policy import PolicyUnreadable, parse_policy
from twin.iam.requirements.model import Parameters, read_tags
from twin.iam.session_token import Session, TemporaryCredentials, TokenIssuer, make_key_id
from twin.iam.signature import SignatureProblem, parse_signature
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response, make_request_id

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/\S+")
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns"""
ROLE_SESSION_S = 3600
USER_SESSION_S = 12 * 3600
MAX_ROOT_SESSION_S = 3600
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
MAX_CHAINED_S = 3600
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenService:
    account: str
    root_key: str
    """The twin's own access key."""
    issuer: TokenIssuer
    read_directory: Callable[[], IdentityDirectory]
    find_policy: Callable[[str], str | None]
    """ARN of a managed policy -> its document."""
    now: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    enforced: bool
    """Whether only roles that exist can be assumed."""

    def answer(self, call: AwsCall, operation: str, parameters: Parameters) -> AwsResponse:
        """Answer a call whose signature and permissions are checked, where that is asked for."""
        handlers: Mapping[str, Callable[[Caller, Parameters], str]] = {
            "AssumeRole": self._assume_role,
            "GetAccessKeyInfo": self._get_access_key_info,
            "GetCallerIdentity": self._get_caller_identity,
            "GetSessionToken": self._get_session_token,
        }
        try:
            result = handlers[operation](self._caller(call), parameters)
        except CallRefused as exc:
            return aws_error_response(call, exc.status, exc.code, exc.message)
        body = (
            f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{result}'
            f"</{operation}Result><ResponseMetadata><RequestId>{make_request_id(call)}</RequestId>"
            f"</ResponseMetadata></{operation}Response>"
        )
        return AwsResponse(status=200, headers=(("Content-Type", "text/xml"),), body=body.encode())

    def _caller(self, call: AwsCall) -> Caller:
        """The owner of the credentials; the root user for unknown ones."""
        try:
            signature = parse_signature(received_request(call))
            return self._find_caller(signature.access_key, signature.session_token)
        except (SignatureProblem, CredentialsRejected):
            return self._find_caller(self.root_key, "")

    def _find_caller(self, access_key: str, token: str) -> Caller:
        known = AccountCredentials(
            account=self.account,
            root_key=self.root_key,
            directory=self.read_directory(),
            issuer=self.issuer,
        )
        return find_caller(access_key, token, known, self.now())

    def _get_caller_identity(self, caller: Caller, _: Parameters) -> str:
        return (
            _element("Arn", caller.principal.arn)
            + _element("UserId", caller.user_id)
            + (_element("Account", self.account))
        )

    def _get_access_key_info(self, _: Caller, __: Parameters) -> str:
        """Every key is one of the twin's only account."""
        return _element("Account", self.account)

    def _get_session_token(self, caller: Caller, parameters: Parameters) -> str:
        if caller.session is not None:
            text = "Cannot call GetSessionToken with session credentials"
            raise CallRefused("AccessDenied", text, 403)
        is_root = caller.principal.kind is PrincipalKind.ROOT
        duration_s = int(parameters.get("DurationSeconds") or USER_SESSION_S)
        session = self._new_session(
            min(duration_s, MAX_ROOT_SESSION_S) if is_root else duration_s,
            user_arn="" if is_root else caller.principal.arn,
            is_root=is_root,
        )
        return self._credentials(session)

    def _assume_role(self, caller: Caller, parameters: Parameters) -> str:
        arn, name = str(parameters["RoleArn"]), str(parameters["RoleSessionName"])
        if not _ROLE_ARN.fullmatch(arn):
            raise CallRefused("ValidationError", f"{arn} is invalid")
        role = self.read_directory().find_role(arn)
        if role is None and self.enforced:
            raise CallRefused("AccessDenied", f"The role {arn} does not exist.", 403)
        duration_s = int(parameters.get("DurationSeconds") or ROLE_SESSION_S)
        if role is not None and duration_s > role.max_session_s:
            raise CallRefused(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
        inherited: Mapping[str, str] = {}
        source_identity = str(parameters.get("SourceIdentity") or "")
        if caller.principal.kind is PrincipalKind.SESSION and caller.session is not None:
            if duration_s > MAX_CHAINED_S:
                raise CallRefused(
                    "ValidationError",
                    "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                    "assumed by role chaining.",
                )
            inherited = _inherited_tags(caller.session)
            source_identity = _chained_identity(caller.session, source_identity)
        _check_tags(parameters, inherited)
        session = self._new_session(
            duration_s,
            role_arn=arn,
            name=name,
            policies=self._session_policies(parameters),
            tags={**inherited, **read_tags(parameters)},
            transitive_tags=(
                *inherited,
                *map(str, parameters.get("TransitiveTagKeys") or ()),
            ),
            source_identity=source_identity,
        )
        role_id = "AROA" + "0" * 16 if role is None else role.id
        user = _element("AssumedRoleId", f"{role_id}:{name}") + _element(
            "Arn",
            f"arn:aws:sts::{self.account}:assumed-role/{arn.rpartition('/')[2]}/{name}",
        )
        result = self._credentials(session) + f"<AssumedRoleUser>{user}</AssumedRoleUser>"
        return result + (_element("SourceIdentity", source_identity) if source_identity else "")

    def _session_policies(self, parameters: Parameters) -> tuple[str, ...]:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session"""
        policies = []
        inline = str(parameters.get("Policy") or "")
        if inline:
            try:
                parse_policy(inline)
            except PolicyUnreadable as exc:
                text = f"This policy contains invalid Json: {exc}"
                raise CallRefused("MalformedPolicyDocument", text) from None
            policies.append(inline)
        for reference in parameters.get("PolicyArns") or ():
            document = self.find_policy(str(reference.get("arn", "")))
            if document is None:
                text = f"Policy {reference.get('arn')} does not exist or is not attachable."
                raise CallRefused("MalformedPolicyDocument", text)
            policies.append(document)
        return tuple(policies)

    def _new_session(self, duration_s: int, **fields: Any) -> Session:  # noqa: ANN401 - of Session
        now = self.now()
        return Session(
            key_id=make_key_id(self.random_bytes(10)),
            issued_at=now,
            expires_at=now + duration_s,
            **fields,
        )

    def _credentials(self, session: Session) -> str:
        issued: TemporaryCredentials = self.issuer.issue(session)
        expires = datetime.fromtimestamp(session.expires_at or 0, UTC)
        members = (
            _element("AccessKeyId", issued.key_id)
            + _element("SecretAccessKey", issued.secret)
            + _element("SessionToken", issued.token)
            + _element("Expiration", f"{expires:%Y-%m-%dT%H:%M:%SZ}")
        )
        return f"<Credentials>{members}</Credentials>"


# -- chains of roles


def _inherited_tags(session: Session) -> dict[str, str]:
    """The transitive tags; keys are not case-sensitive."""
    transitive = {key.lower() for key in session.transitive_tags}
    return {key: value for key, value in session.tags.items() if key.lower() in transitive}


def _chained_identity(session: Session, asked: str) -> str:
    """The source identity stays as it was set first. Raises CallRefused.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    if session.source_identity and asked not in ("", session.source_identity):
        text = "The source identity is already set for this assume role session"
        raise CallRefused("ValidationError", text)
    return session.source_identity or asked


def _check_tags(parameters: Parameters, inherited: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html. Raises CallRefused."""
    keys = [str(tag["Key"]).lower() for tag in parameters.get("Tags") or ()]
    transitive = {str(key).lower() for key in parameters.get("TransitiveTagKeys") or ()}
    problem = ""
    if len(set(keys)) < len(keys):
        problem = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    elif not {key.lower() for key in inherited}.isdisjoint(keys):
        problem = (
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )
    elif not transitive.issubset(keys):
        problem = "The specified transitive tag key must be included in the requested tags."
    if problem:
        raise CallRefused("InvalidParameterValue", problem)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
