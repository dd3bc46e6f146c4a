"""The checks that `make check` runs besides lint and tests. They use the project as a new user does."""
