"""What works beside the reading while the lease is held: rules and hooks, which sync does not know."""

from __future__ import annotations

from typing import Protocol


class Beside(Protocol):
    """Begun with the lease and stopped before it is given back."""

    async def begin(self) -> None:
        """The lease is ours. Raises StoreError."""

    def look(self) -> None:
        """Something changed in the store; does not wait."""

    async def after_reading(self) -> None:
        """A round has read everything; what it brings about comes before what is left to send. Raises StoreError."""

    async def finish(self) -> None:
        """A process that came for one round is about to go. Raises StoreError."""

    async def stop(self) -> None:
        """The lease is about to be given back."""
