"""Telling a task's callback URL that the task ended, after Standard Webhooks."""

from jobmatch.errors import MissingExtra

try:
    from jobmatch.backends.webhook.notifier import WebhookNotifier
except ImportError as error:
    if error.name != "httpcore":
        raise
    raise MissingExtra("httpcore", extra="webhook") from error

__all__ = ["WebhookNotifier"]
