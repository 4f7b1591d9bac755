"""Screens, with their stylesheets beside them."""
