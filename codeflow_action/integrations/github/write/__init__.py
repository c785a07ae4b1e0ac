"""What is written to GitHub."""
