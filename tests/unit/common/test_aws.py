"""Facts about AWS, against botocore's models of its services."""

import boto3

from common.aws import CONDITIONAL_CHECK_FAILED, GLOBAL_ACCELERATOR_REGION


def test_global_accelerator_is_called_in_its_home_region() -> None:
    client = boto3.Session().client("globalaccelerator", region_name=GLOBAL_ACCELERATOR_REGION)

    assert client.meta.endpoint_url == "https://globalaccelerator.us-west-2.amazonaws.com"


def test_a_failed_condition_is_an_error_of_dynamodbs_put_item() -> None:
    client = boto3.Session().client("dynamodb", region_name="eu-central-1")

    errors = client.meta.service_model.operation_model("PutItem").error_shapes

    assert CONDITIONAL_CHECK_FAILED in {error.name for error in errors}
