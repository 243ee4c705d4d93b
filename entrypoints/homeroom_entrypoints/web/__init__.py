"""The web service: handlers parse, call one use case and shape the answer."""
