"""Connections between the twin's processes."""

import os

import aiohttp
import pytest
from aiohttp import web

from tests.functional.twin.strangers import listen_as_stranger
from twin.internal_api.connector import own_user_connector
from twin.internal_api.server import serving
from twin.runtime.instance import internal_url

ADDRESS = ("127.0.0.119", 7000)


async def test_a_process_of_the_twin_is_reached() -> None:
    async with (
        serving(web.Application(), ADDRESS),
        aiohttp.ClientSession(connector=own_user_connector()) as session,
        session.get(internal_url(ADDRESS)) as answer,
    ):
        assert answer.status == 404


async def test_nobody_answers_in_the_name_of_a_dead_process() -> None:
    """A program of another user that has taken the address gets no request."""
    timeout = aiohttp.ClientTimeout(total=0.5)
    with listen_as_stranger(ADDRESS) as listener:
        listener.setblocking(False)
        session = aiohttp.ClientSession(connector=own_user_connector(), timeout=timeout)
        async with session:
            # Without root the listener is no stranger's; it accepts, and never answers.
            with pytest.raises((aiohttp.ClientConnectorError, TimeoutError)):
                await session.get(internal_url(ADDRESS))
        if os.geteuid() == 0:
            with pytest.raises(BlockingIOError):
                listener.accept()
