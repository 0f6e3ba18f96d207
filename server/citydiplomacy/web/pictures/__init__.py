"""Pictures drawn by the server: they need no script, and each shows what a table says as well."""
