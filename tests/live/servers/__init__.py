"""Real servers for the live tests: installed once outside the checkout, started on a free loopback port, ended by pid.

They live under `CMINBOX_SERVERS` (default `~/.cache/cminbox-servers`), each in a virtual environment of its own.
"""
