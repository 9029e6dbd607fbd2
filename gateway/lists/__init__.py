"""Lists that others keep, brought into a policy by command."""
