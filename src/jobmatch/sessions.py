"""Sessions of the caller's, found without the library that they are of."""


def session_of(connection: object) -> object:
    """Return the session that a registry, such as SQLAlchemy's ``scoped_session``, has for whoever asks.

    Ask where the caller is: for another thread, or task, the registry has another session.

    Arguments:
        connection: a registry; anything else is returned as it is.
    """
    if callable(connection) and hasattr(connection, "registry") and hasattr(connection, "session_factory"):
        found: object = connection()
        return found
    return connection
