"""The program: joins the bus as exo tells it to, and serves until it is stopped."""

import asyncio
import os
from pathlib import Path

from exorelay import ExoRelay

from search_index import SearchIndex
from search_service import SearchService


async def main() -> None:
    index = SearchIndex(Path(os.environ["EXO_DATA"]) / "search.db")
    relay = ExoRelay.from_environment(SearchService(index), window=1024)
    await relay.run()


if __name__ == "__main__":
    asyncio.run(main())
