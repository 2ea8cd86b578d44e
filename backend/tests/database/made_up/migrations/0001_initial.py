from importlib import import_module

Migration = import_module("heartbeats.migrations.0001_initial").Migration
