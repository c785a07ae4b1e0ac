"""Pipeline actions: one file or folder each, with their prompts beside them."""
