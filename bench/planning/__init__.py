"""What a deployment needs, worked out from measured costs."""
