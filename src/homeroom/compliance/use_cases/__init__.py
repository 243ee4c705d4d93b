"""What can be asked of compliance: by administrators, auditors, and the house itself."""
