"""The speeds that were promised, measured in one run: `make bench` writes `docs/benchmarks.md`."""
