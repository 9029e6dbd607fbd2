"""What is counted and remembered between messages: sliding windows and labels."""

from __future__ import annotations

__all__: list[str] = []
