"""Tests against real servers on loopback, which they start themselves (`python -m pytest tests/live`)."""
