"""Creates sessions and tokens with PyPI `opentok`, unmodified, and prints them as one JSON object.

Usage: opentok_sessions.py URL API_KEY API_SECRET
"""
import json
import sys

from opentok import Client, MediaModes, ArchiveModes, Roles
from opentok.exceptions import OpenTokException

url, key, secret = sys.argv[1:]
client = Client(key, secret, api_url=url)

sessions = {
    "routed": client.create_session(media_mode=MediaModes.routed).session_id,
    "relayed": client.create_session(media_mode=MediaModes.relayed).session_id,
    "archived": client.create_session(media_mode=MediaModes.routed, archive_mode=ArchiveModes.always).session_id,
    "located": client.create_session(location="12.34.56.78").session_id,
}
tokens = {}
for role in (Roles.subscriber, Roles.publisher, Roles.publisher_only, Roles.moderator):
    for form, use_jwt in (("JWT", True), ("T1", False)):
        tokens[f"{role.value}/{form}"] = client.generate_token(
            sessions["routed"],
            role=role,
            data="name=Ann & Bob",
            initial_layout_class_list=["focus", "full"],
            use_jwt=use_jwt,
        )

try:
    Client(key, secret[::-1], api_url=url).create_session()
    wrong_secret = "accepted"
except OpenTokException as refused:
    wrong_secret = str(refused)

print(json.dumps({"sessions": sessions, "tokens": tokens, "wrong_secret": wrong_secret}))
