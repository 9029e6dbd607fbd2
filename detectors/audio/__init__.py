"""Detectors of sound: one file each."""
