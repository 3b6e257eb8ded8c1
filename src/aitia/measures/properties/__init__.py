"""Ask what the columns of a table are like, one property a file: what methods assume and planners want to know."""
