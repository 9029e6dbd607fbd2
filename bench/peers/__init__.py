"""Other servers, started in the same run as ours, so that ratios can be repeated by strangers."""
