"""Files that people keep, as answers."""

from urllib.parse import quote

from flask import Response


def named_file(content: bytes, *, media_type: str, file_name: str, kind: str = "attachment") -> Response:
    """A file by its name; `kind` is "attachment", or "inline" for what may be shown in the browser."""
    answer = Response(content, mimetype=media_type)
    name = quote(file_name, safe="")  # so that any text is a name and none ends the header
    answer.headers.set("Content-Disposition", f"{kind}; filename*=UTF-8''{name}")
    return answer


def kept_file(content: bytes, *, media_type: str, file_name: str) -> Response:
    """A file to keep, never to be run or shown in the portal's name: it may come from anybody."""
    answer = named_file(content, media_type=media_type, file_name=file_name)
    answer.headers.set("Content-Security-Policy", "default-src 'none'; sandbox")
    return answer
