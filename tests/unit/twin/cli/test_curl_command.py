"""The command line that `twin curl` runs."""

from pathlib import Path

import pytest

from twin.cli.curl_command import build_command, curl, without_proxies
from twin.cli.main import main
from twin.errors import SettingsError
from twin.runtime.instance import Instance

URL = "https://api.muster.test/"


def test_curl_goes_through_the_citys_entrance(tmp_path: Path) -> None:
    command = build_command(Instance(tmp_path, 2), "portland", ["-i", URL])

    assert command == ["curl", "--proxy", "socks5h://127.162.7.1:1080", "-i", URL]


def test_the_twins_certificates_are_trusted_where_there_are_some(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 2)
    instance.ca_path.write_text("PEM")

    command = build_command(instance, "Tokyo", [URL])

    assert command[3:5] == ["--cacert", str(instance.ca_path)]


def test_an_unknown_city_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no city 'Atlantis'; the twin knows Frankfurt"):
        build_command(Instance(tmp_path, 2), "Atlantis", [URL])


def test_without_a_url_it_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["curl", "--from", "Tokyo"], Instance(tmp_path, 2)) == 2
    assert "twin curl --from CITY URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        ["--from", "Tokyo", "-sS", "-m", "5", URL],
        ["-sS", "--from", "Tokyo", "-m", "5", URL],
        ["-sS", "-m", "5", URL, "--from=Tokyo"],
    ],
)
def test_the_city_stands_anywhere_among_curls_arguments(given: list[str], tmp_path: Path) -> None:
    context = curl.make_context("curl", given, obj=Instance(tmp_path, 2))

    assert context.params == {"city": "Tokyo", "arguments": ("-sS", "-m", "5", URL)}


def test_no_variable_leads_past_the_entrance() -> None:
    assert without_proxies({"NO_PROXY": "*", "no_proxy": "*", "HOME": "/h"}) == {"HOME": "/h"}
