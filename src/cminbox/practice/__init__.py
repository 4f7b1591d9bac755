"""Simulated networks in real wire formats, and the scenarios that play on them: the demo, the drills, the tests."""
