"""From the night's file to what people read: files first, then one atomic swap.

Plain Python over DuckDB; knows neither dbt nor Dagster, and decides nothing about what is true.
"""
