"""Who may speak to REST: the token rule, and protection from web pages of other sites.

A page of another site can make a musician's browser send requests to loopback. Two things stop it: the Host header must be
one of ours (a name that was re-bound by DNS is not), and whatever changes state or opens a websocket must not carry the
Origin of another site.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.config import LOOPBACK, RestConfig
from bridge.errors import BridgeError
from bridge.frontends.rest_errors import error_response, refused

COOKIE = "stepbridge_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
SIGN_IN = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>stepbridge</title><h1>stepbridge</h1><form action="/" method="get">
<p><label>Token (rest.token of config.yaml) · 令牌 <input name="token" type="password" autofocus required></label>
<button>Open · 打开</button></form></html>"""


class Guard:
    """ASGI middleware that lets a request through, or answers it with 401 or 403; adds the security headers to all answers."""

    def __init__(self, app: ASGIApp, config: RestConfig) -> None:
        self._app = app
        self._token = config.token.encode()
        self._host = config.host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        answer = self._answer(scope)
        if answer is None:
            await self._app(scope, receive, _with_security_headers(send))
        else:
            await _refuse(answer, scope, receive, _with_security_headers(send))

    def _answer(self, scope: Scope) -> Response | None:
        """Return what to answer instead of the app, or None."""
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            _check_origin(scope, headers)
        except BridgeError as error:
            return error_response(error)
        return self._sign_in(scope, headers) if self._token else None

    def _check_host(self, headers: Headers) -> None:
        name = _host_name(headers.get("host", ""))
        if not self._is_ours(name):
            raise refused(f"host: {name[:80]!r} is not an address of this daemon; use {self._host}", "forbidden", "host")

    def _is_ours(self, name: str) -> bool:
        if name in LOOPBACK or name == self._host:
            return True
        if self._host not in WILDCARDS:
            return False
        own = socket.gethostname().lower()
        return name in {own, f"{own}.local"} or _is_address(name)

    def _sign_in(self, scope: Scope, headers: Headers) -> Response | None:
        """Check the token; a browser that brings it to the page once in the address keeps it as a cookie."""
        in_address = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        wants_page = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"
        if wants_page and self._is_token(in_address):
            response: Response = RedirectResponse("/", 303)
            response.set_cookie(COOKIE, in_address, httponly=True, samesite="strict")
            return response
        bearer = headers.get("authorization", "")
        offered = [bearer[7:].strip() if bearer[:7].lower() == "bearer " else "", _cookie(headers)]
        if scope["type"] == "websocket" or scope["method"] in SAFE_METHODS:
            offered.append(in_address)
        if any(self._is_token(token) for token in offered):
            return None
        return HTMLResponse(SIGN_IN, 401) if wants_page and "text/html" in headers.get("accept", "") else _unauthorized()

    def _is_token(self, offered: str) -> bool:
        return secrets.compare_digest(offered.encode("utf-8", "surrogateescape"), self._token)


def _unauthorized() -> Response:
    text = "token: is missing or wrong; send the header `Authorization: Bearer TOKEN` with rest.token of config.yaml"
    response = error_response(refused(text, "unauthorized", "token"))
    response.headers["www-authenticate"] = "Bearer"
    return response


def _check_origin(scope: Scope, headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is None or (scope["type"] == "http" and scope["method"] in SAFE_METHODS):
        return
    if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise refused(f"origin: pages of {origin[:80]!r} may not use this daemon", "forbidden", "origin")


def _host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets, in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _with_security_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY_HEADERS)
            headers.setdefault("cache-control", "no-cache")
        await send(message)

    return sending


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    await answer(scope, receive, send)
