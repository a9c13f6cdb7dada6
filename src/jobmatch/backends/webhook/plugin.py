"""The factory for the entry point."""

from typing import TYPE_CHECKING

from jobmatch.backends.webhook.notifier import WebhookNotifier

if TYPE_CHECKING:
    from jobmatch.plugins import Backends


def from_backends(backends: "Backends") -> WebhookNotifier:
    """Make the notifier as the settings say, on deliveries kept where the tasks are."""
    settings = backends.settings
    return WebhookNotifier(
        deliveries=backends.with_tasks("deliveries"),
        secrets=settings.webhook_secrets,
        allow_http=settings.webhook_allow_http,
        allow_private=settings.webhook_allow_private,
    )
