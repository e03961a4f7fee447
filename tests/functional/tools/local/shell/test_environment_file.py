"""`.twin/env` and the launchers, in every installed shell."""

import http.server
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from tests.functional.twin.tls.servers import make_certificate
from tools.local.shell.environment_file import own_environment, twin_variables, write_shell_files
from twin.runtime.instance import Instance

ROOT = Path(__file__).resolve().parents[5]
SHELLS = [name for name in ("sh", "bash", "dash", "zsh", "busybox") if shutil.which(name)]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = Instance(tmp_path / "it's a home", 16)
    write_shell_files(made, ROOT, "eu-central-1")
    return made


def sourced(instance: Instance, program: str, command: str, times: int = 1, **more: str) -> str:
    argv = [program, "sh"] if program == "busybox" else [program]
    source = f'. "{instance.home}/env"; ' * times
    done = subprocess.run(
        [*argv, "-c", f"set -eu; {source}{command}"],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "real", "AWS_SESSION_TOKEN": "real", **more},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_points_every_tool_at_the_twin(instance: Instance, program: str) -> None:
    lines = sourced(instance, program, "env").splitlines()
    environment = dict(line.split("=", 1) for line in lines)

    for name, value in twin_variables(instance, "eu-central-1").items():
        assert environment[name] == value
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4582"
    assert environment["AWS_REGION"] == "eu-central-1"
    assert environment["AWS_PAGER"] == ""
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_twice_changes_path_once(instance: Instance, program: str) -> None:
    path = sourced(instance, program, 'echo "$PATH"', times=2).strip()

    assert path.split(":") == [
        f"{instance.home}/bin",
        f"{ROOT}/.venv/bin",
        f"{ROOT}/.tools/bin",
        "/usr/bin",
        "/bin",
    ]


@pytest.mark.parametrize("program", SHELLS)
def test_the_checkout_that_was_sourced_last_comes_first_on_path(
    instance: Instance, program: str, tmp_path: Path
) -> None:
    root = tmp_path / "other [ab]*?"
    other = Instance(root / ".twin", 17)
    write_shell_files(other, root, "eu-central-1")
    own_then_other = f'. "{instance.home}/env"; . "{other.home}/env"; '
    folders = [f"{instance.home}/bin", f"{ROOT}/.venv/bin", f"{ROOT}/.tools/bin"]
    others = [f"{other.home}/bin", f"{root}/.venv/bin", f"{root}/.tools/bin"]

    back = f'{own_then_other}. "{instance.home}/env"; echo "$PATH"'
    path, home = sourced(instance, program, f'{back}; echo "$TWIN_HOME"').splitlines()

    assert path.split(":") == [*folders, *others, "/usr/bin", "/bin"]
    assert home == str(instance.home)


@pytest.mark.parametrize("program", SHELLS)
@pytest.mark.parametrize("before", [":/usr/bin:/bin", "/usr/bin:/bin:", "/usr/bin::/bin"])
def test_the_rest_of_path_stays_as_it_was(instance: Instance, program: str, before: str) -> None:
    path = sourced(instance, program, 'echo "$PATH"', times=2, PATH=before).strip()

    assert path == f"{instance.home}/bin:{ROOT}/.venv/bin:{ROOT}/.tools/bin:{before}"


@pytest.mark.parametrize("program", SHELLS)
def test_drills_are_kept_in_the_checkout_unless_the_shell_says_where(
    instance: Instance, program: str, tmp_path: Path
) -> None:
    other = Instance(tmp_path / "other" / ".twin", 17)
    write_shell_files(other, tmp_path / "other", "eu-central-1")
    shown = 'echo "$MUSTER_RUNS"'
    before = f'. "{other.home}/env"; . "{instance.home}/env"; '

    assert sourced(instance, program, shown, times=2).strip() == f"{ROOT}/.muster"
    assert sourced(instance, program, shown, times=2, MUSTER_RUNS="/mine").strip() == "/mine"
    assert sourced(instance, program, before + shown).strip() == f"{ROOT}/.muster"


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_twice_adds_the_twin_to_no_proxy_once(instance: Instance, program: str) -> None:
    both = 'echo "$no_proxy $NO_PROXY"'
    alone = sourced(instance, program, both, times=2)
    beside = sourced(instance, program, both, times=2, NO_PROXY="intra.example")

    here = "127.0.0.1,localhost,127.0.0.0/8"
    assert alone.split() == [here, here]
    assert beside.split() == [f"{here},intra.example"] * 2


def test_the_launcher_works_from_any_folder(instance: Instance) -> None:
    output = sourced(instance, "sh", "twin status || true")

    assert output.startswith("twin 16  http://127.0.0.1:4582")
    assert "nothing runs" in output


def test_a_launcher_uses_its_own_twin_without_the_env_file(instance: Instance) -> None:
    (instance.home / "instance").write_text("16\n")

    done = subprocess.run(
        [instance.home / "bin" / "twin", "status"],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.startswith("twin 16 ")
    assert done.returncode == 1


def test_the_operators_tool_is_on_path_and_finds_the_twins_outputs(instance: Instance) -> None:
    output = sourced(instance, "sh", 'command -v muster; echo "$MUSTER_OUTPUTS"; muster --help')

    assert output.splitlines()[:2] == [
        f"{instance.home}/bin/muster",
        f"{instance.home}/outputs.json",
    ]
    assert "Usage: muster" in output


ADDED = "NODE_EXTRA_CA_CERTS"
BUNDLED = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")


def trust_variables(instance: Instance, program: str, times: int, **more: str) -> dict[str, str]:
    lines = sourced(instance, program, "env", times, **more).splitlines()
    environment = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: environment[name] for name in (*BUNDLED, ADDED)}


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_lets_programs_trust_the_twin_besides_the_machines_certificates(
    instance: Instance, program: str
) -> None:
    """AWS's, Node's and curl's own pages describe the variables:

    https://docs.aws.amazon.com/cli/v1/userguide/cli-configure-envvars.html
    https://nodejs.org/api/cli.html#node_extra_ca_certsfile
    https://curl.se/docs/sslcerts.html
    """
    found = trust_variables(instance, program, times=2)

    bundle = str(instance.home / "ca-bundle.pem")
    assert found == dict.fromkeys(BUNDLED, bundle) | {ADDED: str(instance.home / "ca.pem")}
    assert Path(bundle).read_text().endswith(instance.ca_path.read_text())


@pytest.mark.parametrize("program", SHELLS)
def test_what_a_user_trusts_already_stays_trusted(
    instance: Instance, program: str, tmp_path: Path
) -> None:
    own = tmp_path / "own ca.pem"
    own.write_text("OWN\n")
    variables = dict.fromkeys(("SSL_CERT_FILE", ADDED), str(own))

    for times in (1, 2):
        found = trust_variables(instance, program, times, **variables)
        for name in variables:
            assert Path(found[name]).read_text() == f"OWN\n{instance.ca_path.read_text()}"
        assert found["AWS_CA_BUNDLE"] == str(instance.ca_bundle_path)


def test_a_file_that_is_gone_is_replaced_by_the_machines(instance: Instance) -> None:
    found = trust_variables(instance, "sh", 1, SSL_CERT_FILE="/nowhere/ca.pem")

    assert found["SSL_CERT_FILE"] == str(instance.ca_bundle_path)


CLIENTS = """
import ssl, sys, urllib.request
import botocore.httpsession, botocore.awsrequest, requests
url = sys.argv[1]
print(urllib.request.urlopen(url).status, requests.get(url).status_code)
session = botocore.httpsession.URLLib3Session(verify=__import__("os").environ["AWS_CA_BUNDLE"])
print(session.send(botocore.awsrequest.AWSRequest("GET", url).prepare()).status_code)
"""


def test_python_and_its_libraries_trust_a_server_of_the_twin(instance: Instance) -> None:
    certificate = make_certificate(instance, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(instance.certificate_path(certificate.pem_sha256))
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://localhost:{server.server_port}/"

        output = sourced(instance, "sh", f"python -c '{CLIENTS}' {url}")
        server.shutdown()

    assert output.split() == ["200", "200", "200"]


def test_make_ignores_the_twin_of_another_checkout(tmp_path: Path) -> None:
    other = {"TWIN_HOME": str(tmp_path / "other/.twin"), "TWIN_INSTANCE": "3", "HOME": "/root"}

    environ, note = own_environment(other, tmp_path / "mine")

    assert environ == {"HOME": "/root"}
    assert str(tmp_path / "other/.twin") in note
    assert str(tmp_path / "mine/.twin") in note


@pytest.mark.parametrize("home", ["", "mine/.twin", "mine/../mine/.twin"])
def test_make_keeps_the_environment_of_its_own_twin(tmp_path: Path, home: str) -> None:
    (tmp_path / "mine").mkdir()
    own = {"TWIN_HOME": str(tmp_path / home) if home else "", "TWIN_INSTANCE": "3"}

    assert own_environment(own, tmp_path / "mine") == (own, "")
