"""The process that looks at frames."""
