"""A run on record: what is written down, and how it is run again."""
