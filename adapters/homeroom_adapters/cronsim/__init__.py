"""Cron calendars by cronsim."""
