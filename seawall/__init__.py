"""Seawall: what happened in a chat or stream, what is known about it, and what to do.

This package is the pure core and the client; it needs msgspec and websockets, nothing else.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
