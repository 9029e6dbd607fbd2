"""What goes into a server under measurement: schedules, messages, generators, the ledger."""
