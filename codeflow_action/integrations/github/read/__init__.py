"""What is read from GitHub."""
