"""Job matching in a Flask app, with an engine for each process.

gunicorn --chdir examples --config gunicorn.conf.py sync_flask:app
"""

# --8<-- [start:app]
from flask import Flask, request

from jobmatch import MatchRequest, Profile, SyncMatchEngine

app = Flask(__name__)
engine = SyncMatchEngine.from_settings()  # not open yet: each process opens its own


def best() -> list[dict[str, object]]:
    page = engine.match(MatchRequest(profile=Profile(text=request.get_data(as_text=True))))
    return [{"title": match.job.title, "score": match.score} for match in page.matches]


app.add_url_rule("/best", view_func=best, methods=["POST"])
# --8<-- [end:app]
