"""Lend the tests of data a PostgreSQL server."""

from tests.data.postgres import postgres as postgres
