"""Make data with known truth: random graphs, mechanisms, interventions and what observation does to the rows."""
