"""Facts about AWS that more than one part relies on."""

GLOBAL_ACCELERATOR_REGION = "us-west-2"
"""The one Region of Global Accelerator's API and metrics, wherever the endpoints are:
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
CONDITIONAL_CHECK_FAILED = "ConditionalCheckFailedException"
"""Error code of DynamoDB for a write whose condition did not hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
