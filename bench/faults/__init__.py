"""Faults made on purpose: victims, the load on them, and what must still be true afterwards."""
