"""What the files for Prometheus and Grafana lean on is there: metrics, records, and a runbook for each alarm."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[3]
MONITORING = REPOSITORY / "deploy" / "monitoring"
RUNBOOKS = "docs/operations.md"
PARTS = ("Means", "Look", "Do", "Over when")
WANTED = {
    "PayoutsNoLiveWorker", "PayoutsNoLiveRelay", "PayoutsNoLiveBeat", "PayoutsDueTooOld", "PayoutsMarkerTooOld",
    "PayoutsUnknownTooLong", "PayoutsNeedReview", "PayoutsHeld", "PayoutsRailFailing", "PayoutsRailLeftAlone",
    "PayoutsErrors", "PayoutsSlow", "PayoutsDatabaseAway", "PayoutsRedisAway", "PayoutsShed",
}  # fmt: skip


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "payouts.rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alarms() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MONITORING / "payouts.dashboard.json").read_text())
    return found


def questions_of_dashboard() -> Iterator[str]:
    shown = dashboard()
    for variable in shown["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"]
    for panel in shown["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def named_metrics() -> set[str]:
    """All that rules and dashboard ask for, without what labels hold; recorded ones have a colon."""
    asked = [*(rule["expr"] for rule in rules()), *questions_of_dashboard()]
    return {
        name
        for each in asked
        for name in re.findall(r"\bpayouts[_:][a-z0-9_:]+", re.sub(r'"[^"]*"', "", each))
    }


def exported_names() -> set[str]:
    return {name for name in named_metrics() if ":" not in name}


def test_it_finds_what_it_judges() -> None:
    assert len(alarms()) > 20
    assert len(exported_names()) > 20
    assert {alarm["alert"] for alarm in alarms()} >= WANTED


def test_it_records_what_it_asks_for_and_asks_for_what_it_records() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert {name for name in named_metrics() if ":" in name} == recorded


def test_it_tests_every_alarm_with_figures_that_call_and_with_some_that_do_not() -> None:
    tests = yaml.safe_load((MONITORING / "payouts.tests.yml").read_text())["tests"]
    seen = {
        (judged["alertname"], bool(judged["exp_alerts"]))
        for test in tests
        for judged in test.get("alert_rule_test", [])
    }
    assert seen == {(alarm["alert"], calls) for alarm in alarms() for calls in (True, False)}


@pytest.mark.parametrize("alarm", alarms(), ids=lambda alarm: alarm["alert"])
def test_it_says_what_to_do_at_each_alarm(alarm: dict[str, Any]) -> None:
    assert alarm["labels"]["severity"] in {"critical", "warning"}
    place, _, anchor = alarm["annotations"]["runbook"].partition("#")
    assert (place, anchor) == (RUNBOOKS, alarm["alert"].lower())

    _, heading, behind = (REPOSITORY / RUNBOOKS).read_text().partition(f"\n### {alarm['alert']}\n")
    assert heading, f"{RUNBOOKS} has no part of this name"
    part = re.split(r"\n##", behind)[0]
    assert all(f"- **{name}**: " in part for name in PARTS)


def test_it_has_no_runbook_for_an_alarm_that_is_no_more() -> None:
    headings = re.findall(r"\n### (Payouts\w+)\n", (REPOSITORY / RUNBOOKS).read_text())
    assert sorted(headings) == sorted(alarm["alert"] for alarm in alarms())


def test_it_draws_panels_that_have_a_question_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["targets"] for panel in panels if panel["type"] != "row")
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_it_scrapes_every_kind_of_process_by_the_name_that_rules_look_for() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    assert {job["job_name"] for job in jobs} == {
        f"payouts-{role}" for role in ("web", "worker", "relay", "beat")
    }
