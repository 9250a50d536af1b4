"""await.sh: what cloud-init is told."""

import time


def test_await_tells_the_truth(booting):
    """0 with done, 1 with failed or a failed unit, 2 when the time is up; the markers are shown."""
    booting.stub("systemctl", "echo activating")
    booting.settings["BOOTSTRAP_TIMEOUT"] = "1"
    (booting.state / "bootstrap.log").write_text("t STEP names\n")
    code, output = booting.run("await.sh")
    assert (code, "did not end within 1 s" in output, "STEP names" in output) == (2, True, True)
    (booting.state / "failed").write_text("step=unwrap\ncode=30\n")
    assert booting.run("await.sh")[0] == 2, "the marker of an older run does not count while a new one is at work"
    booting.stub("systemctl", "echo failed; exit 3")
    code, output = booting.run("await.sh")
    assert (code, "step=unwrap" in output) == (1, True)
    (booting.state / "failed").unlink()
    assert booting.run("await.sh")[0] == 1
    (booting.state / "done").write_text("time=now\n")
    assert booting.run("await.sh")[0] == 0


def test_await_ends_with_the_bootstrap(booting):
    """It waits for a bootstrap that is still at work."""
    booting.stub("systemctl", "echo activating")
    with booting.start("await.sh") as waiting:
        time.sleep(0.5)
        (booting.state / "done").write_text("time=now\n")
        assert waiting.wait(timeout=10) == 0
