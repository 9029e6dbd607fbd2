"""Live streams: taken in, judged, acted on."""
