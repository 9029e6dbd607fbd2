"""Paging: who is called about what, how they are reached, and what happens when nobody answers."""
