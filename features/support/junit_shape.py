"""Whether a file has the shape that readers of JUnit reports expect; prints how many cases it has, and how many of them
failed.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

OUTCOMES = {"failure", "error", "skipped"}
INSIDE = OUTCOMES | {"system-out", "system-err", "properties"}


def fail(message: str) -> None:
    sys.exit(f"{sys.argv[1]}: {message}")


def check_case(case: ElementTree.Element) -> None:
    for attribute in ("classname", "name", "time"):
        if not case.get(attribute):
            fail(f"a case has no {attribute}")
    float(case.get("time", ""))
    for child in case:
        if child.tag not in INSIDE:
            fail(f"a case holds <{child.tag}>")
        if child.tag in {"failure", "error"} and not (child.get("type") or child.get("message")):
            fail(f"a {child.tag} says neither its type nor a message")
    if sum(child.tag in OUTCOMES for child in case) > 1:
        fail("a case has two outcomes")


def check_suite(suite: ElementTree.Element) -> list[ElementTree.Element]:
    cases = suite.findall("testcase")
    if not suite.get("name"):
        fail("a suite has no name")
    counts = {"tests": len(cases)}
    for attribute, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[attribute] = sum(case.find(outcome) is not None for case in cases)
    for attribute, count in counts.items():
        if int(suite.get(attribute, "0")) != count:
            fail(f'{attribute}="{suite.get(attribute)}", and there are {count}')
    for case in cases:
        check_case(case)
    return cases


def main() -> None:
    root = ElementTree.parse(sys.argv[1]).getroot()
    if root.tag not in {"testsuites", "testsuite"}:
        fail(f"it begins with <{root.tag}>")
    suites = root.findall("testsuite") if root.tag == "testsuites" else [root]
    cases = [case for suite in suites for case in check_suite(suite)]
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    print(json.dumps({"cases": len(cases), "failed": failed}))


main()
