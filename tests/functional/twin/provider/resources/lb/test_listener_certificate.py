"""Certificates in a listener's list, with a control process."""

import grpc
import pytest

from tests.functional.twin.provider.deployments import Network
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.test_acm import CERTIFICATE, driver, imported
from tests.x509_factory import make_certificate

__all__ = ["driver"]
TOKEN = "aws:lb/listenerCertificate:ListenerCertificate"


def test_a_certificate_is_put_into_a_listeners_list_and_taken_out(driver: Driver) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"""
    balancer = driver.create(
        "aws:lb/loadBalancer:LoadBalancer", "tls", Network(driver, "tls").load_balancer("tls")
    )
    default, other = (
        driver.create(CERTIFICATE, name, imported(make_certificate(f"{name}.test")))
        for name in ("default", "other")
    )
    answer = {
        "type": "fixed-response",
        "fixedResponse": {"contentType": "text/plain", "statusCode": "200"},
    }
    listener = driver.create(
        "aws:lb/listener:Listener",
        "tls",
        {
            "loadBalancerArn": balancer.id,
            "port": 443,
            "protocol": "HTTPS",
            "certificateArn": default.id,
            "defaultActions": [answer],
        },
    )

    listed = check_lifecycle(
        driver, TOKEN, "other", {"listenerArn": listener.id, "certificateArn": other.id}, {}
    )

    assert listed.id == f"{listener.id}_{other.id}"
    with pytest.raises(grpc.RpcError, match="in use"):
        driver.delete(other)
    check_deletion(driver, listed, listener, other, default, balancer)
