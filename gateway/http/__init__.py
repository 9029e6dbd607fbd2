"""The HTTP API: health, metrics, and moderators' decisions."""
