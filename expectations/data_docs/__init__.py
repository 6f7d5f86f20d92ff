"""The pages an auditor reads: our own, and Great Expectations' in the same dress.

Holds templates and what fills them; what is judged, and how, is outside.
"""
