"""The edge: sockets in, accepted messages out, verdicts back."""
