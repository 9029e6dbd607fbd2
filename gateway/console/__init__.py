"""The consoles: their live socket, and what they show that is not a case."""
