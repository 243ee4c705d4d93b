"""MongoDB: the store of exams' documents; all else stays where it is."""
