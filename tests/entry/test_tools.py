"""Other tools' reports in whole runs: shown once, counted by the gate, and on record."""

import json

from tests.entry.jobs import git


def sarif(*results, tool="ruff"):
    run = {"tool": {"driver": {"name": tool}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]})


def result(line=6, path="shop/cart.py", text="Do not divide", rule="R1", level="warning", **more):
    region = {"startLine": line}
    physical = {"artifactLocation": {"uri": path}, "region": region}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
        **more,
    }


def left_by_a_step(shop, files):
    git(shop.work_tree, "checkout", "--quiet", "feature")
    for name, text in files.items():
        path = shop.work_tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_tools_result_on_an_added_line_is_a_finding(shop):
    left_by_a_step(shop, {"out/ruff.sarif": sarif(result(), result(line=1))})
    ended = shop.run(inputs={"provider": "none", "sarif_files": "out/*.sarif"})
    (one,) = ended.report.findings
    assert (one.finding.rule, one.finding.path, one.finding.line) == ("ruff/R1", "shop/cart.py", 6)
    assert one.finding.sources == ("ruff",)
    assert one.finding.code == "    return total(prices) // len(prices)"
    assert ended.code == 0
    assert "::warning title=Do not divide (ruff/R1),file=shop/cart.py,line=6" in ended.stdout
    assert "1 about other code" in ended.summary
