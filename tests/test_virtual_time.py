"""The jumping clock itself."""

import asyncio


async def test_an_hour_passes_at_once() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(3600)
    assert loop.time() - before == 3600
