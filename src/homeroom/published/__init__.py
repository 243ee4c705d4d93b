"""Facts that other contexts and the world may hear: versioned names, ids only, no personal data."""
