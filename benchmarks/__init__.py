"""Measurements, run by hand: figures belong to the machine that made them."""
