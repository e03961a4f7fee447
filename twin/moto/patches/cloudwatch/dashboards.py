"""CloudWatch's dashboards: the error of one that does not exist.

moto answers with the error of alarms. Both have one code, but other types, by which SDKs tell them
apart.
"""

from moto.cloudwatch import responses
from moto.cloudwatch.exceptions import CloudWatchException

from twin.moto.patches.patching import set_attribute


class DashboardNotFoundError(CloudWatchException):
    """moto finds the error in the service's model by its type, and writes its code and type.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
    """

    code = "DashboardNotFoundError"


def patch_dashboards() -> None:
    """Patch moto's CloudWatch, whose responses raise that error for dashboards alone."""
    set_attribute(responses, "ResourceNotFound", DashboardNotFoundError)
