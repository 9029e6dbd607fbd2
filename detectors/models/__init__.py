"""Models that judge text; they run in a worker, never in the gateway."""
