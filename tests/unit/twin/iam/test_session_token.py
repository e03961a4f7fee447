"""Temporary credentials carry their session, and only the twin that issued them reads it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import StateCorrupt
from twin.iam.session_token import (
    Session,
    TokenInvalid,
    TokenIssuer,
    load_token_key,
    make_key_id,
    read_root_secret,
)
from twin.runtime.instance import Instance

SESSION = Session(
    key_id="ASIAEXAMPLE",
    issued_at=100.0,
    expires_at=3700.0,
    role_arn="arn:aws:iam::123456789012:role/reader",
    name="s",
    policies=("{}",),
    tags={"team": "core"},
)
ISSUER = TokenIssuer(b"k" * 32)


def test_a_token_holds_its_session() -> None:
    issued = ISSUER.issue(SESSION)

    assert ISSUER.read(issued.key_id, issued.token) == SESSION
    assert issued.secret == ISSUER.secret(SESSION)
    assert len(issued.secret) == 40


@given(position=st.integers(min_value=0), letter=st.sampled_from("Aa0_-"))
def test_a_changed_token_is_invalid(position: int, letter: str) -> None:
    token = ISSUER.issue(SESSION).token
    at = position % len(token)
    changed = token[:at] + letter + token[at + 1 :]

    if changed != token and not token.startswith(changed.rstrip("=")):
        with pytest.raises(TokenInvalid):
            ISSUER.read(SESSION.key_id, changed)


@pytest.mark.parametrize("token", ["", "no token", "AAAA", "ü"])
def test_a_text_that_is_no_token_is_invalid(token: str) -> None:
    with pytest.raises(TokenInvalid):
        ISSUER.read(SESSION.key_id, token)


def test_a_token_belongs_to_its_access_key_and_its_twin() -> None:
    issued = ISSUER.issue(SESSION)

    with pytest.raises(TokenInvalid, match="another access key"):
        ISSUER.read("ASIAOTHER", issued.token)
    with pytest.raises(TokenInvalid, match="not issued by this twin"):
        TokenIssuer(b"x" * 32).read(issued.key_id, issued.token)


def test_key_ids_look_like_awss() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", make_key_id(b"0123456789"))


def test_all_processes_share_the_key_that_the_first_one_makes(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: load_token_key(instance), range(8)))

    assert keys == {load_token_key(instance)}
    assert [path.name for path in instance.state_dir.iterdir()] == ["session-token.key"]
    assert (instance.state_dir / "session-token.key").stat().st_mode & 0o777 == 0o600


def test_each_twins_root_user_has_a_secret_of_its_own(tmp_path: Path) -> None:
    one, other = Instance(tmp_path / "one", 0), Instance(tmp_path / "other", 0)
    before = read_root_secret(one)
    key = load_token_key(one)
    load_token_key(other)

    assert before == "test"  # nothing checks it yet
    assert read_root_secret(one) == TokenIssuer(key).root_secret
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", read_root_secret(one))
    assert read_root_secret(one) != read_root_secret(other)


@pytest.mark.parametrize("left", [0, 31])
def test_a_part_of_the_key_is_not_used(tmp_path: Path, left: int) -> None:
    """With no key at all, everybody could make the twin's tokens."""
    instance = Instance(tmp_path, 0)
    load_token_key(instance)
    path = instance.state_dir / "session-token.key"
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(StateCorrupt, match=f"{left} bytes in place of 32; delete it"):
        load_token_key(instance)
    with pytest.raises(StateCorrupt, match="delete it"):
        read_root_secret(instance)
