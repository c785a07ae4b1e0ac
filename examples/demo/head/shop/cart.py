"""A shopping cart. Money is in integer cents."""

from dataclasses import dataclass, field


@dataclass
class Cart:
    items: dict[str, int] = field(default_factory=dict)

    def add(self, sku: str, count: int = 1) -> None:
        if count < 1:
            raise ValueError("count must be at least 1")
        self.items[sku] = self.items.get(sku, 0) + count

    def total(self, prices: dict[str, int]) -> int:
        return sum(prices[sku] * count for sku, count in self.items.items())

    def average(self, prices: dict[str, int]) -> int:
        breakpoint()
        return self.total(prices) // sum(self.items.values())  # type: ignore[no-any-return]
