"""The practice networks by name, and a stage with those that a scenario plays on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cminbox.clock import Clock
from cminbox.practice.bluesky_scene import BlueskyScene
from cminbox.practice.discourse_scene import DiscourseScene
from cminbox.practice.mastodon_scene import MastodonScene
from cminbox.practice.matrix_scene import MatrixScene
from cminbox.practice.scene import Scene
from cminbox.practice.script import Scenario
from cminbox.practice.sources import BlogSource, SearchSource, Source
from cminbox.practice.stage import Stage
from cminbox.practice.wordpress_scene import WordPressScene

SCENES: Mapping[str, Callable[[Clock, str], Scene]] = {
    "mastodon": MastodonScene,
    "matrix": MatrixScene,
    "bluesky": BlueskyScene,
    "discourse": DiscourseScene,
    "wordpress": WordPressScene,
}
SOURCES: Mapping[str, Callable[[Clock, str], Source]] = {"rss": BlogSource, "hackernews": SearchSource}


def open_stage(scenario: Scenario, clock: Clock, brand: str) -> Stage:
    """A stage for a scenario, with an account of the brand on each network that it names."""
    named = {cue.network for cue in scenario.cues}
    scenes = {network: scene(clock, brand) for network, scene in SCENES.items() if network in named}
    sources = {network: source(clock, brand) for network, source in SOURCES.items() if network in named}
    return Stage(scenario, scenes, clock, sources)
