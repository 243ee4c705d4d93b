"""People: who somebody is and what they may do. Words: institution, API key, role, actor."""
