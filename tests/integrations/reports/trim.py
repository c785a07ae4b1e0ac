"""Makes fixtures of what the tools wrote: `python trim.py FROM TO`.

Takes out what no test reads and is long: rules without a result, help texts, code flows. Puts
`@AWS_ID@` and `@AWS_KEY@` where a tool has quoted the made-up secret; `reports.py` puts it back.
"""

import json
import sys
from pathlib import Path

from tests.integrations.reports.project import AWS_ID, AWS_KEY

LONG = 400  # characters
DROPPED = ("codeFlows", "relatedLocations", "graphs", "help", "fixes")


def trimmed(value):
    if isinstance(value, dict):
        return {key: trimmed(item) for key, item in value.items() if key not in DROPPED}
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    return value[:LONG] if isinstance(value, str) else value


def main(source, target):
    for path in sorted(source.glob("*.sarif")):
        document = trimmed(json.loads(path.read_text(encoding="utf-8-sig")))
        for run in document["runs"]:
            used = {result.get("ruleId") for result in run["results"]}
            driver = run["tool"]["driver"]
            if not any("ruleIndex" in result for result in run["results"]):
                driver["rules"] = [rule for rule in driver.get("rules", []) if rule["id"] in used]
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        text = text.replace(AWS_ID, "@AWS_ID@").replace(AWS_KEY, "@AWS_KEY@")
        (target / path.name).write_text(text.replace("tmp.asg.", "rules."))


main(Path(sys.argv[1]), Path(sys.argv[2]))
