"""The only place that wires: settings, plugins, containers and the open application."""
