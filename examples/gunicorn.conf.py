from sync_flask import engine

preload_app = True


def post_fork(server: object, worker: object) -> None:
    engine.__enter__()


def worker_exit(server: object, worker: object) -> None:
    engine.__exit__(None, None, None)
