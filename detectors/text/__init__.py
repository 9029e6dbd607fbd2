"""Detectors over text: pure, microseconds, safe to run inside the gateway process."""
