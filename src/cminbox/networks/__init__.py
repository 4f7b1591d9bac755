"""Connectors: one module per network behind the contract in base.py."""
