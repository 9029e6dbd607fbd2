"""What the console and the HTTP API show and take: structs and nothing else."""
