"""YouTube captions as documents, through yt-dlp.

Reads the captions of single videos, playlists, channels and search queries, cleans them
and cuts them into documents, each with the link to its second in the video. It does not
download video or sound, transcribe speech, translate, or read comments.
"""

from connectors.youtube.connector import YouTubeConnector
from connectors.youtube.settings import YouTubeSettings

__all__ = ["YouTubeConnector", "YouTubeSettings"]
