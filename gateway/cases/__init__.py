"""Cases: what asks for people, kept until somebody decided or nobody needs to."""
