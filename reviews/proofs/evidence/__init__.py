"""What stands on paper: cells and labels, kinds of document, addresses, names of people and marks of companies. All of it pure."""
