"""A process that mirrors once, to be killed: ``python -m tests.support.mirror_process URL FILE STREAM …``."""

from __future__ import annotations

import asyncio
import sys

from tests.support.mirror_contents import UNLIMITED
from workato_async import Limiter, WorkatoSession
from workato_async.mirror import Mirror


async def main(url: str, path: str, *streams: str) -> None:
    async with (
        WorkatoSession("token", base_url=url, limiter=Limiter(default=UNLIMITED)) as session,
        Mirror(session, f"sqlite:///{path}") as mirror,
    ):
        await mirror.run(streams)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
