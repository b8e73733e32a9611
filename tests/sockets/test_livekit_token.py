"""The times of LiveKit tokens, which count by the gateway's clock."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from voicegw_desktop.core.errors import Unauthorized
from voicegw_desktop.sockets.http.livekit_token import issuer_of

pytestmark = pytest.mark.unit

SECRET = "s" * 40
LONG_AGO, FAR_AHEAD = 1_000_000.0, 4_000_000_000.0


async def issuer(now: float, **claims: Any) -> str | None:
    async def secret_of(name: str) -> str:
        return SECRET

    given = {"iss": "VGWkey1", "inference": {"perform": True}, **claims}
    return await issuer_of(jwt.encode(given, SECRET, algorithm="HS256"), secret_of, now)


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
