"""A whole run with the labeler: labels, the output `risk`, and the line in the comment."""

CONFIG = """
comment: always
pipeline:
  - quality_gates
  - labeler:
      size: {size/S: 0, size/L: 100}
      paths: {shop: ["shop/**"], docs: ["*.md"]}
      risk: {low: "risk: low", person: "risk: look"}
      create: true
"""


def test_labels_and_the_lane_follow_the_pushes(shop):
    shop.pull.put_labels("docs", author="mona")
    ended = shop.run(inputs={"config": CONFIG})
    assert ended.outputs["risk"] == "person", ended.log
    assert set(shop.pull.labels) == {"docs", "shop", "size/S", "risk: look"}
    sticky = next(one.body for one in shop.pull.comments if "codeflow:" in one.body)
    assert "Risk: a person should look: it changes 4 lines of what runs." in sticky
    base = {"shop/cart.py": "def total(prices):\n    return sum(prices)\n"}
    shop.push({**base, "README.md": "# Shop\n\nIt sells things.\n"})
    ended = shop.run(inputs={"config": CONFIG})
    assert ended.outputs["risk"] == "low", ended.log
    # Mona's own label stays, whoever else would have set it.
    assert set(shop.pull.labels) == {"docs", "size/S", "risk: low"}
