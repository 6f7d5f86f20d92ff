"""Exports of a fictional county, written as its systems would write them, and real public figures.

The exports are SQL files beside this one. How landing files are read belongs in `loading`.
"""
