"""A server that pastes what it is sent into SQL: what the check of injections must find, or it proves nothing."""

import json
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse

rows = sqlite3.connect(":memory:")
rows.execute("create table orders (title text)")
rows.executemany("insert into orders values (?)", [("refit",), ("spare parts",)])


class Leaky(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        q = parse_qs(urlparse(self.path).query).get("q", [""])[0]
        try:
            found = rows.execute(f"select title from orders where title = '{q}'").fetchall()
            status = 200
        except sqlite3.Error:
            found, status = [], 400
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"data": found}).encode())

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Leaky)
print(server.server_port, flush=True)
server.serve_forever()
