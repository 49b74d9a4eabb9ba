"""Files of people, read no further than a limit: what a provider says of their size need not be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.base import TooLarge

if TYPE_CHECKING:
    import aiohttp


async def read_capped(response: aiohttp.ClientResponse, limit_bytes: int, what: str) -> bytes:
    """The body of an answer. Raises TooLarge (`what`: …) for a larger one."""
    too_large = TooLarge(f"{what}: larger than {limit_bytes} bytes")
    if (response.content_length or 0) > limit_bytes:
        raise too_large
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > limit_bytes:
            raise too_large
    return bytes(body)
