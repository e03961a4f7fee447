"""Facts about AWS that more than one part relies on."""

GLOBAL_ACCELERATOR_REGION = "us-west-2"
"""Region of Global Accelerator's API and CloudWatch metrics, wherever the endpoints are.
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""
CONDITIONAL_CHECK_FAILED = "ConditionalCheckFailedException"
"""Error code of DynamoDB for a write whose condition did not hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
