"""Lead a question from its data to a defended answer: plan, do, judge, record."""
