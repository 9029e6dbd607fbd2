"""Policy: load plain trees, check them, compile them, explain them."""
