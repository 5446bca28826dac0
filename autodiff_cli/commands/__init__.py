"""One file a subcommand: read the arguments, call the library, hand the report to a renderer."""
