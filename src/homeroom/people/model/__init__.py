"""What people decide with: institutions, keys, and who somebody is."""
