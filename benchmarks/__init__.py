"""What things cost, as ratios of two things measured in turn: `python -m benchmarks NAME [--json OUT]`."""
