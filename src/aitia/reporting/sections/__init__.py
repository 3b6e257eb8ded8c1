"""Write each section of a report from a study and its analysis."""
