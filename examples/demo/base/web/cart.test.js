describe("cart", () => {
  it("adds up", () => {
    expect(total([{ price: 250, count: 2 }])).toBe(500);
  });
});
