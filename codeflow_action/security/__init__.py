"""Cleans what leaves us: secrets are blanked, and strangers' text can act nowhere."""
