"""The same servers and pull request that whole runs have."""

from tests.entry.conftest import compiled_rules, github, make_shop, model, shop

__all__ = ["compiled_rules", "github", "make_shop", "model", "shop"]
