"""The laboratory of lesson 09: measures of a picture, experiments with a table, the report."""
