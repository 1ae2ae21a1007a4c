"""How many cases of each peer's suite have run, and how many are excluded: said at the end of a test run."""

from collections import Counter

SUITES = {"test_onnx.py": "ONNX's tests", "test_keras_suite.py": "Keras's own tests"}


def write_counts(terminalreporter):
    """Add up what exclusions.judge has recorded, both engines together, and say it."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    for file, title in SUITES.items():
        counts = Counter()
        for report in reports:
            if report.when == "call" and file in report.nodeid:
                counts.update(dict(report.user_properties))
        if counts:
            terminalreporter.write_line(
                f"{title}: {counts['peers_ran']} cases ran, {counts['peers_excluded']} are excluded "
                f"(a case counts for each engine; reasons in tests/peers/)"
            )
