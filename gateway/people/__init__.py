"""People: accounts, sessions, what who may do, and the audit of what they did."""
