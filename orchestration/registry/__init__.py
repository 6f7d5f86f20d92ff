"""What the dbt project declares: sources, models, promises, indicators and their versions."""
