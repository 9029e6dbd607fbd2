"""What a run says: its result as JSON, as a page, in the terminal, and beside another one."""
