"""The identities of a twin that enforces IAM: deployer and operator, with the shipped policies.

`make up` creates both users by the root user's key, as an administrator would: docs/iam.md has the
policies. Pulumi then runs as the deployer. `.twin/deployer.env` and `.twin/operator.env` have their
access keys, for a shell that has sourced `.twin/env`.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.files.atomic_file import write_atomically
from twin.iam.session_token import read_root_secret
from twin.runtime.instance import ACCOUNT, Instance

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

DEPLOYER, OPERATOR = "deployer", "operator"
DEPLOYER_POLICIES = {
    "muster-deployer": "docs/iam/deployer.json",
    "muster-deployer-dns": "docs/iam/deployer-dns.json",
    "muster-deployer-monitoring": "docs/iam/deployer-monitoring.json",
}
OPERATOR_POLICIES = {"muster-operator": "docs/iam/operator.json"}
"""Name of the managed policy -> its file."""
MAX_VERSIONS, MAX_POLICY_CHARACTERS = 5, 6144
"""Of a managed policy, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedPolicy:
    """A policy of docs/, with a deployment's names in the places of the words."""

    name: str
    document: str


def fill_policy(text: str, names: Mapping[str, str]) -> str:
    """Replace the words of a shipped policy by names, and leave out its white space."""
    words = re.compile(r"\b(" + "|".join(sorted(names, key=len, reverse=True)) + r")\b")
    filled = words.sub(lambda word: names[word[0]], text)
    return json.dumps(json.loads(filled), separators=(",", ":"))


def deployer_policies(root: Path, prefix: str) -> tuple[ShippedPolicy, ...]:
    """`prefix` begins the names of the stack's resources."""
    return _fill(root, DEPLOYER_POLICIES, {"ACCOUNT": ACCOUNT, "PREFIX": prefix})


def operator_policies(root: Path, outputs: Mapping[str, Any]) -> tuple[ShippedPolicy, ...]:
    """`outputs` are the stack's; a word without a value there names nothing."""
    functions = {region["function_name"] for region in outputs["regions"].values()}
    names = {
        "ACCOUNT": ACCOUNT,
        "ACCELERATOR": str(outputs.get("accelerator_arn") or "none").rpartition("/")[2],
        "FUNCTION": ",".join(sorted(functions)),  # the same in all Regions
        "TABLE": str(outputs["table"]),
        "CONTROL_TABLE": str(outputs["control_table"]),
        "ZONE": str((outputs.get("dns") or {}).get("zone_id") or "none"),
    }
    return _fill(root, OPERATOR_POLICIES, names)


def _fill(
    root: Path, files: Mapping[str, str], names: Mapping[str, str]
) -> tuple[ShippedPolicy, ...]:
    return tuple(
        ShippedPolicy(name=name, document=fill_policy((root / file).read_text(), names))
        for name, file in files.items()
    )


def root_client(instance: Instance, service: Any, region: str) -> Any:  # noqa: ANN401 - boto3's own
    """A boto3 client that calls as the root user, whatever AWS profile the caller's shell has."""
    # Slow to import, and needed after the first deployment and where IAM is enforced only.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    from twin.provider.aws_client import NO_USER_FILES  # noqa: PLC0415

    own = boto3.Session(botocore_session=Session(session_vars=NO_USER_FILES))
    return own.client(
        service,
        region_name=region,
        endpoint_url=instance.endpoint_url,
        aws_access_key_id=instance.access_key,
        aws_secret_access_key=read_root_secret(instance),
        config=Config(proxies={}),  # the twin is on this machine
    )


def ensure_identity(
    instance: Instance, iam: "IAMClient", role: str, policies: Sequence[ShippedPolicy]
) -> dict[str, str]:
    """Make the user, or bring its policies up to date; the variables with its access key."""
    name = f"muster-{role}"
    if name not in _user_names(iam):
        iam.create_user(UserName=name)
    for policy in policies:
        arn = _ensure_policy(iam, policy.name, policy.document)
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    path = instance.home / f"{role}.env"
    variables = _read_variables(path)
    known = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    if variables.get("AWS_ACCESS_KEY_ID") in {key["AccessKeyId"] for key in known}:
        return variables
    for key in known:  # a user has two at most, and the secrets of these are lost
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    made = iam.create_access_key(UserName=name)["AccessKey"]
    variables = {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
    }
    write_atomically(path, format_key_file(role, variables), mode=0o600)
    return variables


def _user_names(iam: "IAMClient") -> set[str]:
    return {user["UserName"] for user in iam.list_users()["Users"]}


def _ensure_policy(iam: "IAMClient", name: str, document: str) -> str:
    """The ARN of the managed policy, which has this document."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    if arn not in {p.get("Arn") for p in iam.list_policies(Scope="Local")["Policies"]}:
        return iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    (default,) = (v["VersionId"] for v in versions if v["IsDefaultVersion"])
    present = iam.get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]
    if present["Document"] != json.loads(document):
        if len(versions) >= MAX_VERSIONS:
            oldest = next(v["VersionId"] for v in reversed(versions) if not v["IsDefaultVersion"])
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest)
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    return arn


def format_key_file(role: str, variables: Mapping[str, str]) -> str:
    """The text of `.twin/deployer.env` or `.twin/operator.env`."""
    lines = [f"# Source this after .twin/env: this shell is then the {role}."]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join([*lines, "unset AWS_SESSION_TOKEN"]) + "\n"


def _read_variables(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found = re.findall(r"^export (\w+)=(.+)$", path.read_text(), re.MULTILINE)
    return {name: shlex.split(value)[0] for name, value in found}
