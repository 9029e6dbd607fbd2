"""The chat path: from an accepted message to a verdict on the wire."""
