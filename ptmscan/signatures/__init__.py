"""The catalogue of calls that load pre-trained models: load, validate, compile, look up; names to identities."""
