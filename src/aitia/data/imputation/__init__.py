"""Fill missing values in several times over, and pool what is estimated from each completed table."""
