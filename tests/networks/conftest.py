"""The networks that the contract suite runs over."""

from collections.abc import AsyncIterator

import pytest

from .mastodon_rig import MastodonRig
from .matrix_rig import MatrixRig
from .rig import Rig

RIGS: tuple[type[Rig], ...] = (MastodonRig, MatrixRig)


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__.removesuffix("Rig").lower())
async def each(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """A practice server of every network, in turn."""
    rig = request.param()
    yield rig
    await rig.close()
