"""Serving at an internal address."""

import pytest
from aiohttp import web

from twin.errors import TwinError
from twin.internal_api.server import serving


async def test_an_address_that_is_taken_is_an_error_that_names_it() -> None:
    address = ("127.150.77.1", 7000)
    async with serving(web.Application(), address):
        with pytest.raises(TwinError, match=r"127\.150\.77\.1:7000.*another program"):
            async with serving(web.Application(), address):
                pass
