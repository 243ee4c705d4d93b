"""Adapters: one package per technology, found by entry point."""
