"""How good is the reviewer: datasets of known findings, and what is measured against them."""
