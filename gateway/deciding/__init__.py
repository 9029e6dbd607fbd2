"""What people decide: previews, decisions and their parts, undo, nukes."""
