"""The users that `make up` makes where IAM is enforced."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.local.identities import (
    ShippedPolicy,
    deployer_policies,
    ensure_identity,
    fill_policy,
    operator_policies,
    root_client,
)
from twin.runtime.instance import Instance

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[4]
OUTPUTS = {
    "accelerator_arn": "arn:aws:globalaccelerator::123456789012:accelerator/abc",
    "table": "muster-local-items",
    "control_table": "muster-local-control",
    "regions": {"us-west-2": {"function_name": "muster-local"}},
}
ARN = "arn:aws:iam::123456789012:policy/muster-operator"


class FakeIam:
    """IAM's users, keys and policies, as far as they are asked for."""

    def __init__(self) -> None:
        self.users: list[str] = []
        self.keys: list[str] = []
        self.versions: list[str] = []
        """Documents; the last one is the default."""
        self.attached: list[str] = []

    def list_users(self) -> Json:
        return {"Users": [{"UserName": name} for name in self.users]}

    def create_user(self, UserName: str) -> None:
        self.users.append(UserName)

    def list_policies(self, Scope: str) -> Json:
        assert Scope == "Local"
        return {"Policies": [{"Arn": ARN}] if self.versions else []}

    def create_policy(self, PolicyName: str, PolicyDocument: str) -> Json:
        assert PolicyName == "muster-operator"
        self.versions.append(PolicyDocument)
        return {"Policy": {"Arn": ARN}}

    def list_policy_versions(self, PolicyArn: str) -> Json:
        assert PolicyArn == ARN
        numbers = range(len(self.versions), 0, -1)
        newest = len(self.versions)
        return {
            "Versions": [{"VersionId": f"v{n}", "IsDefaultVersion": n == newest} for n in numbers]
        }

    def get_policy_version(self, PolicyArn: str, VersionId: str) -> Json:
        document = self.versions[int(VersionId[1:]) - 1]
        return {"PolicyVersion": {"Document": json.loads(document)}}

    def delete_policy_version(self, PolicyArn: str, VersionId: str) -> None:
        del self.versions[int(VersionId[1:]) - 1]

    def create_policy_version(self, **given: Any) -> None:  # noqa: ANN401
        self.versions.append(given["PolicyDocument"])

    def attach_user_policy(self, UserName: str, PolicyArn: str) -> None:
        self.attached.append(PolicyArn)

    def list_access_keys(self, UserName: str) -> Json:
        return {"AccessKeyMetadata": [{"AccessKeyId": key} for key in self.keys]}

    def delete_access_key(self, UserName: str, AccessKeyId: str) -> None:
        self.keys.remove(AccessKeyId)

    def create_access_key(self, UserName: str) -> Json:
        self.keys.append(f"AKIA{len(self.keys)}")
        return {"AccessKey": {"AccessKeyId": self.keys[-1], "SecretAccessKey": "a secret"}}


def ensure(home: Path, iam: Any, document: str = '{"a":1}') -> dict[str, str]:  # noqa: ANN401
    policy = ShippedPolicy(name="muster-operator", document=document)
    return ensure_identity(Instance(home, 0), iam, "operator", [policy])


def test_a_user_is_made_once_and_keeps_its_key(tmp_path: Path) -> None:
    iam = FakeIam()

    first, second = ensure(tmp_path, iam), ensure(tmp_path, iam)

    assert first == second == {"AWS_ACCESS_KEY_ID": "AKIA0", "AWS_SECRET_ACCESS_KEY": "a secret"}
    assert (iam.users, iam.versions) == (["muster-operator"], ['{"a":1}'])
    assert set(iam.attached) == {ARN}


def test_the_key_is_in_a_file_of_the_user_alone(tmp_path: Path) -> None:
    ensure(tmp_path, FakeIam())
    path = tmp_path / "operator.env"

    assert path.stat().st_mode & 0o777 == 0o600
    assert "export AWS_SECRET_ACCESS_KEY='a secret'\n" in path.read_text()
    assert path.read_text().endswith("unset AWS_SESSION_TOKEN\n")


def test_a_lost_key_is_replaced(tmp_path: Path) -> None:
    iam = FakeIam()
    ensure(tmp_path, iam)
    (tmp_path / "operator.env").unlink()

    ensure(tmp_path, iam)

    assert len(iam.keys) == 1


def test_a_changed_policy_becomes_the_default_and_old_versions_make_room(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    iam = FakeIam()
    for number in range(8):
        ensure(tmp_path, iam, f'{{"a":{number}}}')

    assert iam.versions[-1] == '{"a":7}'
    assert len(iam.versions) == 5


def test_words_are_replaced_whole_and_white_space_is_left_out() -> None:
    text = '{"a": "TABLE/CONTROL_TABLE/TABLES"}'

    filled = fill_policy(text, {"TABLE": "t", "CONTROL_TABLE": "c"})

    assert filled == '{"a":"t/c/TABLES"}'


@pytest.mark.parametrize("word", ["ACCOUNT", "PREFIX", "TABLE", "FUNCTION", "ACCELERATOR", "ZONE"])
def test_no_word_is_left_in_a_policy(word: str) -> None:
    for policy in (*deployer_policies(ROOT, "muster-local"), *operator_policies(ROOT, OUTPUTS)):
        resources = json.dumps([s["Resource"] for s in json.loads(policy.document)["Statement"]])
        assert word not in resources


def test_a_stack_gives_no_access_to_the_door_that_it_has_not() -> None:
    (accelerator,) = operator_policies(ROOT, OUTPUTS)
    (dns,) = operator_policies(ROOT, {**OUTPUTS, "accelerator_arn": None, "dns": {"zone_id": "Z1"}})

    assert "accelerator/none" in dns.document
    assert "hostedzone/Z1" in dns.document
    assert "hostedzone/none" in accelerator.document


def test_the_root_user_calls_whatever_profile_the_shell_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "config"
    broken.write_text("no profile\n")
    monkeypatch.setenv("AWS_PROFILE", "nobody has this")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    instance = Instance(tmp_path / "home", 16)

    client = root_client(instance, "iam", "us-east-1")

    assert client.meta.endpoint_url == instance.endpoint_url
