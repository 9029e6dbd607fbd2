"""Detectors of pictures: one file each."""
