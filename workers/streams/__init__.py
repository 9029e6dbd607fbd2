"""What decodes, sees and hears live streams, in processes of their own."""
