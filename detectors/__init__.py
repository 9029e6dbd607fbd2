"""Samples to signals: one file per detector, one line each in the catalog."""
