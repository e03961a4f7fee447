"""Settings of methods in a stage."""

import pytest

from twin.control.apigateway.rest.method_settings import change_settings, find_settings
from twin.control.apigateway.rest.model import MethodSettings, RestStage
from twin.control.document_service import CallRefused

STAGE = RestStage(name="live", deployment_id="d", created_at=0, updated_at=0)


def patched(stage: RestStage, path: str, value: str = "", op: str = "replace") -> RestStage:
    changed = change_settings(stage, {"op": op, "path": path, "value": value})
    assert changed is not None
    return changed


def test_settings_are_kept_under_the_name_that_the_call_gives() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html"""
    stage = patched(STAGE, "/pets/GET/metrics/enabled", "true")
    stage = patched(stage, "/pets/GET/throttling/rateLimit", "1.5")
    stage = patched(stage, "/*/*/logging/loglevel", "ERROR")
    stage = patched(stage, "/*/*/caching/ttlInSeconds", "60")

    assert stage.settings == {
        "pets/GET": MethodSettings(metrics=True, rate_per_s=1.5),
        "*/*": MethodSettings(logging_level="ERROR"),
    }
    assert patched(stage, "/pets/GET", op="remove").settings == {"*/*": stage.settings["*/*"]}


@pytest.mark.parametrize("key", ["pets/list/GET", "~1pets~1list/GET", "/pets/list/GET"])
def test_slashes_of_the_path_may_be_escaped(key: str) -> None:
    settings = {key: MethodSettings()}

    assert find_settings(settings, "/pets/list", "GET") is settings[key]
    assert find_settings(settings, "/pets", "GET") is None
    assert find_settings(settings, "/pets/list", "POST") is None


@pytest.mark.parametrize("path", ["/variables/a", "/description", "/deploymentId", "/a/b/c/d"])
def test_other_paths_are_for_others(path: str) -> None:
    assert change_settings(STAGE, {"op": "replace", "path": path, "value": "x"}) is None


@pytest.mark.parametrize(
    ("path", "value", "op"),
    [
        ("/*/*/logging/loglevel", "LOUD", "replace"),
        ("/*/*/throttling/burstLimit", "x", "replace"),
        ("/*/*/throttling/rateLimit", "10001", "replace"),
        ("/*/*/throttling/rateLimit", "nan", "replace"),
        ("/*/*/caching/enabled", "true", "replace"),
        ("/*/*/metrics/enabled", "true", "add"),
        ("/*/*", "", "remove"),
    ],
)
def test_wrong_settings_are_refused(path: str, value: str, op: str) -> None:
    with pytest.raises(CallRefused):
        change_settings(STAGE, {"op": op, "path": path, "value": value})
