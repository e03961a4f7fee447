"""Serving at an internal address."""

import os

import pytest
from aiohttp import web

from tests.functional.twin.strangers import connect_as_stranger, exchange
from twin.errors import TwinError
from twin.internal_api.server import serving


async def test_an_address_that_is_taken_is_an_error_that_names_it() -> None:
    address = ("127.150.77.1", 7000)
    async with serving(web.Application(), address):
        with pytest.raises(TwinError, match=r"127\.150\.77\.1:7000.*another program"):
            async with serving(web.Application(), address):
                pass


async def test_an_internal_address_is_closed_to_other_users() -> None:
    """Without root the caller is this user, and gets as far as the application."""
    address = ("127.150.77.1", 7001)
    async with serving(web.Application(), address):
        answer = await exchange(
            connect_as_stranger(address),
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        )

    assert answer.startswith(b"HTTP/1.1 403 " if os.geteuid() == 0 else b"HTTP/1.1 404 ")
