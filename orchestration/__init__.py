"""Runs the night: Dagster at this level, plain Python in loading, demo and publishing."""
