"""What memory this program held at most, as Linux tells it.

The figure of `getrusage` also counts whatever started the program.
"""

from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"


def held_mb() -> float:
    """What is held now."""
    return _read("VmRSS")


def peak_mb() -> float:
    """The most that was held, since the beginning or the last `forget_peak`."""
    return _read("VmHWM")


def forget_peak() -> None:
    """The most that was held counts from now on."""
    _CLEAR.write_text(_FORGET_PEAK, encoding="ascii")


def _read(name: str) -> float:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) / 1024
