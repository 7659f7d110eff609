"""The dashboard over https, as a browser sees it that believes one authority only."""

from __future__ import annotations

import itertools
import json
import os
import signal
import ssl
from datetime import datetime, timedelta, timezone

import ops
import pytest
from ops import pebble

from playground.around.authority import Authority, requests_in
from playground.around.browser import Browser
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HANGS, HTTP, is_ready, pid_of_karma
from workload.service import CHECK

WAITING = ops.WaitingStatus("certificates: waiting for a certificate from ssc")
EXPIRED = ops.WaitingStatus(f"{WAITING.message}, which has sent one that has expired")


def served() -> str:
    """The certificate that is served on the port."""
    return ssl.get_server_certificate(("127.0.0.1", 8080))


def test_the_key_is_in_a_file_for_karma_alone_and_nowhere_else(
    shown: Unit, container: WorkloadContainer, certified: int
):
    below = container.root / "tmp/karma"
    files = {path.name: path.stat().st_mode & 0o777 for path in below.rglob("*.*")}
    assert files == dict.fromkeys(("karma.yaml", "memory.json", "tls.crt", "tls.key", "0.pem"), 0o600)
    assert {path.stat().st_mode & 0o777 for path in (below, *below.rglob("*")) if path.is_dir()} == {0o700}
    [key] = below.rglob("tls.key")
    secret = key.read_text().splitlines()[1]
    plan = container.client.get_plan().to_yaml()
    for text in (str(shown.said(certified)), str(shown.application_said(certified)), plan, "\n".join(shown.log)):
        assert secret not in text
    assert secret not in shown.run_action("show-config", {})["config"]
    assert eventually(lambda: is_ready(container), wanted=True)


@pytest.mark.usefixtures("certified")
def test_a_karma_that_hangs_is_told_though_pebble_just_connects(shown: Unit, container: WorkloadContainer):
    for sent, status in ((signal.SIGSTOP, HANGS), (signal.SIGCONT, ops.ActiveStatus())):
        os.kill(pid_of_karma(container), sent)
        shown.fire(shown.on.update_status())
        assert shown.status == status
        assert is_ready(container)
    assert {check.period for check in container.client.get_plan().checks.values()} == {"1m0s"}, "Karma logs each"


@pytest.mark.parametrize("theme", ["auto", "neon"])
def test_a_renewed_certificate_is_taken_up_by_one_restart_though_an_option_be_refused(
    shown: Unit, container: WorkloadContainer, certified: int, authority: Authority, browser: Browser, theme: str
):
    shown.config(ui_theme=theme)
    before, old, told = container.starts, served(), shown.status
    assert told.name == {"auto": "active", "neon": "blocked"}[theme]
    shown.certify(certified, authority)
    assert shown.status == told
    shown.fire(shown.on.update_status())
    assert eventually(browser.is_up, wanted=True)
    assert served() != old
    assert container.starts == before + 1


def test_under_load_a_renewal_is_one_short_pause_that_the_check_of_its_answers_does_not_see(
    shown: Unit, container: WorkloadContainer, certified: int, authority: Authority, browser: Browser
):
    with browser.watching() as seen:
        shown.certify(certified, authority)
        assert eventually(browser.is_up, wanted=True)
        assert eventually(lambda: seen[-1], wanted=True)
    pauses = [answered for answered, _ in itertools.groupby(seen)].count(False)
    assert (seen[0], seen[-1]) == (True, True)
    assert pauses <= 1
    [check] = container.client.get_checks(names=[CHECK])
    assert (check.status, check.failures) == (pebble.CheckStatus.UP, 0)


def test_an_expired_certificate_is_served_and_told_until_a_good_one_is_taken_up_by_one_restart(
    shown: Unit, container: WorkloadContainer, authority: Authority, browser: Browser
):
    before = container.starts
    relation = shown.integrate("certificates", "ssc")
    an_hour_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    answer = authority.answer(*requests_in(shown.said(relation)), not_after=an_hour_ago)
    [entry] = json.loads(answer["certificates"])
    shown.answer(relation, answer)
    assert shown.status == EXPIRED
    assert eventually(lambda: served().strip() == entry["certificate"].strip(), wanted=True)
    assert container.starts == before + 1
    assert not browser.is_up()
    assert not HTTP.is_up()
    assert "up: true" in shown.run_action("list-alertmanagers", {})["alertmanagers"]
    assert eventually(lambda: is_ready(container), wanted=True)
    for event in (shown.on.update_status(), shown.on.config_changed(), shown.on.leader_elected()):
        shown.fire(event)
        assert shown.status == EXPIRED
    assert container.starts == before + 1
    shown.certify(relation, authority)
    assert shown.status == ops.ActiveStatus()
    assert eventually(browser.is_up, wanted=True)
    assert container.starts == before + 2


def test_when_juju_tells_of_the_expiry_the_last_one_is_served_until_the_next_is_taken_up_by_one_restart(
    shown: Unit, container: WorkloadContainer, certified: int, authority: Authority, browser: Browser
):
    before, old = container.starts, served()
    asked = requests_in(shown.said(certified))
    [secret] = [one for one in shown.state.secrets if "csr" in one.tracked_content]
    shown.fire(shown.on.secret_expired(secret, revision=1))
    assert shown.status == WAITING
    again = requests_in(shown.said(certified))
    assert (len(again), again == asked) == (1, False)
    shown.fire(shown.on.update_status())
    assert requests_in(shown.said(certified)) == again
    assert (served(), container.starts) == (old, before)
    assert browser.is_up()
    shown.certify(certified, authority)
    assert shown.status == ops.ActiveStatus()
    assert eventually(browser.is_up, wanted=True)
    assert served() != old
    assert container.starts == before + 1
