"""Transports over HTTP: the second name is that of 1.x."""

from contextlib import AbstractAsyncContextManager

import httpx2

def streamable_http_client(url: str, *, http_client: httpx2.AsyncClient) -> object: ...
def streamablehttp_client(
    url: str, *, headers: dict[str, str]
) -> AbstractAsyncContextManager[tuple[object, object, object]]: ...
