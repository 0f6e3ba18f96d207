"""The service under good and hostile clients together: it answers all, and stays as it was."""

import subprocess
import sys

import pytest

from citydiplomacy import paths

SOAK = paths.root() / "benchmarks" / "soak.py"


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_a_thousand_attacks_harm_nobody_and_leave_nothing() -> None:
    command = [sys.executable, str(SOAK), "--minutes", "5", "--repetitions", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "NOT WELL" not in done.stdout
