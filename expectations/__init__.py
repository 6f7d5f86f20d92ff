"""Judges the promises to readers on the evidence that the night built, and tells an auditor.

Knows the dbt manifest and the build file; who starts it, and what follows, is not its business.
"""
