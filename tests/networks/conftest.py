"""The networks that the contract suite runs over."""

from collections.abc import AsyncIterator

import pytest

from .bluesky_rig import BlueskyRig
from .discourse_rig import DiscourseRig
from .mastodon_rig import GoToSocialRig, MastodonRig
from .matrix_rig import MatrixRig
from .rig import Rig
from .wordpress_rig import WordPressRig

RIGS: tuple[type[Rig], ...] = (MastodonRig, GoToSocialRig, MatrixRig, WordPressRig, BlueskyRig, DiscourseRig)


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__.removesuffix("Rig").lower())
async def each(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """A practice server of every network, in turn."""
    rig = request.param()
    yield rig
    await rig.close()
