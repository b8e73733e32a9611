"""`serve.names`: by which names clients reach the gateway; those of a certificate: test_tls.py."""

from __future__ import annotations

import aiohttp
import pytest

from tests.support.socket_gateway import GOOD_KEY, Serve

pytestmark = pytest.mark.socket


async def test_a_name_of_the_machine_is_one_of_the_settings(serve: Serve) -> None:
    server = await serve(serve={"names": ["Strong.lan"], "ollama_port": 0})
    for host, status in (("strong.lan", 200), ("strong.lan:7717", 200), ("lan", 403), ("evil.example", 403)):
        headers = {"Authorization": f"Bearer {GOOD_KEY}", "Host": host}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{server.url}/v1/models") as answer:
            assert answer.status == status
    # the port without keys is for programs of this machine
    port = server.ports()["ollama"][1]
    async with (
        aiohttp.ClientSession(headers={"Host": "strong.lan"}) as http,
        http.get(f"http://127.0.0.1:{port}/api/tags") as answer,
    ):
        assert answer.status == 403
