"""`--engine spark` on a real cluster of two worker processes, one of which is killed in mid-run."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_batch_engine import adjudicate, town

from ankang.batch import spark
from ankang.cli.main import main


def executors(context: Any) -> set[int]:
    """Return the processes of the cluster's executors, as their own tasks tell: each task's grandparent."""

    def grandparent(_: int) -> int:
        time.sleep(0.2)  # so that no executor takes all
        status = Path(f"/proc/{os.getppid()}/stat").read_text()
        return int(status.rpartition(")")[2].split()[1])

    return set(context.parallelize(range(4), 4).map(grandparent).collect())


def both_executors(context: Any) -> set[int]:
    for _ in range(60):
        found = executors(context)
        if len(found) == 2:
            return found
    raise AssertionError("the cluster has not two executors")


def kill_in_mid_run(context: Any, victim: int, killed: list[int]) -> None:
    """Kill an executor when a task of the deciding stage is done and others are not."""
    tracker = context.statusTracker()
    while not killed:
        for stage in tracker.getActiveStageIds():
            told = tracker.getStageInfo(stage)
            if told and told.numTasks >= 8 and 1 <= told.numCompletedTasks < told.numTasks - 1:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                return
        time.sleep(0.02)


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17: apt-get install openjdk-17-jre-headless")
def test_a_killed_worker_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town(tmp_path, people=2_000)
    expected = adjudicate(tmp_path, "batch")
    decide, killed, after = spark.decide_on_spark, list[int](), set[int]()

    def decide_and_kill(session: Any, *rest: Any) -> None:
        context = session.sparkContext
        victim = min(both_executors(context))
        watcher = threading.Thread(target=kill_in_mid_run, args=(context, victim, killed), daemon=True)
        watcher.start()
        decide(session, *rest)
        after.update(both_executors(context))

    monkeypatch.setattr(spark, "decide_on_spark", decide_and_kill)
    assert adjudicate(tmp_path, "spark", "csv", "--master", "local-cluster[2,1,1024]") == expected
    assert len(killed) == 1
    assert killed[0] not in after
    assert not list(tmp_path.glob(".*"))


def test_without_java_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town(tmp_path, people=3)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    words = ["adjudicate", "--programme", "programmes/2024-yandu", "--engine", "spark"]
    words += [word for name in ("covers", "events", "payouts") for word in (f"--{name}", f"{tmp_path}/{name}.csv")]
    assert main(words) == 2
    assert "Java 17" in capsys.readouterr().err
    assert not (tmp_path / "payouts.csv").exists()
