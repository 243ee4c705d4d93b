"""Outbound HTTP: guarded, bounded, retried and traced in one place."""
