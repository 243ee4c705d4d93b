"""Where: the tree of a school, from its campuses to its sections, and who is enrolled there."""
