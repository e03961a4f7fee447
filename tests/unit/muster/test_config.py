"""Settings from flags, environment and file, in that order."""

from pathlib import Path

import pytest

from muster.config import SETTING_KINDS, MusterSettings, OriginLevel, read_settings
from muster.errors import InvalidSetting
from muster.limits import Limits


def read_from(
    folder: Path, /, _flags: dict[str, object] | None = None, **environ: str
) -> MusterSettings:
    return read_settings(_flags, environ={"USER": "me", **environ}, folder=folder)


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    settings = read_from(tmp_path)

    assert settings.outputs is None
    assert settings.by.startswith("me@")
    assert settings.runs == tmp_path / ".muster"
    assert settings.origin("stack").name == "the default"


def test_an_option_precedes_the_environment_which_precedes_the_file(tmp_path: Path) -> None:
    (tmp_path / "muster.yaml").write_text("stack: file\nby: file\nprofile: file\n")

    settings = read_from(
        tmp_path,
        {"stack": "flag", "by": None},
        MUSTER_STACK="environment",
        MUSTER_BY="environment",
    )

    assert (settings.stack, settings.by, settings.profile) == ("flag", "environment", "file")
    assert settings.origin("stack").level is OriginLevel.FLAG
    assert settings.origin("by").name == "MUSTER_BY"
    assert settings.origin("profile").name == f"{tmp_path}/muster.yaml, key profile"


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    assert read_from(tmp_path, MUSTER_STACK="").stack is None


def test_a_path_is_relative_to_the_file_that_it_is_written_in(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.yaml").write_text("outputs: out.json\n")

    in_file = read_from(tmp_path, {"config": "other/mine.yaml"})
    by_flag = read_from(tmp_path, {"outputs": "out.json"})

    assert in_file.outputs == other / "out.json"
    assert by_flag.outputs == tmp_path / "out.json"


def test_lists_are_texts_with_commas_or_lists_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "muster.yaml").write_text(
        "alarms: [us-west-2:High errors]\n"
        "replication_pause_templates: {us-west-2: EXT1}\n"
        "timeout_s: 5\n"
        "cloudwatch: true\n"
        "limits: {lag_s: 2}\n"
    )

    settings = read_from(tmp_path, MUSTER_VANTAGES="here=127.0.0.1, there=127.0.0.2")

    assert settings.alarms == ("us-west-2:High errors",)
    assert settings.vantages == ("here=127.0.0.1", "there=127.0.0.2")
    assert settings.replication_pause_templates == {"us-west-2": "EXT1"}
    assert settings.timeout_s == 5
    assert settings.cloudwatch
    assert settings.limits == Limits(lag_s=2.0)


def test_musters_endpoint_variable_takes_precedence_over_that_of_aws(tmp_path: Path) -> None:
    aws = "http://127.0.0.1:4566/"

    alone = read_from(tmp_path, AWS_ENDPOINT_URL=aws)
    both = read_from(tmp_path, AWS_ENDPOINT_URL=aws, MUSTER_ENDPOINT_URL="http://x")

    assert alone.endpoint_url == "http://127.0.0.1:4566"
    assert both.endpoint_url == "http://x"


def test_the_switch_that_ignores_aws_endpoints_is_followed(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html"""
    settings = read_from(
        tmp_path, AWS_ENDPOINT_URL="http://x", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true"
    )

    assert settings.endpoint_url is None


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (
            {"MUSTER_TIMEOUT_S": "0"},
            "timeout_s is '0' (from MUSTER_TIMEOUT_S); it must be from 0.1",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://me:hunter2@127.0.0.1:4566"},
            "endpoint_url is 'http://***@127.0.0.1:4566' (from AWS_ENDPOINT_URL); it must be an",
        ),
        ({"MUSTER_TIMEOUT_S": "soon"}, "it must be a length of time such as 90, 30s"),
        ({"MUSTER_ALARMS": "High"}, "alarms is 'High' (from MUSTER_ALARMS); it must be a list"),
        ({"MUSTER_CLOUDWATCH": "yes"}, "cloudwatch is 'yes' (from MUSTER_CLOUDWATCH)"),
        ({"MUSTER_LIMITS": "dial_step=x"}, "limits is 'dial_step=x' (from MUSTER_LIMITS)"),
        (
            {"MUSTER_LIMITS": "lag_s=2,dial_stp=5"},
            "limits.dial_stp is 5.0 (from MUSTER_LIMITS); it must be one of the limits dial_floor",
        ),
        ({"MUSTER_VANTAGES": "a="}, "each as NAME=ADDRESS; 'a=' is not"),
        *(
            (
                {"AWS_ENDPOINT_URL": url},
                f"endpoint_url is '{url}' (from AWS_ENDPOINT_URL); it must be an http:// or",
            )
            for url in (
                "4566",
                "http://[::1",
                "http://",
                "http://127.0.0.1:x",
                "ftp://127.0.0.1",
                "http://local host:4566",
                "http://127.0.0.1:4566/ x",
                "http://127.0.0.1:99999",
                "http://127.0.0.1:4566?region=us-west-2",
                "http://-x:4566",
            )
        ),
        (
            {"MUSTER_CONFIG": "nowhere.yaml"},
            "(from MUSTER_CONFIG); it must be a file that is there",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_origin_and_the_rule(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        read_from(tmp_path, None, **environ)

    assert words in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stck: prod", "stck is 'prod'"),
        ("stck: prod", "; did you mean stack?"),
        ("limits: {dial_stp: 5}", "; did you mean dial_step?"),
        ("limits: {lag_s: 0}", "limits.lag_s is 0.0 (from "),
        ("- stack", "it must be a mapping of settings"),
        ("stack: [", "it must be YAML"),
        ("stack: 3", "stack is 3 (from "),
        ("alarms: {a: b}", "it must be a list of alarms"),
        ("replication_pause_templates: {us-west-2: 3}", "Region=TEMPLATE"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "muster.yaml").write_text(text)

    with pytest.raises(InvalidSetting) as caught:
        read_from(tmp_path)

    assert words in str(caught.value)
    assert str(tmp_path / "muster.yaml") in str(caught.value)


def test_every_setting_can_come_from_the_environment() -> None:
    for name, kind in SETTING_KINDS.items():
        assert f"MUSTER_{name.upper()}" in kind.variables


def test_an_error_about_webhooks_shows_none_of_their_addresses(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="webhooks is '\\*\\*\\*'") as caught:
        read_from(tmp_path, MUSTER_WEBHOOKS="https://hooks.slack.com/secret form=teams")

    assert "from MUSTER_WEBHOOKS" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_webhooks_are_a_text_with_commas_or_a_list_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "muster.yaml").write_text("webhooks: [https://a.example.com/x form=slack]\n")

    (in_file,) = read_from(tmp_path).webhooks
    by_variable = read_from(tmp_path, MUSTER_WEBHOOKS="https://b.example.com,https://c.example.com")

    assert (in_file.place, in_file.form) == ("https://a.example.com", "slack")
    assert [one.place for one in by_variable.webhooks] == [
        "https://b.example.com",
        "https://c.example.com",
    ]


def test_blanks_around_the_name_of_a_limit_are_no_part_of_it(tmp_path: Path) -> None:
    settings = read_from(tmp_path, MUSTER_LIMITS="lag_s = 2, dial_step=25")

    assert settings.limits == Limits(lag_s=2.0, dial_step=25.0)
