"""Providers around a provider, one file each; `ai.models` puts them together in a fixed order."""
