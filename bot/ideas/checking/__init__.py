"""What is looked at before anything is kept: patient details, names, concerns, medicines."""
