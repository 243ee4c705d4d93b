"""Tests that adapt to who takes them: how able somebody is, what tells most, and when to stop.

Everything here is arithmetic of its arguments: no clock, no store, and chance only by a seed.
"""
