"""LiveKit tokens: who signed them, and their times, which count by the gateway's clock."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from voicegw_desktop.core.errors import Unauthorized
from voicegw_desktop.sockets.http import livekit_token
from voicegw_desktop.sockets.http.livekit_token import issuer_of

pytestmark = pytest.mark.unit

SECRET = "s" * 40
LONG_AGO, FAR_AHEAD = 1_000_000.0, 4_000_000_000.0


def signed(secret: str, **claims: Any) -> str:
    return jwt.encode({"iss": "VGWkey1", "inference": {"perform": True}, **claims}, secret, algorithm="HS256")


async def issuer(now: float, **claims: Any) -> str | None:
    async def secret_of(name: str) -> str:
        return SECRET

    return await issuer_of(signed(SECRET, **claims), secret_of, now)


async def test_an_unknown_issuer_is_refused_even_with_the_secret_that_stands_in_for_its_own() -> None:
    async def secret_of(name: str) -> None:
        return None

    assert await issuer_of(signed(livekit_token._DECOY, exp=FAR_AHEAD), secret_of, LONG_AGO) is None


@pytest.mark.parametrize("name", ["", 5, None, ["VGWkey1"]])
async def test_an_issuer_that_is_no_name_is_not_looked_up(name: Any) -> None:
    async def secret_of(name: str) -> str:
        raise AssertionError(name)

    header = jwt.encode({"exp": FAR_AHEAD}, SECRET, algorithm="HS256").split(".")[0]
    body = base64.urlsafe_b64encode(json.dumps({"iss": name}).encode()).rstrip(b"=").decode()
    assert await issuer_of(f"{header}.{body}.AAAA", secret_of, LONG_AGO) is None


@pytest.mark.parametrize("now", [LONG_AGO, FAR_AHEAD])
async def test_only_the_clock_that_is_given_counts(now: float) -> None:
    assert await issuer(now, exp=now + 600, nbf=now, iat=now) == "VGWkey1"


async def test_a_token_may_name_an_audience() -> None:
    assert await issuer(LONG_AGO, exp=LONG_AGO + 600, aud="somebody") == "VGWkey1"


async def test_clocks_may_differ_by_half_a_minute() -> None:
    assert await issuer(LONG_AGO + 30, exp=LONG_AGO) == "VGWkey1"
    assert await issuer(LONG_AGO - 30, exp=LONG_AGO + 600, nbf=LONG_AGO) == "VGWkey1"
    with pytest.raises(Unauthorized) as late:
        await issuer(LONG_AGO + 30.5, exp=LONG_AGO)
    assert late.value.code == "token_expired"
    with pytest.raises(Unauthorized) as early:
        await issuer(LONG_AGO - 30.5, exp=LONG_AGO + 600, nbf=LONG_AGO)
    assert early.value.code == "token_not_yet_valid"


async def test_times_may_have_fractions() -> None:
    assert await issuer(LONG_AGO, exp=LONG_AGO + 0.25, nbf=LONG_AGO - 0.25) == "VGWkey1"
