"""What the screen does: one module per concern, each giving handlers for actions of the one table."""
