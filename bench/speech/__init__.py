"""What the speech benchmarks share."""
