"""Entrypoints: composition, web, worker and command line."""
