"""The subcommands of `digits`, a module each: `configure(parser)` declares its arguments, `run(args)` does
its job.
"""
