"""One file a verb of `seawall bench` that loads, breaks, compares or plans a whole system."""
