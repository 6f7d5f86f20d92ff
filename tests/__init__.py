"""Tests. A package, so that conftest is one module for pytest and for the tests that import it."""
