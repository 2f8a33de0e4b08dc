"""For every check of an exercise: answers that must be accepted and classic mistakes that must be refused."""
