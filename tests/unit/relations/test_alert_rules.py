"""The alert rules as Prometheus and Loki get them: each fires when it has to, and else is silent."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.unit import MODEL, ROOT, Unit

PROMTOOL = shutil.which("promtool")
KARMA = {
    "juju_model": "prod",
    "juju_model_uuid": str(MODEL.uuid),
    "juju_application": "karma",
    "juju_unit": "karma/0",
    "instance": "a",
}
UP, ERRORS, CYCLES = "karma_alertmanager_up", "karma_alertmanager_errors_total", "karma_collect_cycles_total"
AM = {"alertmanager": "am-0"}
OTHER = {"juju_application": "other"}

Series = tuple[str, dict[str, str], str]
# Alert, minutes, series of its cause, and the same a little better, so that it stays silent.
CASES: list[tuple[str, int, list[Series], list[Series]]] = [
    ("KarmaDown", 8, [("up", {}, "1x1 0x20")], [("up", {}, "1x1 0x3 1x20"), ("up", OTHER, "0x30")]),
    ("KarmaAbsent", 20, [("up", OTHER, "1x30")], [("up", {}, "0x30")]),
    (
        "KarmaAlertmanagerUnreachable",
        15,
        [(UP, AM, "1x4 0x20"), (ERRORS, AM, "0x4 1+1x20")],
        [(UP, AM, "0x30"), (ERRORS, AM, "3x30"), (UP, {"alertmanager": "b"}, "1x30")],
    ),
    (
        "KarmaDeadMansSwitchSilent",
        20,
        [(UP, AM, "1x4 0x20"), (ERRORS, AM, "3x30")],
        [(UP, AM, "0x30"), (ERRORS, AM, "0+1x30")],
    ),
    (
        "KarmaAlertmanagerErrors",
        40,
        [(CYCLES, AM, "0+1x50"), (ERRORS, {**AM, "endpoint": "silences"}, "0+0.5x50")],
        [(CYCLES, AM, "0+1x50"), (ERRORS, {**AM, "endpoint": "silences"}, "0+0.1x50")],
    ),
    ("KarmaCollectionStalled", 45, [(CYCLES, AM, "0+1x5 5x50")], [(CYCLES, AM, "0+0.1x60")]),
]


def matched(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{label}={json.dumps(value)}" for label, value in labels.items())


def published(unit: Unit, endpoint: str) -> list[dict[str, Any]]:
    unit.join(endpoint, 2)
    [group] = json.loads(unit.application_said(2)["alert_rules"])["groups"]
    return group["rules"]


@pytest.mark.parametrize(
    ("endpoint", "names"),
    [("metrics-endpoint", [name for name, *_ in CASES]), ("logging", ["KarmaLogsErrors", "KarmaCrashed"])],
)
def test_each_rule_has_cases_and_says_what_to_do(related: Unit, endpoint: str, names: list[str]):
    rules = published(related, endpoint)
    assert [rule["alert"] for rule in rules] == names
    page = ROOT / "docs" / "reference" / "alert-rules.md"
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning")
        notes = rule["annotations"]
        assert notes.keys() == {"summary", "description", "runbook_url"}
        assert notes["runbook_url"].endswith(f"/docs/reference/alert-rules.md#{rule['alert'].lower()}")
        assert f"\n## {rule['alert']}\n" in page.read_text()


@pytest.mark.skipif(not PROMTOOL, reason="there is no promtool; Debian's package prometheus has it")
@pytest.mark.parametrize("fires", [True, False], ids=["fires", "is silent"])
@pytest.mark.parametrize("case", CASES, ids=[name for name, *_ in CASES])
def test_an_alert_fires_for_its_cause_alone(
    related: Unit, tmp_path: Path, case: tuple[str, int, list[Series], list[Series]], fires: bool
):
    name, minutes, cause, better = case
    rules = published(related, "metrics-endpoint")
    [rule] = [rule for rule in rules if rule["alert"] == name]
    # What its texts name has to be there.
    named = sorted({*re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))} | {"juju_application"})
    series = [
        {"series": f"{metric}{{{matched({**KARMA, **extra})}}}", "values": values}
        for metric, extra, values in (cause if fires else better)
    ]
    labels = matched({label: {**KARMA, **AM}[label] for label in named})
    expected = {
        "expr": f'count by ({", ".join(named)}) (ALERTS{{alertname="{name}", alertstate="firing"}})',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": f"{{{labels}}}", "value": 1}] if fires else [],
    }
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [expected]}
    # JSON is YAML.
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "karma", "rules": rules}]}))
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "test.yaml").write_text(json.dumps(whole))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# As v0.90 and v0.133 write them, in each format -> the rule that counts them.
LOGGED = {
    r'level=error msg="Request failed" error="Get \"http://am/metrics\": refused" alertmanager=a': "",
    r'level=ERROR msg="Collection failed" error="Get \"http://am/\": refused" alertmanager=a try=1/2': "",
    r'{"level":"error","error":"Get \"http://am/\": refused","alertmanager":"a","message":"Request failed"}': "",
    r'{"level":"ERROR","msg":"Collection failed","error":"Get \"http://am/\": refused","alertmanager":"a"}': "",
    'level=INFO msg="GET request" uri=http://am/error timeout=40s': "",
    'time=2026-11-26T20:14:41.976Z level=ERROR msg="History query failed" error="refused"': "KarmaLogsErrors",
    '{"level":"ERROR","msg":"Failed to proxy a request","error":"refused"}': "KarmaLogsErrors",
    'level=error msg="History query failed" error="refused"': "KarmaLogsErrors",
    '{"level":"error","error":"refused","message":"History query failed"}': "KarmaLogsErrors",
    "panic: runtime error: index out of range [5] with length 3": "KarmaCrashed",
    "fatal error: runtime: out of memory": "KarmaCrashed",
    'level=INFO msg="http: panic serving 10.1.2.3:4567: runtime error"': "KarmaCrashed",
    'level=ERROR msg="Execution failed" error="listen tcp :8080: bind: address already in use"': "KarmaCrashed",
    'level=fatal msg="Execution failed" error="failed to parse configuration file"': "KarmaCrashed",
}


@pytest.mark.parametrize("name", ["KarmaLogsErrors", "KarmaCrashed"])
def test_a_rule_on_the_log_counts_its_lines_alone(related: Unit, name: str):
    [expr] = [rule["expr"] for rule in published(related, "logging") if rule["alert"] == name]
    # No tool of Debian's knows LogQL; its filters are regular expressions like Python's.
    found = re.fullmatch(
        r"sum by \(juju_model, juju_application, juju_unit\) \(count_over_time\("
        r"\{([^}]*)\}((?: [|!]~ `[^`]+`)+) \[\d+m\]\)\) > \d+",
        expr,
    )
    assert found
    assert {*re.findall(r'(\w+)="', found[1])} == {"juju_model", "juju_model_uuid", "juju_application"}
    filters = re.findall(r"([|!])~ `([^`]+)`", found[2])

    def passes(line: str) -> bool:
        return all(bool(re.search(pattern, line)) == (how == "|") for how, pattern in filters)

    assert [line for line in LOGGED if passes(line)] == [line for line, by in LOGGED.items() if by == name]
