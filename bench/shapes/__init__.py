"""What the parts of the harness hand to each other: scenarios, systems, results."""
