"""The session that the README shows, from `make up` to `make down`."""

import json
import socket
from pathlib import Path

import pytest

from tests.e2e import checkout
from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.system import deployed_system
from tests.waiting import eventually

GET = '<html><body><h1>Returned {{"item_id": "foobar"}} from {}</h1></body></html>'
CIDR = "--cidr-block 10.9.0.0/16"
HEALTH = "<html><body><h1>health: 200 {} </h1></body></html>"


@pytest.mark.parametrize(
    ("source", "region"), [(FRANKFURT, "eu-central-1"), (PORTLAND, "us-west-2")]
)
@pytest.mark.parametrize("which", [0, 1])
def test_both_static_ips_answer_from_the_nearest_region(
    deployed: Checkout, source: str, region: str, which: int
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    system = deployed_system(deployed)

    answer = system.get("/get/foobar", source, system.ips[which])

    assert answer.body.decode() == GET.format(region)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(GET.format(region)))
    assert answer.headers["Server"] == "awselb/2.0"
    assert answer.headers["Connection"] == "keep-alive"
    assert answer.headers["X-Served-Region"] == region
    assert "Date" in answer.headers


@pytest.mark.parametrize(
    ("source", "region"), [(FRANKFURT, "eu-central-1"), (PORTLAND, "us-west-2")]
)
def test_health_names_the_region(deployed: Checkout, source: str, region: str) -> None:
    answer = deployed_system(deployed).get("/health", source)

    assert (answer.status, answer.body.decode()) == (200, HEALTH.format(region))


def test_what_is_created_in_one_region_is_read_in_the_other(deployed: Checkout) -> None:
    system = deployed_system(deployed)
    with system.connect(FRANKFURT) as client:
        created = client.request("POST", "/create", json.dumps({"item_id": "crossing"}))

    assert created.status == 201
    assert created.region == "eu-central-1"
    eventually(lambda: system.get("/get/crossing", PORTLAND).status == 200)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/get/nobody-stored-this", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/get/foobar", 405),
        ("POST", "/create", 400),
        ("GET", "/get/" + "x" * 1000, 400),
        ("HEAD", "/get/foobar", 200),
        ("GET", "/", 200),
    ],
)
def test_every_request_has_a_clean_answer(
    deployed: Checkout, method: str, path: str, status: int
) -> None:
    with deployed_system(deployed).connect() as client:
        body = "{not json" if method == "POST" else None
        answer = client.request(method, path, body)

    assert answer.status == status
    assert b"Traceback" not in answer.body
    assert answer.region == "eu-central-1"


def test_the_environment_file_points_the_aws_command_at_the_twin(deployed: Checkout) -> None:
    system = deployed_system(deployed)

    listed = deployed.run_in_shell(
        "aws globalaccelerator list-accelerators --region us-west-2"
    ).ok()

    (accelerator,) = json.loads(listed.output)["Accelerators"]
    assert accelerator["IpSets"][0]["IpAddresses"] == list(system.ips)
    assert accelerator["AcceleratorArn"] == system.outputs["accelerator_arn"]


def test_the_stack_outputs_are_those_that_tools_rely_on(deployed: Checkout) -> None:
    outputs = deployed.outputs()

    assert set(outputs) == {
        "static_ips",
        "accelerator_dns",
        "accelerator_arn",
        "url",
        "regions",
        "table",
        "control_table",
        "home_region",
        "services",
    }
    assert set(outputs["regions"]) == {"eu-central-1", "us-west-2"}
    for region in outputs["regions"].values():
        assert set(region) == {
            "alb_dns",
            "alb_arn",
            "endpoint_group_arn",
            "target_group_arn",
            "function_name",
            "declared_dial",
        }


def test_make_up_uses_no_proxy_for_the_twin(deployed: Checkout) -> None:
    closed_port = "http://127.0.0.1:9"
    proxies = (f"http_proxy={closed_port}", f"https_proxy={closed_port}")

    deployed.run("env", *proxies, "make", "up", "INSTANCE=auto", "SPEED=10").ok()


def test_a_second_make_up_changes_nothing_even_in_the_shell_of_another_twin(
    deployed: Checkout, tmp_path: Path
) -> None:
    before = deployed.status()["processes"]
    other = (f"TWIN_HOME={tmp_path}/.twin", "TWIN_INSTANCE=19")

    done = deployed.run("env", *other, "make", "up", "INSTANCE=auto", "SPEED=10").ok()

    assert "foobar" in done.output
    assert f"TWIN_HOME={tmp_path}/.twin is ignored" in done.output
    assert not (tmp_path / ".twin").exists()
    assert {p["role"]: p["pid"] for p in deployed.status()["processes"]} == {
        p["role"]: p["pid"] for p in before
    }
    assert deployed.run("git", "status", "--porcelain").ok().output == ""


def test_places_are_listed_nearest_region_first(deployed: Checkout) -> None:
    places = json.loads(deployed.run_in_shell("twin places --json").ok().output)

    (portland,) = (place for place in places if place["name"] == "Portland")
    assert portland["address"] == "127.210.7.1"
    assert portland["regions"] == ["us-west-2", "eu-central-1"]
    assert portland["distances_km"]["us-west-2"] < 500


def test_everything_listens_on_loopback_only(deployed: Checkout) -> None:
    pids = {process["pid"] for process in deployed.status()["processes"]}

    addresses = checkout.listening_addresses(pids)

    assert addresses
    assert [a for a in addresses if not a.startswith("127.")] == []


def test_a_connection_to_a_port_without_listener_is_refused(deployed: Checkout) -> None:
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection((deployed_system(deployed).ips[0], 81), timeout=5),
    ):
        pass


def test_other_users_can_read_nothing_of_a_twin(deployed: Checkout) -> None:
    deployed.run_in_shell("twin status && pulumi stack ls && muster status").ok()

    paths = [deployed.home, *deployed.home.rglob("*")]

    is_open = [path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert len(paths) > 50
    assert is_open == []


@pytest.mark.parametrize("command", ["sqs list-queues", "rds describe-db-instances"])
def test_what_aws_cli_would_send_to_aws_is_refused_by_the_twin(
    deployed: Checkout, command: str
) -> None:
    """aws-cli 1 has endpoints of its own for these services."""
    done = deployed.run_in_shell(f"aws {command} --region us-east-1")

    assert done.code != 0
    assert "The twin does not serve" in done.output


def test_a_shell_of_another_twin_changes_nothing(deployed: Checkout) -> None:
    other = "AKIATWIN19ABCDEFGHIJ"
    done = deployed.run_in_shell(f"export AWS_ACCESS_KEY_ID={other}; aws ec2 create-vpc {CIDR}")

    assert "InvalidClientTokenId" in done.output
    assert f"{other} is that of a twin of number 19" in done.output


def test_a_pulumi_that_is_not_the_wrapper_changes_nothing(deployed: Checkout) -> None:
    """It would deploy to the twin of number 0, whosever that is."""
    done = deployed.run_in_shell("PATH=.tools/bin:$PATH pulumi preview --stack local")

    assert done.code != 0
    assert "can't ask AWS for its availability zones" in done.output
