"""Commands of the command line, by topic; `cli` puts them together."""
