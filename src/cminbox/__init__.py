"""cminbox: one keyboard-driven inbox for every network that people write to us on."""

__version__ = "0.1.0"
