describe("cart", () => {
  it.only("adds up", () => {
    expect(total([{ price: 250, count: 2 }])).toBe(500);
  });

  it("is free when empty", () => {
    expect(total([])).toBe(0);
  });
});
