"""What keeps strangers' text and secrets where they belong."""
