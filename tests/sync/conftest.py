from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .rig import House, build


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = await build(tmp_path)
    yield built
    await built.store.close()


@pytest.fixture
async def keyed_house(tmp_path: Path) -> AsyncIterator[House]:
    built = await build(tmp_path, keyed=True)
    yield built
    await built.store.close()
