"""Compliance: what must be provable. Words: entry, record, link, chain, head, seal."""
