"""What does a result of a million rows cost us, in memory and in time?

Peer: the Oxigraph server in memory, which writes rows while it finds them; we finish a result
before its first byte is sent, so that none is ever cut short. All triples as TSV, our limits on
time and size raised, read and thrown away by one client. Memory is what all our processes have
more than before at their highest, shared pages counted once, sampled every 50 ms: the result, and
the pages of the store that the process which evaluates the query no longer shares. The ratios are
that memory to 64 MB, and our time to the last byte to the peer's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import perf_counter

from benchmarks import harness, peers, processes
from benchmarks.harness import DisagreementError, Finding, Goal, Options
from benchmarks.peers import Server
from citydiplomacy import release

MEMORY, TIME = Goal(1, is_least=False), Goal(1.5, is_least=False)
_MEGABYTE = 1024 * 1024
_ALLOWED = 64
_PIECE = 256 * 1024
_NUMBERS = count()
_ours = partial(peers.ours, result_bytes=2**31, query_seconds=120)


@dataclass(frozen=True)
class _Download:
    rows: int
    first_byte: float
    seconds: float
    extra: int


def measure(options: Options) -> Iterator[Finding]:
    """Yield the memory that we need, and the times of both."""
    data = options.data()
    held = release.at(data)
    rows = sum(held.manifest["graphs"].values()) if held else 0
    with harness.servers(data, _ours, peers.oxigraph) as found:
        measured = harness.by_turns(found, options.rounds, _download)
    ours, theirs = measured["ours"], measured["oxigraph"]
    got = {each.rows for each in ours + theirs}
    if got != {rows}:
        raise DisagreementError(f"Of {rows} rows came {sorted(got)}.")
    extra = [each.extra / _MEGABYTE for each in ours]
    yield Finding(
        f"{rows:,} rows: extra memory",
        f"{harness.median(extra):.0f} MB",
        f"{_ALLOWED} MB allowed",
        [each / _ALLOWED for each in extra],
        MEMORY,
    )
    times = harness.ratios((each.seconds for each in ours), (each.seconds for each in theirs))
    yield Finding(f"{rows:,} rows: time, oxigraph", _shown(ours), _shown(theirs), times, TIME)


def _shown(downloads: list[_Download]) -> str:
    seconds = harness.median(each.seconds for each in downloads)
    first = harness.median(each.first_byte for each in downloads)
    return f"{seconds:.2f} s (first byte {first:.2f} s)"


def _download(server: Server) -> _Download:
    text = f"SELECT ?s ?p ?o {{ ?s ?p ?o }}\n# request {next(_NUMBERS)}"
    before = processes.memory(server.pid)
    with processes.highest_memory(server.pid) as highest:
        start = perf_counter()
        with server.answer(text, "text/tab-separated-values") as body:
            piece = body.read(1)
            first = perf_counter() - start
            ends = piece.count(b"\n")
            while piece := body.read(_PIECE):
                ends += piece.count(b"\n")
        seconds = perf_counter() - start
    return _Download(ends - 1, first, seconds, max(0, highest[0] - before))


if __name__ == "__main__":
    harness.main(__doc__, measure)
